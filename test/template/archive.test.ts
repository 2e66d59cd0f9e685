import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { bucketArchive } from '../../lib/adapters/archive/bucket-archive.ts';
import { readArchiveLocation } from '../../lib/adapters/configuration.ts';
import type { ArchiveKind } from '../../lib/erasure/archive.ts';
import { archivePeriods } from '../../lib/erasure/archive-periods.ts';
import { DAY } from '../../lib/policy/duration.ts';
import { parseRetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { type Loose, readTemplate } from '../support/compiled-template.ts';
import { newRing, ringOf } from '../support/key-ring-text.ts';
import { memoryBucket } from '../support/memory-bucket.ts';

const template = readTemplate(inject('packagedService'));
const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'p.yml');
const rules: readonly Loose[] = template.byId('Archive').Properties.LifecycleConfiguration.Rules;
const KINDS: readonly ArchiveKind[] = ['events', 'entries', 'receipts'];
const erasing = [...policy.categories.values()].filter(({ rules: { termination } }) => termination !== undefined);
const places = erasing.map(({ id }) => id).flatMap((category) => KINDS.map((kind) => [category, kind] as const));

/** The key under which a category's function keeps a copy of that kind. */
const keyOf = async (category: string, kind: ArchiveKind): Promise<string> => {
  const [lambda] = template
    .ofType('AWS::Lambda::Function')
    .filter(({ Properties }) => Properties.FunctionName === `es-retention-dev-purge-${category}`);
  const place = lambda?.Properties.Environment.Variables.RETENTION_ARCHIVE['Fn::Sub'];
  const location = readArchiveLocation({ RETENTION_ARCHIVE: place.replace(`\${Archive}`, 'archive') });
  if (location.kind !== 'bucket') throw new Error(`${place} is no bucket.`);
  const { client, objects } = memoryBucket();
  await bucketArchive(location, ringOf(newRing()).archive, client).put(kind, 'x', {});
  return [...objects.keys()].join();
};

/** Where several rules match, S3 goes by the shortest. */
const daysOf = (key: string): number =>
  Math.min(
    ...rules
      .filter(({ Status, Prefix = '' }) => Status === 'Enabled' && key.startsWith(Prefix))
      .map(({ ExpirationInDays }) => ExpirationInDays),
  );

describe('the bucket of the archive', () => {
  it.each(places)('keeps what purge-%s puts among the %s until the code would let it go', async (category, kind) => {
    const kept = daysOf(await keyOf(category, kind)) * DAY;
    expect(kept).toBeGreaterThanOrEqual(archivePeriods(policy)[kind]);
    expect(kept).toBeLessThan(archivePeriods(policy)[kind] + DAY);
  });

  it('keeps receipts as long as reports, and what restores a ledger a little longer than any snapshot', () => {
    expect(KINDS.map((kind) => daysOf(`console-configuration/${kind}/x.jwe`))).toEqual([45, 45, 1095]);
  });

  it('lets go in the end of what a category left that the policy no longer has', () => {
    expect(daysOf('a-former-category/events/x.jwe')).toBe(1095);
  });
});
