/** All requests of one kind that a process has sent. */
export interface TracedKind {
  readonly count: number;
  /** The sum over all of them. Those that are in flight at the same time count each. */
  readonly milliseconds: number;
  /** Sent. */
  readonly bytes: number;
}

/** One request. The times are milliseconds since the first request. */
export interface TracedRequest {
  readonly from: number;
  readonly to: number;
  readonly kind: string;
  readonly path: string;
}

/** What trace-requests.ts writes about one process. */
export interface RequestTrace {
  /** From the start of Node until the first request. */
  readonly startMilliseconds: number;
  /** From the first request until the end. */
  readonly netMilliseconds: number;
  /** From the first request until the report was closed: without the receipts. `null` if none was closed. */
  readonly purgeMilliseconds: number | null;
  /** Processor time of the process, from its start to its end. */
  readonly processorMilliseconds: number;
  /** The instants at which the first deletion was sent and the last one answered. */
  readonly deletions?: readonly [from: number, to: number];
  readonly peakMegabytes: number;
  /** All requests, by their begin. */
  readonly timeline: readonly TracedRequest[];
  readonly kinds: Readonly<Record<string, TracedKind>>;
}
