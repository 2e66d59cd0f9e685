import type { Instant } from '../policy/instant.ts';
import type { Category } from '../policy/retention-policy.ts';
import { nextRun } from '../policy/schedule.ts';
import { type ExitCode, worstOf } from './exit-code.ts';
import { hasRule } from './rule-text.ts';
import { wallTime } from './say.ts';
import { type Failed, isFailed, type Standing } from './standing.ts';
import { exitCodeOfCategory, troublesOf } from './troubles.ts';

/** The first line of everything, and what it stands on. */
export interface Verdict {
  /** `Kept: 5 of 6 · sdk-logs overdue by 3 h · next run by 14:15 UTC` */
  readonly line: string;
  /** Categories with a rule that are kept, of how many. */
  readonly kept: number;
  readonly of: number;
  readonly nextRunAt?: Instant;
  readonly exitCode: ExitCode;
}

const isPromised = ({ category }: Standing | Failed): boolean => hasRule(category);
const isKept = (result: Standing | Failed): boolean => !isFailed(result) && result.kept;

const keptClause = (promised: readonly (Standing | Failed)[]): string =>
  promised.length === 0 ? 'Kept: no rule to keep' : `Kept: ${promised.filter(isKept).length} of ${promised.length}`;

interface NextRun {
  readonly at: Instant;
  readonly category: Category;
}

/** The next run of those in trouble, since that is what one waits for; of all of them when none is. */
const earliestRun = (results: readonly (Standing | Failed)[], now: Instant): NextRun | undefined => {
  const inTrouble = results.filter((result) => troublesOf(result).length > 0);
  return (inTrouble.length > 0 ? inTrouble : results)
    .flatMap(({ category }) => {
      const at = nextRun(category.schedule, now);
      return at === undefined ? [] : [{ at, category }];
    })
    .sort((a, b) => a.at - b.at)[0];
};

/** A `rate(…)` counts from when its rule was made, which only EventBridge knows: it comes by then at the latest. */
const runClause = (next: NextRun | undefined, now: Instant): string => {
  if (next === undefined) return 'no next run';
  const { expression, timeZone } = next.category.schedule;
  return `next run ${expression.startsWith('rate(') ? 'by ' : ''}${wallTime(next.at, timeZone, now)}`;
};

/**
 * Says in one line whether the promises are kept, which are not and why, and when the next run comes. Pure.
 * @param done what the command did or would do, as clauses of its own.
 */
export const verdictOf = (
  results: readonly (Standing | Failed)[],
  now: Instant,
  done: readonly string[] = [],
): Verdict => {
  const promised = results.filter(isPromised);
  const next = earliestRun(results, now);
  const troubles = results
    .map((result) => ({ id: result.category.id, troubles: troublesOf(result) }))
    .filter(({ troubles }) => troubles.length > 0)
    .map(({ id, troubles }) => `${id} ${troubles.join(', ')}`);
  return {
    line: [keptClause(promised), ...troubles, ...done, runClause(next, now)].join(' · '),
    kept: promised.filter(isKept).length,
    of: promised.length,
    ...(next === undefined ? {} : { nextRunAt: next.at }),
    exitCode: worstOf(results.map(exitCodeOfCategory)),
  };
};
