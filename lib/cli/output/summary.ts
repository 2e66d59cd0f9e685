import type { Category } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { nextRun } from '../../policy/time/schedule.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-code.ts';
import { type CategoryResult, type Failed, isFailed, type PromiseState, promiseStateOf } from './category-result.ts';
import { wallTime } from './format.ts';
import { exitCodeOfCategory, problemsOf } from './problems.ts';
import { hasRule } from './rule-text.ts';

/** The first line of all output, and the numbers behind it. */
export interface Summary {
  /** `Kept: 5 of 6 · 1 empty · sdk-logs overdue by 3 h · next run by 14:15 UTC` */
  readonly line: string;
  /** Number of kept categories with a rule, without empty ones. */
  readonly kept: number;
  readonly of: number;
  /** Number of categories with a rule but without any index. */
  readonly empty: number;
  /** Whether nothing was found, and nobody said that this is correct. */
  readonly isNothingThere: boolean;
  readonly nextRunAt?: Instant;
  readonly exitCode: ExitCode;
}

/** The actions of a command, and the statements of the person who called it. */
interface Circumstances {
  /** The actions of the command, carried out or planned, as separate clauses. */
  readonly done?: readonly string[];
  /** When the last run of each category began, by its report. Shown in place of the computed next run. */
  readonly lastRuns?: ReadonlyMap<string, Instant | undefined>;
  /** A person has stated that no category has an index yet. */
  readonly allowEmpty?: boolean;
  /** The findings outside the categories. */
  readonly beside?: { readonly clauses: readonly string[]; readonly exitCode: ExitCode };
}

const keptClauses = (kept: number, of: number, empty: number): readonly string[] => {
  if (of + empty === 0) return ['Kept: no rule to keep'];
  return [
    of === 0 ? 'Kept: nothing found to keep' : `Kept: ${kept} of ${of}`,
    ...(empty === 0 ? [] : [`${empty} empty`]),
  ];
};

const isPaused = (result: CategoryResult | Failed): boolean =>
  !isFailed(result) && result.findings.some(({ code }) => code === 'paused');

const pausedClause = (results: readonly (CategoryResult | Failed)[]): readonly string[] => {
  const paused = results.filter(isPaused);
  return paused.length === 0 ? [] : [`${paused.length} paused`];
};

interface NextRun {
  readonly at: Instant;
  readonly category: Category;
}

/**
 * The next run of a category with problems, since people wait for it; if no category has problems, the next run of any
 * category.
 */
const earliestRun = (results: readonly (CategoryResult | Failed)[], now: Instant): NextRun | undefined => {
  const withProblems = results.filter((result) => problemsOf(result).length > 0);
  return (withProblems.length > 0 ? withProblems : results)
    .flatMap(({ category }) => {
      const at = nextRun(category.schedule, now);
      return at === undefined ? [] : [{ at, category }];
    })
    .sort((a, b) => a.at - b.at)[0];
};

/**
 * A `rate(…)` counts from the creation of its rule, which only EventBridge knows. So the time shown is the latest
 * possible time.
 */
const runClause = (results: readonly (CategoryResult | Failed)[], now: Instant): string | undefined => {
  const working = results.filter((result) => !isPaused(result));
  // Runs of a paused category come, but do nothing that anybody waits for.
  if (working.length === 0 && results.length > 0) return undefined;
  const next = earliestRun(working, now);
  if (next === undefined) return 'no next run';
  const { expression, timeZone } = next.category.schedule;
  return `next run ${expression.startsWith('rate(') ? 'by ' : ''}${wallTime(next.at, timeZone, now)}`;
};

/** The last run among the categories with problems, or among all if none has any. People ask whether anything ran. */
const lastRunClause = (
  results: readonly (CategoryResult | Failed)[],
  lastRuns: ReadonlyMap<string, Instant | undefined>,
  now: Instant,
): string => {
  const withProblems = results.filter((result) => problemsOf(result).length > 0);
  const [oldest] = (withProblems.length > 0 ? withProblems : results)
    .map(({ category }) => ({ category, at: lastRuns.get(category.id) }))
    .sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  return oldest?.at === undefined
    ? 'no run yet'
    : `last run ${wallTime(oldest.at, oldest.category.schedule.timeZone, now)}`;
};

/** One line that says whether the promises are kept, which are not and why, and when the next run comes. */
export const summaryOf = (
  results: readonly (CategoryResult | Failed)[],
  now: Instant,
  { done = [], lastRuns, allowEmpty = false, beside = { clauses: [], exitCode: EXIT.done } }: Circumstances = {},
): Summary => {
  const states = results.filter(({ category }) => hasRule(category)).map(promiseStateOf);
  const having = (state: PromiseState): number => states.filter((each) => each === state).length;
  const [kept, empty] = [having('kept'), having('empty')];
  const of = states.length - empty;
  const next = earliestRun(results, now);
  const problems = results
    .map((result) => ({ id: result.category.id, problems: problemsOf(result) }))
    .filter(({ problems }) => problems.length > 0)
    .map(({ id, problems }) => `${id} ${problems.join(', ')}`);
  const isNothingThere = of === 0 && empty > 0 && !allowEmpty;
  return {
    line: [
      ...keptClauses(kept, of, empty),
      ...pausedClause(results),
      ...problems,
      ...beside.clauses,
      ...done,
      (lastRuns === undefined ? runClause(results, now) : lastRunClause(results, lastRuns, now)) ?? [],
    ]
      .flat()
      .join(' · '),
    kept,
    of,
    empty,
    isNothingThere,
    ...(next === undefined ? {} : { nextRunAt: next.at }),
    exitCode: worstOf([...results.map(exitCodeOfCategory), beside.exitCode, ...(isNothingThere ? [EXIT.left] : [])]),
  };
};
