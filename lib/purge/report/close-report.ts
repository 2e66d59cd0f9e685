import type { Clocks } from '../../criteria/clock-reading.ts';
import { type Finding, isBlocking } from '../../criteria/finding.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { stayedFinding } from '../../rules/dates/date-findings.ts';
import type { FallingDue } from '../announced/announcement.ts';
import { clocksAgree } from '../clocks.ts';
import type { ErasureSummary } from '../erasure-source.ts';
import type { ExecutedIndex } from '../execute/execute.ts';
import type { Rested } from '../pace/pace.ts';
import type { Plan } from '../plan.ts';
import type { Verification } from '../verify.ts';
import { type OpenReport, type Report, type ReportedIndex, wasDropped } from './report.ts';

const reportIndices = (
  plan: Plan,
  executed: readonly ExecutedIndex[],
  verification: Verification,
): readonly ReportedIndex[] => {
  const { clocks: before } = plan.criteria;
  const clocks = clocksAgree(before) ? (verification.clocks ?? before) : before;
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
      ...foundAfter(after.get(description.uuid), clocks),
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
        ...foundAfter(index, clocks),
      }),
    );
  return [...planned, ...appeared];
};

const foundAfter = (
  index: Verification['survey']['indices'][number] | undefined,
  clocks: Clocks | undefined,
): Pick<ReportedIndex, 'found' | 'documentsAfter' | 'dueAfter' | 'undatableAfter' | 'operations'> => {
  if (index === undefined) return { found: 'gone' };
  if (index.counts === undefined) return { found: 'unanswered' };
  const { documents, due, undatable } = index.counts;
  const { operations } = documents === 0 ? index : {};
  return {
    found: 'there',
    documentsAfter: documents,
    dueAfter: due,
    undatableAfter: undatable,
    // If the clocks disagree, the time of this observation is unreliable, so later runs must not use it.
    ...(operations !== undefined && clocksAgree(clocks) && { operations }),
  };
};

/** Findings for indices that still contain expired documents although the plan was to remove them. */
const leftBehind = (indices: readonly ReportedIndex[]): readonly Finding[] =>
  indices
    .filter(({ dueAfter = 0, note, found }) => note !== undefined && (dueAfter > 0 || found === 'unanswered'))
    .map(({ index, note = '' }) => ({
      code: 'not-purged',
      severity: 'blocking',
      index,
      expected: 'all due documents in it removed',
      found: note,
      fix: 'The next run tries again. If the result is the same, do what the reason says.',
    }));

/**
 * Counts do not search `_source` for dates of a field that the mapping accepts, but deletions do. So a document may be
 * due for the count, but not for the deletion.
 */
const stayed = ({ indices: planned, category }: Plan, indices: readonly ReportedIndex[]): readonly Finding[] => {
  const left = new Map(
    indices
      .filter(({ did, note, dueAfter = 0 }) => did === 'deleted' && note === undefined && dueAfter > 0)
      .map(({ index, dueAfter = 0 }) => [index, dueAfter]),
  );
  return planned.flatMap(({ description, usable: { arriving } }) => {
    const documents = left.get(description.name);
    return arriving === undefined || documents === undefined ? [] : [stayedFinding(description, category, documents)];
  });
};

/** The actions of a run, without the results of its counts. */
interface RunActions {
  readonly erasures?: ErasureSummary | undefined;
  readonly fallingDue?: readonly FallingDue[] | undefined;
  readonly notices?: readonly Finding[];
  readonly rested?: Rested | undefined;
}

/** Closes a report. Only a {@link Verification} gives it an outcome. */
export const closeReport = (
  opened: OpenReport,
  plan: Plan,
  executed: readonly ExecutedIndex[],
  verification: Verification,
  finishedAt: Instant,
  { erasures, fallingDue, notices = [], rested }: RunActions = {},
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
    indicesDropped: indices.filter(wasDropped).length,
    ...(rested !== undefined && rested.milliseconds > 0 && { restedMilliseconds: Math.round(rested.milliseconds) }),
    ...(oldestAt === undefined ? {} : { oldestAt: isoInstant(oldestAt), oldestAgeMilliseconds: verifiedAt - oldestAt }),
    retentionLagMilliseconds: verification.retentionLag,
    kept: verification.kept && !notices.some(isBlocking),
    ...(erasures === undefined ? {} : { erasures }),
    ...(fallingDue === undefined ? {} : { fallingDue }),
    findings: [...verification.findings, ...leftBehind(indices), ...stayed(plan, indices), ...notices],
    indices,
  };
};
