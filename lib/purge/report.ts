import { type Instant, isoInstant } from '../policy/instant.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { ErasureSummary } from './duties.ts';
import type { ExecutedIndex } from './execute.ts';
import type { Finding } from './finding.ts';
import type { Refusal } from './guard.ts';
import type { Action, Plan, Totals } from './plan.ts';
import type { Outcome, Verification } from './verify.ts';

/** What set a run off. An event's own time is recorded here and used for nothing. */
export interface Trigger {
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
}

/** The half of a report that is written before the first destructive request. Instants are ISO 8601 in UTC. */
export interface OpenReport {
  readonly runId: string;
  readonly category: string;
  readonly state: 'open' | 'closed';
  readonly mode: RetentionPolicy['mode'];
  readonly dryRun: boolean;
  readonly trigger: Trigger;
  readonly policyVersion: string;
  readonly cluster: ClusterIdentity;
  readonly fence: number;
  readonly startedAt: string;
  readonly cutoff?: string;
  readonly maxAge?: string;
  readonly allowedLateness?: string;
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
  /** How the erasures that were due ended; absent when nothing was executed. */
  readonly erasures?: ErasureSummary;
  readonly findings: readonly Finding[];
  readonly indices: readonly ReportedIndex[];
}

/** Where reports are kept. `open` must be durable before it returns. */
export interface ReportBook {
  /** @throws WorldError when the report cannot be written: the run must end there. */
  open(report: OpenReport): Promise<void>;
  close(report: Report): Promise<void>;
  /** Whether a run of that id has opened its report. */
  has(runId: string): Promise<boolean>;
  /** Removes this category's reports that are older than the policy keeps them. */
  purgeReports(categoryId: string, cutoff: Instant): Promise<void>;
}

/** Everything a run knows before it does anything. */
export interface RunFacts {
  readonly runId: string;
  readonly trigger: Trigger;
  readonly dryRun: boolean;
  readonly cluster: ClusterIdentity;
}

/** The report as it is opened. Pure. */
export const openReport = (
  policy: RetentionPolicy,
  plan: Plan,
  refusals: readonly Refusal[],
  facts: RunFacts,
  fence: number,
): OpenReport => {
  const { age } = plan.category.rules;
  return {
    runId: facts.runId,
    category: plan.category.id,
    state: 'open',
    mode: policy.mode,
    dryRun: facts.dryRun,
    trigger: facts.trigger,
    policyVersion: policy.version,
    cluster: facts.cluster,
    fence,
    startedAt: isoInstant(plan.plannedAt),
    ...(plan.criteria.age === undefined ? {} : { cutoff: isoInstant(plan.criteria.age.cutoff) }),
    ...(age === undefined ? {} : { maxAge: age.maxAge.iso, allowedLateness: age.allowedLateness.iso }),
    planned: plan.totals,
    refusals,
  };
};

const reportIndices = (
  plan: Plan,
  executed: readonly ExecutedIndex[],
  verification: Verification,
): readonly ReportedIndex[] => {
  const done = new Map(executed.map((entry) => [entry.index, entry]));
  const after = new Map(verification.survey.indices.map((index) => [index.description.uuid, index]));
  const plannedUuids = new Set(plan.indices.map(({ description }) => description.uuid));
  const planned = plan.indices.map(({ description, action, reason, counts }): ReportedIndex => {
    const did = done.get(description.name);
    return {
      index: description.name,
      uuid: description.uuid,
      planned: action,
      reason,
      ...(counts === undefined ? {} : { documentsBefore: counts.documents, dueBefore: counts.due }),
      ...(did === undefined ? {} : { did: did.did, ...(did.note === undefined ? {} : { note: did.note }) }),
      documentsRemoved: did?.documents ?? 0,
      ...foundAfter(after.get(description.uuid)),
    };
  });
  const appeared = verification.survey.indices
    .filter(({ description }) => !plannedUuids.has(description.uuid))
    .map(
      (index): ReportedIndex => ({
        index: index.description.name,
        uuid: index.description.uuid,
        planned: 'unknown',
        reason: 'appeared after the plan',
        documentsRemoved: 0,
        ...foundAfter(index),
      }),
    );
  return [...planned, ...appeared];
};

const foundAfter = (
  index: Verification['survey']['indices'][number] | undefined,
): Pick<ReportedIndex, 'found' | 'documentsAfter' | 'dueAfter' | 'undatableAfter'> => {
  if (index === undefined) return { found: 'gone' };
  if (index.counts === undefined) return { found: 'unanswered' };
  const { documents, due, undatable } = index.counts;
  return { found: 'there', documentsAfter: documents, dueAfter: due, undatableAfter: undatable };
};

/** Why an index still holds expired documents although the plan meant to remove them. */
const leftBehind = (indices: readonly ReportedIndex[]): readonly Finding[] =>
  indices
    .filter(({ dueAfter = 0, note, found }) => note !== undefined && (dueAfter > 0 || found === 'unanswered'))
    .map(({ index, note = '' }) => ({
      code: 'not-purged',
      severity: 'blocking',
      index,
      expected: 'what is due in it removed',
      found: note,
      wayOut: 'The next run goes on.',
    }));

/** The report as it is closed. Only a {@link Verification} gives it an outcome. Pure. */
export const closeReport = (
  opened: OpenReport,
  plan: Plan,
  executed: readonly ExecutedIndex[],
  verification: Verification,
  finishedAt: Instant,
  erasures?: ErasureSummary,
): Report => {
  const indices = reportIndices(plan, executed, verification);
  const { oldestAt, verifiedAt } = verification;
  return {
    ...opened,
    state: 'closed',
    outcome: verification.outcome,
    finishedAt: isoInstant(finishedAt),
    verifiedAt: isoInstant(verifiedAt),
    found: verification.totals,
    documentsRemoved: indices.reduce((sum, { documentsRemoved }) => sum + documentsRemoved, 0),
    indicesDropped: indices.filter(({ did, found }) => did === 'dropped' && found === 'gone').length,
    ...(oldestAt === undefined ? {} : { oldestAt: isoInstant(oldestAt), oldestAgeMilliseconds: verifiedAt - oldestAt }),
    retentionLagMilliseconds: verification.retentionLag,
    kept: verification.kept,
    ...(erasures === undefined ? {} : { erasures }),
    findings: [...verification.findings, ...leftBehind(indices)],
    indices,
  };
};
