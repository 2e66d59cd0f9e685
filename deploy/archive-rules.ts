import type { ArchiveKind } from '../lib/erasure/archive/archive.ts';
import { ARCHIVE_SAFETY, archivePeriods } from '../lib/erasure/archive/archive-periods.ts';
import { DAY } from '../lib/policy/time/duration.ts';
import type { Deployment } from './deployment.ts';
import type { Value } from './template.ts';

/**
 * The expiry of a copy, and of its non-current version afterwards. Both together are the period, in whole days. S3
 * requires at least one day for each.
 */
const ending = (period: number, safety: number): Readonly<Record<string, Value>> => {
  const days = Math.ceil(period / DAY);
  const older = Math.max(1, Math.min(safety / DAY, Math.floor(days / 2)));
  return { ExpirationInDays: Math.max(1, days - older), NoncurrentVersionExpiration: { NoncurrentDays: older } };
};

/**
 * The lifecycle rules of the archive: each kind of copy in each category's folder expires after its period in the
 * policy. The rule `rest` covers folders of categories that are not in the policy any more. If several rules match, S3
 * uses the shortest period.
 */
export const archiveRulesOf = ({ policy }: Deployment): readonly Value[] => {
  const periods = Object.entries(archivePeriods(policy)) as [ArchiveKind, number][];
  const rules = [...policy.categories.keys()].flatMap((category) =>
    periods.map(([kind, period]) => ({
      Id: `${category}-${kind}`,
      Status: 'Enabled',
      Prefix: `${category}/${kind}/`,
      ...ending(period, ARCHIVE_SAFETY[kind]),
    })),
  );
  const rest = {
    Id: 'rest',
    Status: 'Enabled',
    ...ending(Math.max(...periods.map(([, period]) => period)), Math.max(...Object.values(ARCHIVE_SAFETY))),
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  };
  // Removes the delete markers of expired copies. S3 does not allow this in a rule with a number of days.
  const markers = { Id: 'delete-markers', Status: 'Enabled', ExpiredObjectDeleteMarker: true };
  return [...rules, rest, markers];
};
