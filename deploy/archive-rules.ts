import { archivePeriods } from '../lib/erasure/archive-periods.ts';
import { DAY } from '../lib/policy/duration.ts';
import type { Deployment } from './deployment.ts';
import type { Value } from './template.ts';

const inDays = (milliseconds: number): number => Math.ceil(milliseconds / DAY);

/**
 * The archive's lifecycle: each kind of copy expires when the policy says, in each category's folder. The last rule is for
 * folders of categories that the policy no longer has; where several rules match, S3 goes by the shortest.
 */
export const archiveRulesOf = ({ policy }: Deployment): readonly Value[] => {
  const periods = Object.entries(archivePeriods(policy));
  const rules = [...policy.categories.keys()].flatMap((category) =>
    periods.map(([kind, period]) => ({
      Id: `${category}-${kind}`,
      Status: 'Enabled',
      Prefix: `${category}/${kind}/`,
      ExpirationInDays: inDays(period),
    })),
  );
  const rest = {
    Id: 'rest',
    Status: 'Enabled',
    ExpirationInDays: inDays(Math.max(...periods.map(([, period]) => period))),
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  };
  return [...rules, rest];
};
