import { matchesPattern } from '../../lib/policy/index-pattern.ts';

const FIRST = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Patterns of all index names but those that begin with this one: what other tests keep on the same server looks like the
 * indices of any category, since it maps the same fields.
 * @param visible a name of another kind that shall be seen all the same.
 */
export const namesOfOthers = (beginning: string, visible = beginning): readonly string[] =>
  [...beginning].flatMap((own, at) =>
    [...FIRST, '-', '.', '_']
      .filter((other) => other !== own && (at > 0 || FIRST.includes(other)))
      .map((other) => `${beginning.slice(0, at)}${other}*`)
      .filter((pattern) => !matchesPattern(visible, pattern)),
  );
