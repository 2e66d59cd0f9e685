import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { ErasureSummary } from '../due-erasures.ts';
import type { Housework } from '../execute/after-purge.ts';
import type { ExecutedIndex } from '../execute/execute.ts';
import type { Finding } from '../finding.ts';
import type { Refusal } from '../guard.ts';
import type { Action, Totals } from '../plan.ts';
import type { Outcome } from '../verify.ts';
import type { RuleInReport } from './rule-in-report.ts';

/** What set a run off. An event's own time is recorded here and used for nothing. */
export interface RunTrigger {
  readonly source: 'schedule' | 'continuation' | 'command-line';
  readonly id?: string;
  readonly time?: string;
}

/** The cluster that a run worked on. */
export interface ClusterIdentity {
  readonly uuid: string;
  readonly name: string;
  readonly version: string;
}

/** Per index: what was planned, what the server acknowledged, and what was found after. */
export interface ReportedIndex {
  readonly index: string;
  readonly uuid: string;
  readonly planned: Action | 'unknown';
  readonly reason: string;
  readonly documentsBefore?: number;
  readonly dueBefore?: number;
  readonly did?: ExecutedIndex['did'];
  readonly documentsRemoved: number;
  readonly note?: string;
  /** `gone` when the index no longer exists; `unanswered` when it could not be asked. */
  readonly found: 'gone' | 'there' | 'unanswered';
  readonly documentsAfter?: number;
  readonly dueAfter?: number;
  readonly undatableAfter?: number;
  /** Of an index found empty while the clocks agreed: the operations that it had taken by then; the next runs see by it whether anybody writes to it. */
  readonly operations?: number;
}

/** The half of a report that is written before the first destructive request. Instants are ISO 8601 in UTC. */
export interface OpenReport extends RuleInReport {
  readonly runId: string;
  readonly category: string;
  readonly state: 'open' | 'closed';
  readonly mode: RetentionPolicy['mode'];
  readonly dryRun: boolean;
  readonly trigger: RunTrigger;
  readonly policyVersion: string;
  readonly cluster: ClusterIdentity;
  readonly fence: number;
  readonly startedAt: string;
  readonly planned: Totals;
  readonly refusals: readonly Refusal[];
}

/** A run's account of itself. Its outcome comes from the verification and from nowhere else. */
export interface Report extends OpenReport {
  readonly state: 'closed';
  readonly outcome: Outcome;
  readonly finishedAt: string;
  readonly verifiedAt: string;
  readonly found: Totals;
  readonly documentsRemoved: number;
  readonly indicesDropped: number;
  readonly oldestAt?: string;
  readonly oldestAgeMilliseconds?: number;
  readonly retentionLagMilliseconds: number;
  readonly kept: boolean;
  /** How the erasures that were due ended; absent when nothing was executed, or the ledger did not take it. */
  readonly erasures?: ErasureSummary;
  readonly findings: readonly Finding[];
  readonly indices: readonly ReportedIndex[];
}

/** The {@link ReportedIndex.operations} of indices, by uuid. */
export const operationsOf = (
  indices: readonly Pick<ReportedIndex, 'uuid' | 'operations'>[],
): ReadonlyMap<string, number> =>
  new Map(indices.flatMap(({ uuid, operations }) => (operations === undefined ? [] : [[uuid, operations] as const])));

/** Where reports are kept. `open` must be durable before it returns. */
export interface ReportStore {
  /** @throws TransientError when the report cannot be written, or a run of that id has opened one: the run must end there. */
  open(report: OpenReport): Promise<void>;
  /**
   * What was opened stays as it is.
   * @throws RefusedError `forged-report` where somebody else has written it: then it is kept beside that one.
   */
  close(report: Report): Promise<void>;
  /**
   * The closed reports of the last runs of a category that are not of the run that opened them, by their ids.
   * @throws InputError `own-index-altered`; TransientError when they cannot be read.
   */
  contested(categoryId: string): Promise<readonly string[]>;
  /** Whether a run of that id has opened its report. */
  has(categoryId: string, runId: string): Promise<boolean>;
  /**
   * The {@link ReportedIndex.operations} of the indices, by uuid, out of the newest closed report that was verified at that instant or before
   * and was not refused: by whose clock a refused one was verified, nobody knows. Empty when there is none.
   */
  operationsBefore(categoryId: string, instant: Instant): Promise<ReadonlyMap<string, number>>;
  /**
   * Removes reports of a category whose runs began before the instant. For housekeeping: no run removes any.
   * @returns how many documents.
   */
  forget(categoryId: string, before: Instant, work: Housework): Promise<number>;
}
