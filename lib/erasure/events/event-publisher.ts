/** An event as it goes to the bus. */
export interface PublishedEvent {
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Who says so: rules go by it. */
  readonly source: string;
}

/** The bus, as far as we speak to it. */
export interface EventPublisher {
  /**
   * Returns once the bus has taken the event.
   * @throws TransientError `bus-refused` when it did not.
   */
  publish(event: PublishedEvent): Promise<void>;
}
