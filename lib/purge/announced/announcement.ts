import type { Instant } from '../../policy/time/instant.ts';

/**
 * The number of documents that fall due after an instant, and not after the next instant in the list. Instants are ISO
 * 8601 in UTC.
 */
export interface FallingDue {
  readonly after: string;
  readonly documents: number;
}

/** One earlier run, as its report describes it. */
export interface EarlierRun {
  readonly runId: string;
  /** The instant of its cutoff. */
  readonly startedAt: Instant;
  readonly policyVersion: string;
  readonly plannedDue: number;
  /** Set if its report cannot be believed: it was closed by somebody else, was edited, or lacks a proof. */
  readonly isDoubtful?: true;
  /** Absent if the run did not close its report. */
  readonly closed?: {
    /** Documents that were due when the run ended. */
    readonly due: number;
    readonly documentsRemoved: number;
    /** Documents that a legal hold kept, so that they were not due. */
    readonly held?: number;
    /** Absent if the run announced nothing. */
    readonly fallingDue?: readonly FallingDue[];
  };
}

/** How many documents the last run with a believable report has announced to fall due by now. */
export interface Announcement {
  readonly runId: string;
  /** The instant of that run: documents that were due by then are not announced. */
  readonly at: Instant;
  readonly documents: number;
  /** Documents that a rule would have removed at that time, but that a legal hold kept. A release makes them due. */
  readonly held: number;
}
