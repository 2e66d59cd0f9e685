import type { Unreached } from '../../erasure/recording/category-visit.ts';
import { type ExitCode, worstOf } from '../exit-code.ts';
import { exitCodeOf, failureOf } from '../failure.ts';
import { failurePage } from './findings-page.ts';
import type { Page } from './page.ts';

/** The clauses for a summary about categories that could not be asked: `uins not examined (index_closed_exception)`. */
export const unreachedClauses = (unreached: readonly Unreached[], what = 'not examined'): readonly string[] =>
  unreached.map(({ category, error }) => `${category} ${what} (${error.code})`);

/** The section for people, with expected, found and the fix of each. */
export const unreachedSection = (unreached: readonly Unreached[], what = 'not examined'): Page =>
  unreached.flatMap(
    ({ category, error }): Page => [
      '',
      [{ text: category, style: 'bold' }, ` · ${what}`],
      ...failurePage(failureOf(error)),
    ],
  );

/** The keys for programs. */
export const unreachedJson = (unreached: readonly Unreached[]) =>
  unreached.map(({ category, error }) => ({ category, error: failureOf(error) }));

/** The exit code of a command that could not ask some categories: never 0. */
export const unreachedExitCode = (unreached: readonly Unreached[]): ExitCode =>
  worstOf(unreached.map(({ error }) => exitCodeOf(error)));
