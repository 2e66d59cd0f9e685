import type { TerminationTrigger } from '../../policy/termination-trigger.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { RemovalMode } from '../../purge/report/report.ts';
import type { EventSource } from './account-event.ts';
import type { AccountEventType } from './event-fields.ts';

/** The decisions about an erasure: a limit brakes it, or a person confirms it. */
export const DECISION_TYPES = ['erasure-braked', 'erasure-confirmed'] as const;

/**
 * Why an erasure is braked. `rate`: too many messages from one source in an hour. `share`: too many accounts in one
 * run.
 */
export type BrakeReason = 'rate' | 'share';

/** A decision in the event log. It is created once and never changed. */
export interface KeptDecision {
  /** The same decision about the same termination always has the same id. */
  readonly id: string;
  readonly type: (typeof DECISION_TYPES)[number];
  readonly kid: string;
  readonly hash: string;
  readonly trigger: TerminationTrigger;
  /** The termination of the decision. */
  readonly at: string;
  /** When the decision was made. */
  readonly heardAt: string;
  readonly reason?: BrakeReason;
  /** Only in a confirmation: proves that its author has the subject key. */
  readonly proof?: string;
}

/** An accepted event in the event log: without identifiers, and never changed. */
export interface KeptEvent {
  /** The same subject, type and instant always have the same id. */
  readonly id: string;
  readonly type: AccountEventType;
  readonly kid: string;
  readonly hash: string;
  /**
   * `<kid>/<hash>` under the older key versions: an entry from before a rotation uses one of these names. Absent in
   * events of earlier versions of es-retention.
   */
  readonly alsoUnder?: readonly string[];
  readonly at: string;
  readonly immediate: boolean;
  readonly requestId: string;
  readonly heardAt: string;
  /** Absent in events of earlier versions. */
  readonly source?: EventSource;
  /** When it reached us. It may have waited in one of our queues before it was recorded. */
  readonly arrivedAt?: string;
}

/** The parts of an event that are compared with entries. */
export type RememberedEvent = Omit<KeptEvent, 'requestId'>;

/** An event as a manifest lists it. */
export type ListedEvent = Pick<KeptEvent, 'id' | 'heardAt'>;

/** A document of the event log that searches do not find by its content. */
export interface HiddenDocument {
  readonly id: string;
  /** Its content. A document of another shape counts as an edited event. */
  readonly event: KeptEvent;
  /** Its content if it is a decision. */
  readonly decision?: KeptDecision;
}

/** Two instants, both included. */
export interface ArrivalSpan {
  readonly from: Instant;
  readonly to: Instant;
}

/** Every event that a category has accepted, once each. */
export interface EventLog {
  /**
   * Adds events. Existing ones stay unchanged.
   * @returns the ids of those that were new.
   */
  keep(events: readonly KeptEvent[]): Promise<ReadonlySet<string>>;
  /**
   * The events that take effect at or after an instant, the most recently recorded first. Searches after a refresh.
   * @param limit maximum number of events.
   */
  since(at: Instant, limit: number): Promise<readonly RememberedEvent[]>;
  /**
   * The events recorded between two instants (both included), the earliest first, without edited ones. Searches after a
   * refresh.
   * @param to undefined for no end.
   * @param limit maximum number of events.
   */
  heardBetween(from: Instant, to: Instant | undefined, limit: number): Promise<readonly ListedEvent[]>;
  /** Every event recorded under one of these hashes, whatever the key version. Searches after a refresh. */
  about(hashes: readonly string[]): Promise<readonly KeptEvent[]>;
  /**
   * The events of the message with a request id: one, unless a sender used the id for several messages. Searches after
   * a refresh.
   * @throws InputError | TransientError if the log does not answer.
   */
  ofRequest(requestId: string): Promise<readonly KeptEvent[]>;
  /** Overwrites the documents with these ids, to restore events and decisions that were edited by hand. */
  restore(events: readonly (KeptEvent | KeptDecision)[]): Promise<void>;
  /** Removes the events with these ids. */
  remove(ids: readonly string[]): Promise<void>;
  /**
   * The number of terminations from a source that arrived in each of these spans. Searches after a refresh.
   * @returns one number for each span, in order.
   */
  arrived(source: EventSource, spans: readonly ArrivalSpan[]): Promise<readonly number[]>;
  /** Adds decisions; existing ones stay unchanged. No other method returns decisions as events. */
  decide(decisions: readonly KeptDecision[]): Promise<void>;
  /** Every decision about one of these hashes. Searches after a refresh. */
  decisions(hashes: readonly string[]): Promise<readonly KeptDecision[]>;
  /**
   * The latest recorded instant before which events of this category may be forgotten. Instants after `latest` are
   * ignored. Undefined if there is none. Searches after a refresh.
   */
  removedBefore(latest: Instant): Promise<Instant | undefined>;
  /**
   * Records such an instant beside the events, if there are any events. Existing ones stay unchanged. No method returns
   * such an instant as an event.
   */
  noteRemoved(before: Instant, now: Instant): Promise<void>;
  /**
   * Finds documents that searches do not find by their content, because they may be indexed with other values. Searches
   * after a refresh.
   * @param known events to check. Those that no search for their own kind or hash finds are returned.
   * @param ids of events to check. Those that no search finds as an event are returned.
   * @returns these documents, and all documents that no search for a kind finds.
   */
  hidden(known: readonly RememberedEvent[], ids: readonly string[]): Promise<readonly HiddenDocument[]>;
  /** The ids among these that currently do not belong to an event. */
  missing(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Removes events that were recorded and took effect before an instant, and decisions about them. For housekeeping
   * only.
   * @returns the number of documents.
   */
  removeOld(before: Instant, work: RemovalMode): Promise<number>;
}

export type EventLogs = (category: string) => EventLog;
