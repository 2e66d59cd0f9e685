import type { Finding } from '../../criteria/finding.ts';
import type { Category } from '../../policy/retention-policy.ts';

/** The records that earlier versions kept in indices shared by all categories. */
export interface EarlierRecords {
  /**
   * Counts the open entries and the events of a category that exist only in those indices. Returns 0 if nothing is left
   * to move, or if the key may not see the indices.
   * @throws InputError | TransientError
   */
  notMoved(category: Category): Promise<number>;
}

/**
 * The finding for records that were not moved yet. Until then, nothing is erased for them and their reinstatements have
 * no effect.
 */
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
