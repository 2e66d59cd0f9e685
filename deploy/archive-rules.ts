import type { ArchiveKind } from '../lib/erasure/archive/archive.ts';
import { ARCHIVE_SAFETY, archivePeriods } from '../lib/erasure/archive/archive-periods.ts';
import { DAY } from '../lib/policy/time/duration.ts';
import type { Deployment } from './deployment.ts';
import type { Value } from './template.ts';

/**
 * A copy expires, and as an older version it stays a while: both together are the period, in whole days. S3 takes no less than a day
 * for either.
 */
const ending = (period: number, safety: number): Readonly<Record<string, Value>> => {
  const days = Math.ceil(period / DAY);
  const older = Math.max(1, Math.min(safety / DAY, Math.floor(days / 2)));
  return { ExpirationInDays: Math.max(1, days - older), NoncurrentVersionExpiration: { NoncurrentDays: older } };
};

/**
 * The archive's lifecycle: each kind of copy expires when the policy says, in each category's folder. The rule `rest` is for
 * folders of categories that the policy no longer has; where several rules match, S3 goes by the shortest.
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
  // What an expired copy leaves behind. S3 takes it in no rule that gives days.
  const markers = { Id: 'delete-markers', Status: 'Enabled', ExpiredObjectDeleteMarker: true };
  return [...rules, rest, markers];
};
