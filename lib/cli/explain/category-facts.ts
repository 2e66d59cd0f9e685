import type { Category } from '../../policy/retention-policy.ts';
import { dueFrom } from '../../policy/time/cutoff.ts';
import { DAY } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { nextRun } from '../../policy/time/schedule.ts';
import { guard } from '../../purge/guard.ts';
import type { Plan } from '../../purge/plan.ts';
import { controlsNow, planPurge } from '../../purge/purge.ts';
import { overdueFromOf } from '../../rules/rule-kinds.ts';
import type { Session } from '../session.ts';
import type { CategoryFacts } from './obstacles.ts';
import { onlyIn } from './only.ts';

/** How far back runs are read to find out since when an obstacle exists. */
const LOOKED_BACK = 30 * DAY;

/** Reads the facts that all questions about a category need. Its plan is the plan of the next run. */
export const factsOf = async (
  { policy, ports, history }: Session,
  category: Category,
): Promise<{ readonly facts: CategoryFacts; readonly plan: Plan }> => {
  const now = ports.clock();
  const plan = await planPurge({ policy, category, allowEmpty: true }, ports);
  const { runs } = await history.runs(category.id, now - LOOKED_BACK, now);
  const controls = await controlsNow(category, ports);
  return { facts: { category, refusals: guard(plan), controls, runs }, plan };
};

/** The plan of the next run, narrowed to one index, or one document of it. */
export const narrowedPlan = (
  { policy, ports }: Session,
  category: Category,
  index: string,
  id?: string,
): Promise<Plan> =>
  planPurge({ policy, category, allowEmpty: true }, { ...ports, store: onlyIn(ports.store, index, id) });

/** When the age rule of a category removes a document with a certain date. */
export interface Departure {
  /** From this instant on, a run removes the document. */
  readonly dueAt: Instant;
  /** From this instant on, it is overdue. */
  readonly overdueAt?: Instant;
  /** The latest time of the first run that removes it; absent if the schedule has ended. */
  readonly runAt?: Instant;
}

/** When a document with this date goes; undefined without an age rule. */
export const departureOf = (category: Category, date: Instant, now: Instant): Departure | undefined => {
  const { age } = category.rules;
  if (age === undefined) return undefined;
  const dueAt = dueFrom(date, age);
  const [overdueAt] = overdueFromOf(category, date);
  const runAt = nextRun(category.schedule, Math.max(now, dueAt));
  return { dueAt, ...(overdueAt !== undefined && { overdueAt }), ...(runAt !== undefined && { runAt }) };
};

/** The keys for programs. */
export const departureJson = (departure: Departure | undefined) =>
  departure === undefined
    ? null
    : {
        dueAt: isoInstant(departure.dueAt),
        overdueAt: departure.overdueAt === undefined ? null : isoInstant(departure.overdueAt),
        runAt: departure.runAt === undefined ? null : isoInstant(departure.runAt),
      };

/** `from 2026-12-08 …; by the run of …; overdue from …` */
export const departureText = ({ dueAt, overdueAt, runAt }: Departure): string =>
  [
    `from ${isoInstant(dueAt)}`,
    runAt === undefined ? 'the schedule has no run after that' : `by the run of ${isoInstant(runAt)} at the latest`,
    ...(overdueAt === undefined ? [] : [`overdue from ${isoInstant(overdueAt)}`]),
  ].join('; ');
