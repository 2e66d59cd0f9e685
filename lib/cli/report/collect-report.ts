import { pauseAt } from '../../control/controls.ts';
import { CategoryVisit } from '../../erasure/recording/category-visit.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { cutoffOf, dueFrom } from '../../policy/time/cutoff.ts';
import { DAY } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { untouchedFinding } from '../../purge/indices/untouched-index.ts';
import type { Plan } from '../../purge/plan.ts';
import { gapsIn, historyFigures, runsByDay } from '../../purge/report/history-figures.ts';
import type { PastRun, PastRuns, Period } from '../../purge/report/run-history.ts';
import { type ControlReadings, holdsOf, readControlsOf } from '../controls/control-section.ts';
import { readStatus } from '../erasures/read-status.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-code.ts';
import { type Failed, isFailed, promiseStateOf } from '../output/category-result.ts';
import { problemsOf } from '../output/problems.ts';
import { ruleText } from '../output/rule-text.ts';
import { summaryOf } from '../output/summary.ts';
import { closedErasures, closedJson } from '../past/closed-erasures.ts';
import { type PlannedCategory, planCategories } from '../runs/plan-categories.ts';
import type { Session } from '../session.ts';
import {
  AHEAD_DAYS,
  type OldestDocument,
  RECENT_DAYS,
  REPORTED_DAYS,
  type ReportData,
  type ReportedCategory,
  type ReportedDay,
  type ReportedErasures,
  type ReportedPast,
  type ReportedState,
} from './report-data.ts';

/** How many documents fall due within each number of days. */
const fallingDueIn = async ({ ports }: Session, plan: Plan, now: Instant): Promise<readonly number[] | undefined> => {
  const { category, criteria, totals } = plan;
  const { age } = category.rules;
  const today = criteria.age?.cutoff;
  if (age === undefined || today === undefined) return undefined;
  const asked = AHEAD_DAYS.map((days) => cutoffOf(now + days * DAY, age));
  const cutoffs = [...new Set(asked)].filter((cutoff) => cutoff > today);
  const indices = plan.indices
    .filter((index) => (index.counts?.documents ?? 0) > 0 && untouchedFinding(index, category) === undefined)
    .map(({ description: { name, primaries }, usable }) => ({ name, primaries, usable }));
  const isNothing = indices.length === 0 || cutoffs.length === 0;
  const counted = isNothing ? [] : await ports.store.fallingDue(indices, criteria, cutoffs);
  return asked.map((until) =>
    cutoffs.reduce((sum, cutoff, at) => (cutoff <= until ? sum + (counted[at] ?? 0) : sum), totals.due),
  );
};

const oldestOf = ({ category: { rules }, oldestAt }: PlannedCategory, now: Instant): OldestDocument | undefined => {
  if (rules.age === undefined || oldestAt === undefined) return undefined;
  const limit = dueFrom(oldestAt, rules.age) - oldestAt;
  return { age: now - oldestAt, limit, overdueFrom: limit + rules.age.allowedLateness.milliseconds };
};

const stateNow = async (session: Session, planned: PlannedCategory, now: Instant): Promise<ReportedState> => {
  const { indices, documents, due, held, overdue, undatable } = planned.totals;
  const oldest = oldestOf(planned, now);
  const fallingDue = await fallingDueIn(session, planned.plan, now);
  return {
    indices,
    documents,
    due,
    held,
    overdue,
    undatable,
    ...(oldest !== undefined && { oldest }),
    ...(fallingDue !== undefined && { fallingDue }),
  };
};

const dayOf = (day: string, runs: readonly PastRun[]): ReportedDay => {
  const { largestLag, documentsRemoved, indicesDropped } = historyFigures(runs);
  const lag = largestLag === undefined ? {} : { largestLag: largestLag.milliseconds };
  return { day, runs: runs.length, ...lag, documentsRemoved, indicesDropped };
};

const pastOf = (past: PastRuns, { schedule }: Category, period: Period): ReportedPast => {
  const { runs, outcomes, unfinished, notKept, withOverdue, largestLag } = historyFigures(past.runs);
  const isRecent = ({ startedAt }: PastRun): boolean => startedAt >= period.until - RECENT_DAYS * DAY;
  const recent = historyFigures(past.runs.filter(isRecent)).largestLag;
  return {
    runs,
    outcomes,
    unfinished,
    notKept,
    withOverdue,
    ...(largestLag !== undefined && { largestLag: largestLag.milliseconds }),
    ...(recent !== undefined && { recentLag: recent.milliseconds }),
    days: [...runsByDay(past.runs)].map(([day, own]) => dayOf(day, own)),
    gaps: gapsIn(past, schedule, period).map(({ from, to }) => ({ from: isoInstant(from), to: isoInstant(to) })),
    refused: past.runs.flatMap(({ startedAt, ended }) =>
      ended?.outcome === 'refused' ? [{ at: isoInstant(startedAt), codes: ended.refusals }] : [],
    ),
    doubtful: past.doubtful.length,
  };
};

