import type { Category } from '../../policy/retention-policy.ts';
import type { Finding } from '../../purge/finding.ts';

/** What earlier versions kept in indices that all categories shared. */
export interface EarlierRecords {
  /**
   * How many open entries of a category, and events that concern it, stand there and not in its own indices; 0 where there is nothing left
   * to move, or the key may not see it.
   * @throws InputError | TransientError
   */
  notMoved(category: Category): Promise<number>;
}

/** Nothing of these is erased, and no return is heard, until they are moved. Pure. */
export const notMovedFindings = (category: string, records: number): readonly Finding[] =>
  records === 0
    ? []
    : [
        {
          code: 'not-moved',
          severity: 'blocking',
          subjects: records,
          expected: `every entry and event of "${category}" in indices of its own`,
          found: `${records} that only an index of an earlier version holds, which all categories shared`,
          fix: 'node bin/es-retention.mjs setup moves them, with a key that may read the earlier indices and write all of ours.',
        },
      ];
