import { matchesPattern } from '../../../lib/policy/index-pattern.ts';

const FIRST = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Patterns for all index names except those with this prefix. Indices of other tests on the same server look like
 * indices of any category, because they map the same fields.
 * @param visible another prefix that is not ignored either.
 */
export const namesOfOthers = (beginning: string, visible = beginning): readonly string[] =>
  [...beginning].flatMap((own, at) =>
    [...FIRST, '-', '.', '_']
      .filter((other) => other !== own && (at > 0 || FIRST.includes(other)))
      .map((other) => `${beginning.slice(0, at)}${other}*`)
      .filter((pattern) => !matchesPattern(visible, pattern)),
  );