/** Reads what a category holds, and what its runs have reported. */
const reportedCategory = async (
  session: Session,
  result: PlannedCategory | Failed,
  period: Period,
  visit: CategoryVisit,
): Promise<ReportedCategory> => {
  const { category } = result;
  const { id, title, promise, schedule, rules } = category;
  const look = async (): Promise<Pick<ReportedCategory, 'now' | 'past'>> => ({
    ...(!isFailed(result) && { now: await stateNow(session, result, period.until) }),
    past: pastOf(await session.history.runs(id, period.since, period.until), category, period),
  });
  return {
    category: id,
    title,
    promise,
    rule: ruleText(category),
    schedule: schedule.expression,
    state: promiseStateOf(result),
    problems: problemsOf(result),
    ...(rules.age !== undefined && { allowedLateness: rules.age.allowedLateness.milliseconds }),
    ...(await visit.each([id], look)).get(id),
  };
};

const reportedErasures = async (
  session: Session,
  controls: ControlReadings,
  period: Period,
  visit: CategoryVisit,
): Promise<readonly ReportedErasures[]> => {
  const isAsked = (id: string): boolean => session.categories.some((category) => category.id === id);
  const shown = await readStatus(session, { json: false }, visit, controls);
  const closed = await closedErasures(session, period, visit);
  return shown
    .filter(({ id }) => isAsked(id))
    .map(({ id, counts, entries }) => ({
      category: id,
      counts,
      open: entries.flatMap(({ subject, state, obligation }) => {
        if (obligation === undefined) return [];
        const left = obligation.eraseBy - period.until;
        const isOverdue = state !== 'held' && left < 0;
        const eraseBy = isoInstant(obligation.eraseBy);
        return [{ subject: subject.hash.slice(0, 12), state, eraseBy, left, isOverdue }];
      }),
      closed: closed.filter(({ category }) => category === id).map(closedJson),
    }));
};

const controlsIn = (controls: ControlReadings, now: Instant): Pick<ReportData, 'holds' | 'pauses'> => ({
  holds: [...controls.keys()].flatMap((category) =>
    holdsOf(controls, category).map(({ id, scope, placedAt, reviewAt }) => ({
      category,
      id,
      scope,
      placedAt: isoInstant(placedAt),
      reviewAt: isoInstant(reviewAt),
    })),
  ),
  pauses: [...controls].flatMap(([category, reading]) => {
    const pause = 'unread' in reading ? undefined : pauseAt(reading.controls, now);
    return pause === undefined ? [] : [{ category, since: isoInstant(pause.since), until: isoInstant(pause.until) }];
  }),
});

/** The 90 days until now, as whole days in UTC: the last one is today. */
const reportedPeriod = (now: Instant): Period => ({
  since: Math.floor(now / DAY) * DAY - (REPORTED_DAYS - 1) * DAY,
  until: now,
});

/** What a report shows, and the exit code: that of `verify`, or 1 if something could not be read. */
export interface CollectedReport {
  readonly data: ReportData;
  readonly exitCode: ExitCode;
}

/**
 * Collects everything that a report shows: a plan of each category, and what its records say. Changes nothing.
 * @throws InputError | TransientError if the cluster does not answer at all.
 */
export const collectReport = async (session: Session, allowEmpty: boolean): Promise<CollectedReport> => {
  const { policy, categories, cluster, host } = session;
  const results = await planCategories(session, allowEmpty);
  const period = reportedPeriod(session.ports.clock());
  const visit = new CategoryVisit();
  const reported: ReportedCategory[] = [];
  for (const result of results) reported.push(await reportedCategory(session, result, period, visit));
  const controls = await readControlsOf(
    session,
    categories.map(({ id }) => id),
  );
  const erasures = await reportedErasures(session, controls, period, visit);
  const summary = summaryOf(results, period.until, { allowEmpty });
  const unread = [
    ...visit.unreached.map(({ category, error }) => ({ category, code: error.code })),
    ...[...controls].flatMap(([category, reading]) =>
      'unread' in reading ? [{ category, code: reading.unread.code }] : [],
    ),
  ];
  const { line, kept, of, empty } = summary;
  return {
    data: {
      at: isoInstant(period.until),
      since: isoInstant(period.since).slice(0, 10),
      cluster: { ...cluster, host },
      policy: { version: policy.version, mode: policy.mode },
      summary: line,
      kept,
      of,
      empty,
      categories: reported,
      erasures,
      ...controlsIn(controls, period.until),
      unread,
    },
    exitCode: worstOf([summary.exitCode, unread.length > 0 ? EXIT.failed : EXIT.done]),
  };
};
