import { matchesPattern } from '../../policy/index-pattern.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { type AuditFinding, breach } from '../audit-finding.ts';
import type { AuditedIndex } from '../audit-reader.ts';

const matches = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matchesPattern(name, pattern));

/** Whether one of the patterns matches the name of an index or of its data stream. */
export const belongsTo = (
  { name, dataStream }: Pick<AuditedIndex, 'name' | 'dataStream'>,
  patterns: readonly string[],
) => matches(dataStream ?? name, patterns) || matches(name, patterns);

/** Whether an index can only be reached by an alias that one of the patterns matches. */
const isReachedByAlias = (index: AuditedIndex, patterns: readonly string[]): boolean =>
  !belongsTo(index, patterns) && index.aliases.some((alias) => matches(alias, patterns));

const isClosed = ({ settings }: Pick<AuditedIndex, 'settings'>): boolean =>
  settings['index.verified_before_close'] === 'true';

/**
 * The indices of a category that can be searched, and findings about indices that cannot, or that are not what they
 * seem.
 */
export interface Reached {
  readonly open: readonly AuditedIndex[];
  readonly findings: readonly AuditFinding[];
}

/** Finds the indices of a category among all indices of the cluster. */
export const reachedBy = ({ id, indices: patterns }: Category, all: readonly AuditedIndex[]): Reached => {
  const own = all.filter((index) => belongsTo(index, patterns));
  const findings = [
    ...own.filter(isClosed).map(({ name }) =>
      breach(
        'index-closed',
        {
          expected: 'every index of the category open, so that somebody can look into it',
          found: 'that it is closed',
          fix: 'Open it (POST /INDEX/_open), so that the next run finds what is due in it.',
        },
        { category: id, index: name },
      ),
    ),
    ...all
      .filter((index) => isReachedByAlias(index, patterns))
      .map(({ name, aliases }) =>
        breach(
          'reached-by-alias',
          {
            expected: 'every index behind a pattern of the category to match the pattern by its own name',
            found: `another name, behind the alias ${aliases.find((alias) => matches(alias, patterns))}`,
            fix: 'No run deletes anything in it. Rename the index, add its name to the category, or remove the alias.',
          },
          { category: id, index: name },
        ),
      ),
  ];
  return { open: own.filter((index) => !isClosed(index)), findings };
};
