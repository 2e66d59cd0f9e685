import { InputError } from '../../../lib/base/errors.ts';
import type { SetUpChoice, SetUpIndex } from '../../../lib/maintenance/set-up.ts';
import { ownIndices } from '../../../lib/policy/own-indices.ts';
import type { RetentionPolicy } from '../../../lib/policy/retention-policy.ts';

const namesOf = (policy: RetentionPolicy): readonly string[] =>
  [...policy.categories.values()].flatMap(({ id, rules }) => {
    const { leases, reports, ...erasing } = ownIndices(policy, id);
    return rules.termination === undefined ? [leases, reports] : [leases, reports, ...Object.values(erasing)];
  });

/**
 * Creates our own indices in memory, by name only: nobody else alters them there, and there are no earlier versions.
 */
export const inMemorySetUp = (policy: RetentionPolicy) => {
  const made = new Set<string>();
  return async ({ rebuild }: SetUpChoice): Promise<readonly SetUpIndex[]> => {
    const names = namesOf(policy);
    if (rebuild !== undefined && !names.includes(rebuild))
      throw new InputError('bad-index', {
        expected: 'an index of ours',
        found: `"${rebuild}"`,
        fix: 'Name one of ours.',
      });
    return names.map((index): SetUpIndex => {
      const wasThere = made.has(index);
      made.add(index);
      if (wasThere && index === rebuild) return { index, did: 'rebuilt' };
      return { index, did: wasThere ? 'left' : 'made' };
    });
  };
};
