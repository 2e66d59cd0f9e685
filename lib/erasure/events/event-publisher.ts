/** An event for the bus. */
export interface PublishedEvent {
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** The sender. Rules on the bus filter by it. */
  readonly source: string;
}

/** The bus, as far as we use it. */
export interface EventPublisher {
  /**
   * Publishes an event. Returns after the bus has accepted it.
   * @throws TransientError `bus-refused` if it has not.
   */
  publish(event: PublishedEvent): Promise<void>;
}
