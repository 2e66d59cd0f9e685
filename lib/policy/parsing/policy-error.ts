import type { Explanation } from '../../base/explanation.ts';

/** One fault of a policy file, with its place. */
export interface PolicyProblem extends Explanation {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** Keys joined with dots, list positions in brackets: `categories.uins.indices[0]`. Empty for the file as a whole. */
  readonly path: string;
  /** Other paths with the same fault on the same line, or that reach the same place through an anchor. */
  readonly alsoAt?: readonly string[];
}

/** How many problems are listed one by one; the rest are only counted. */
export const MAX_SHOWN = 10;

/**
 * The policy cannot be used. The input is wrong, so a retry does not help. Lists all problems in the order of the file.
 */
export class PolicyError extends Error {
  /** Problems with the same line, expectation and finding are joined into one. */
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[]) {
    const joined = joinedProblems(problems);
    super([...joined.slice(0, MAX_SHOWN).map(describe), ...notShown(joined)].join('\n'));
    this.name = 'PolicyError';
    this.problems = joined;
  }
}

/** One sentence that says how many problems are not listed; an empty list if all are. */
export function notShown(problems: readonly PolicyProblem[]): readonly string[] {
  const more = problems.length - MAX_SHOWN;
  return more > 0 ? [`… and ${more} more. Fix these first: some of the others may follow from them.`] : [];
}

/**
 * Formats the place of a problem: `policy.yml:24: categories.uins.title (and in 5 more places)`.
 * @param separator stands before the path.
 */
export function placeOf({ file, line, path, alsoAt = [] }: PolicyProblem, separator = ': '): string {
  const more = alsoAt.length === 0 ? '' : ` (and in ${alsoAt.length} more ${alsoAt.length === 1 ? 'place' : 'places'})`;
  return `${file}:${line}${path === '' ? '' : `${separator}${path}`}${more}`;
}

function joinedProblems(problems: readonly PolicyProblem[]): readonly PolicyProblem[] {
  const alike = Map.groupBy(problems, ({ line, expected, found }) => JSON.stringify([line, expected, found]));
  return [...alike.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    return [others.length === 0 ? first : { ...first, alsoAt: others.map(({ path }) => path) }];
  });
}

function describe(problem: PolicyProblem): string {
  const { expected, found, fix } = problem;
  return `${placeOf(problem)}: expected ${expected}, found ${found}. ${fix}.`;
}
