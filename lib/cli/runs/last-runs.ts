import pMap from 'p-map';
import type { Category } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { observedGap } from '../../policy/time/schedule.ts';
import type { Session } from '../session.ts';

/** When the last run of each category began, by its id; undefined if there is none. */
export type LastRuns = ReadonlyMap<string, Instant | undefined>;

/** How many categories are asked at once. */
const ASKED_AT_ONCE = 4;

/**
 * When the last run of a category began, by its report.
 * @returns undefined if there is none, or if reports do not answer, which another finding names.
 */
export const lastRunOf = async (
  { ports }: Pick<Session, 'ports'>,
  { id }: Pick<Category, 'id'>,
): Promise<Instant | undefined> =>
  (await ports.reportStore.earlierRuns(id, ports.clock() + 1).catch(() => []))[0]?.startedAt;

/**
 * The last runs of the categories, if one of them did not run for two schedules, so that nobody knows whether its next
 * run comes.
 * @returns undefined if each category runs by its schedule.
 */
export const lastRunsIfSilent = async (
  session: Pick<Session, 'ports' | 'categories'>,
): Promise<LastRuns | undefined> => {
  const { categories, ports } = session;
  const found = await pMap(categories, async (category) => ({ category, at: await lastRunOf(session, category) }), {
    concurrency: ASKED_AT_ONCE,
  });
  const now = ports.clock();
  const isAtWork = found.every(
    ({ category, at }) => at !== undefined && now - at <= 2 * observedGap(category.schedule),
  );
  return isAtWork ? undefined : new Map(found.map(({ category, at }) => [category.id, at]));
};
