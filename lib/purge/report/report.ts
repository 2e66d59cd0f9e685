import type { Finding } from '../../criteria/finding.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { RuleInReport } from '../../rules/rule.ts';
import type { EarlierRun, FallingDue } from '../announced/announcement.ts';
import type { ErasureSummary } from '../erasure-source.ts';
import type { ExecutedIndex } from '../execute/execute.ts';
import type { Refusal } from '../guard.ts';
import type { Action, Totals } from '../plan.ts';
import type { Outcome } from '../verify.ts';

/** The trigger of a run. The time in an event is recorded here and not used for anything. */
export interface RunTrigger {
  readonly source: 'schedule' | 'continuation' | 'audit' | 'command-line';
  readonly id?: string;
  readonly time?: string;
}

/** The cluster that a run worked on. */
export interface ClusterIdentity {
  readonly uuid: string;
  readonly name: string;
  readonly version: string;
}

/** For one index: the plan, the confirmed actions, and the counts afterwards. */
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
  /** `gone` if the index does not exist any more; `unanswered` if it did not answer. */
  readonly found: 'gone' | 'there' | 'unanswered';
  readonly documentsAfter?: number;
  readonly dueAfter?: number;
  readonly undatableAfter?: number;
  /**
   * Only for an index that was found empty while the clocks agreed: the number of operations it had executed by then.
   * Later runs use it to see whether anybody writes to the index.
   */
  readonly operations?: number;
}

/** Whether a run has dropped an index, and it was still gone when the run verified. */
export const wasDropped = ({ did, found }: ReportedIndex): boolean => did === 'dropped' && found === 'gone';

/** The half of a report that is written before the first destructive request. Instants are ISO 8601 in UTC. */
export interface OpenReport extends RuleInReport {
  readonly runId: string;
  readonly category: string;
  readonly state: 'open';
  readonly mode: RetentionPolicy['mode'];
  readonly dryRun: boolean;
  readonly trigger: RunTrigger;
  readonly policyVersion: string;
  readonly cluster: ClusterIdentity;
  readonly fence: number;
  readonly startedAt: string;
  readonly planned: Totals;
  /** How many of the due documents an earlier run has announced, and which run. Present only if the guard needed it. */
  readonly announced?: { readonly documents: number; readonly runId: string; readonly startedAt: string };
  /** Ids of the legal holds that applied. Never their reasons. */
  readonly holds?: readonly string[];
  /** The pause that applied; the outcome is `observed` then. */
  readonly pause?: { readonly since: string; readonly until: string };
  /** The saved plan that the run carried out: when it was made, who carried it out, why, and what it overrode. */
  readonly savedPlan?: {
    readonly plannedAt: string;
    readonly by: string;
    readonly reason: string;
    readonly overridden: readonly Refusal[];
  };
  readonly refusals: readonly Refusal[];
}

/** The record of one run. Its outcome comes from the verification only. */
export interface Report extends Omit<OpenReport, 'state'> {
  readonly state: 'closed';
  readonly outcome: Outcome;
  readonly finishedAt: string;
  readonly verifiedAt: string;
  readonly found: Totals;
  readonly documentsRemoved: number;
  readonly indicesDropped: number;
  /** How long the run rested so that searches of others stay fast. Absent if it did not rest. */
  readonly restedMilliseconds?: number;
  readonly oldestAt?: string;
  readonly oldestAgeMilliseconds?: number;
  readonly retentionLagMilliseconds: number;
  readonly kept: boolean;
  /** The results of the due erasures. Absent if nothing was executed, or if the ledger could not be written. */
  readonly erasures?: ErasureSummary;
  /** When the live documents will fall due. Present only if the run left no due document, and the clocks agreed. */
  readonly fallingDue?: readonly FallingDue[];
  readonly findings: readonly Finding[];
  readonly indices: readonly ReportedIndex[];
}

/** The {@link ReportedIndex.operations} of all indices, by uuid. */
export const operationsOf = (
  indices: readonly Pick<ReportedIndex, 'uuid' | 'operations'>[],
): ReadonlyMap<string, number> =>
  new Map(indices.flatMap(({ uuid, operations }) => (operations === undefined ? [] : [[uuid, operations] as const])));

/** The action for our own documents that need not be kept any more: remove them, or only `count` them. */
export type RemovalMode = 'remove' | 'count';

/** Where reports are kept. `open` must be durable before it returns. */
export interface ReportStore {
  /**
   * Writes the first half of a report.
   * @throws TransientError if the report cannot be written, or if a run with that id already has one. The run must then
   *   end.
   */
  open(report: OpenReport): Promise<void>;
  /**
   * Writes the second half. The first half stays unchanged.
   * @throws RefusedError `forged-report` if somebody else has written the report. Ours is then stored beside it.
   */
  close(report: Report): Promise<void>;
  /**
   * The ids of recent closed reports that were not written by the run that opened them.
   * @throws InputError `own-index-altered`; TransientError if they cannot be read.
   */
  contested(categoryId: string): Promise<readonly string[]>;
  /** Whether a run with that id has opened its report. */
  has(categoryId: string, runId: string): Promise<boolean>;
  /**
   * The {@link ReportedIndex.operations} of all indices, by uuid, from the newest closed report that was verified at
   * that instant or before. Refused reports are skipped, because their clock is unreliable. Empty if there is none.
   */
  operationsBefore(categoryId: string, instant: Instant): Promise<ReadonlyMap<string, number>>;
  /**
   * The runs of a category that began before an instant, newest first: a page of them. Empty if there is none.
   * @throws InputError | TransientError if they cannot be read.
   */
  earlierRuns(categoryId: string, before: Instant): Promise<readonly EarlierRun[]>;
  /**
   * Removes reports of a category whose runs began before the instant. For housekeeping only.
   * @returns the number of documents.
   */
  removeOld(categoryId: string, before: Instant, work: RemovalMode): Promise<number>;
}

/** One sentence on what a policy in observe mode means, and how to change it. Functions and command line share it. */
export const observeSentence = (policyFile: string): string =>
  `mode: observe in ${policyFile}: nothing is destroyed. To keep the promises, write mode: enforce there.`;
