import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { ErasureSummary } from '../erasure-source.ts';
import type { Totals } from '../plan.ts';
import type { Outcome } from '../verify.ts';
import type { RunTrigger } from './report.ts';

/** A period of the past: from its first instant to the first instant after it. */
export interface Period {
  readonly since: Instant;
  readonly until: Instant;
}

/** A finding of an earlier run, without its explanation. */
interface PastFinding {
  readonly code: string;
  readonly severity: 'blocking' | 'notice';
  readonly index?: string;
}

/** How an earlier run ended, by the second half of its report. Lengths are milliseconds. */
export interface PastResult {
  readonly outcome: Outcome;
  readonly finishedAt: Instant;
  readonly kept: boolean;
  /** How long the oldest document had been expired when the run ended. */
  readonly retentionLag: number;
  /** The age of the oldest document when the run ended; absent if no document could be dated. */
  readonly oldestAge?: number;
  readonly found: Pick<Totals, 'documents' | 'due' | 'overdue' | 'undatable'>;
  readonly documentsRemoved: number;
  readonly indicesDropped: number;
  /** Codes of the reasons why the plan was refused. */
  readonly refusals: readonly string[];
  readonly findings: readonly PastFinding[];
  readonly erasures?: Pick<ErasureSummary, 'erased' | 'nothingFound'>;
}

/** One earlier run, as its report describes it. */
export interface PastRun {
  readonly runId: string;
  readonly startedAt: Instant;
  readonly trigger: RunTrigger['source'];
  readonly mode: RetentionPolicy['mode'];
  readonly dryRun: boolean;
  readonly policyVersion: string;
  /** The uuid of the cluster in which it ran. */
  readonly cluster: string;
  /** The rule of that time, as the policy wrote it; absent without an age rule. */
  readonly maxAge?: string;
  /** Ids of the legal holds that applied; absent if none did. */
  readonly holds?: readonly string[];
  /** Documents that were overdue before the run. */
  readonly overdueBefore: number;
  /** Absent if the run did not close its report. */
  readonly ended?: PastResult;
}

/** The runs of a category in a period, oldest first. */
export interface PastRuns {
  readonly runs: readonly PastRun[];
  /**
   * Ids of reports that do not have the form that a run writes, or that somebody else has closed. These reports do not
   * count as runs.
   */
  readonly doubtful: readonly string[];
}

/** A document of the reports in its stored form. A run has two: `<run id>.opened` and `<run id>.closed`. */
export interface StoredReport {
  readonly id: string;
  readonly source: Readonly<Record<string, unknown>>;
}

/** Reads the reports of earlier runs. Changes nothing. */
export interface RunHistory {
  /**
   * The runs of a category that began in a period.
   * @param since the first instant of the period.
   * @param until the first instant after the period.
   * @returns no runs if the category has no reports.
   * @throws InputError | TransientError if they cannot be read.
   */
  runs(category: string, since: Instant, until: Instant): Promise<PastRuns>;
  /**
   * The documents behind these runs, with everything that they contain, in the same order.
   * @throws InputError | TransientError if they cannot be read.
   */
  documents(category: string, since: Instant, until: Instant): AsyncIterable<StoredReport>;
}
