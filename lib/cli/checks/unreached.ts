import type { Unreached } from '../../erasure/gathering.ts';
import { type ExitCode, worstOf } from '../exit-code.ts';
import { exitCodeOf, failureOf } from '../failure.ts';
import { failurePage } from '../output/findings-page.ts';
import type { Page } from '../output/page.ts';

/** What a summary says of categories that could not be asked: `uins not examined (index_closed_exception)`. */
export const unreachedClauses = (unreached: readonly Unreached[], what = 'not examined'): readonly string[] =>
  unreached.map(({ category, error }) => `${category} ${what} (${error.code})`);

/** Each of them with what was expected, what was found, and the fix. */
export const unreachedSection = (unreached: readonly Unreached[], what = 'not examined'): Page =>
  unreached.flatMap(
    ({ category, error }): Page => [
      '',
      [{ text: category, style: 'bold' }, ` · ${what}`],
      ...failurePage(failureOf(error)),
    ],
  );

/** The same for programs. */
export const unreachedJson = (unreached: readonly Unreached[]) =>
  unreached.map(({ category, error }) => ({ category, error: failureOf(error) }));

/** What a command ends with that could not ask them: never with 0. */
export const unreachedExitCode = (unreached: readonly Unreached[]): ExitCode =>
  worstOf(unreached.map(({ error }) => exitCodeOf(error)));
