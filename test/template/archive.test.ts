import { describe, expect, inject, test } from 'vitest';
import { archiveRulesOf } from '../../deploy/archive-rules.ts';
import type { Deployment } from '../../deploy/deployment.ts';
import { bucketArchive } from '../../lib/adapters/archive/bucket-archive.ts';
import { readArchiveLocation } from '../../lib/adapters/environment/configuration.ts';
import type { ArchiveKind } from '../../lib/erasure/archive/archive.ts';
import { archivePeriods, replayReach } from '../../lib/erasure/archive/archive-periods.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { flat, type Loose, readTemplate } from '../support/deployment/compiled-template.ts';
import { arnOfRole, EVERYTHING, isAllowed } from '../support/deployment/iam.ts';
import { newRing, ringOf } from '../support/erasure/key-ring-text.ts';
import { examplePolicy as policy } from '../support/policy/example-policy.ts';
import { memoryBucket } from '../support/receipts/memory-bucket.ts';

const template = readTemplate(inject('packagedService'));
const rules: readonly Loose[] = template.byId('Archive').Properties.LifecycleConfiguration.Rules;
const KINDS: readonly ArchiveKind[] = ['events', 'entries', 'receipts', 'manifests', 'statements'];
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
const shortest = (key: string, days: (rule: Loose) => number | undefined): number =>
  Math.min(
    ...rules
      .filter(({ Status, Prefix = '' }) => Status === 'Enabled' && key.startsWith(Prefix))
      .flatMap((rule) => days(rule) ?? []),
  );
const currentDays = (key: string): number => shortest(key, ({ ExpirationInDays }) => ExpirationInDays);
const olderDays = (key: string): number => shortest(key, (rule) => rule.NoncurrentVersionExpiration?.NoncurrentDays);

describe('the bucket of the archive', () => {
  test.each(places)(
    'keeps the copies of purge-%s in %s for exactly their period, counting old versions',
    async (category, kind) => {
      const key = await keyOf(category, kind);
      const kept = (currentDays(key) + olderDays(key)) * DAY;
      expect(kept).toBeGreaterThanOrEqual(archivePeriods(policy)[kind]);
      expect(kept).toBeLessThan(archivePeriods(policy)[kind] + DAY);
    },
  );

  test('keeps current versions of events for as long as a replay reaches back', async () => {
    for (const category of erasing)
      expect(currentDays(await keyOf(category.id, 'events')) * DAY).toBeGreaterThanOrEqual(replayReach(policy));
  });

  test('keeps receipts and statements for 1,095 days, and all other copies for 45', () => {
    const days = (kind: ArchiveKind) => {
      const key = `console-configuration/${kind}/x.jwe`;
      return [currentDays(key), olderDays(key)];
    };
    expect(KINDS.map(days)).toEqual([
      [44, 1],
      [44, 1],
      [1065, 30],
      [44, 1],
      [1065, 30],
    ]);
  });

  test.each([
    ['P0D', 'P14D', [14, 1], [7, 7]],
    ['P0D', 'P1D', [14, 1], [1, 1]],
    ['P200D', 'PT12H', [214, 1], [1, 1]],
  ])('derives its periods from backups of %s and reports of %s', async (backups, reports, events, receipts) => {
    const days = (text: string) => ({ milliseconds: text === 'PT12H' ? DAY / 2 : Number(text.slice(1, -1)) * DAY });
    const changed = { ...policy, backups: days(backups), reports: { ...policy.reports, maxAge: days(reports) } };
    const computed = archiveRulesOf({ policy: changed } as unknown as Deployment) as readonly Loose[];
    const ending = (kind: ArchiveKind) => {
      const rule = computed.find(({ Id }) => Id === `console-configuration-${kind}`);
      return [rule.ExpirationInDays, rule.NoncurrentVersionExpiration.NoncurrentDays];
    };
    expect([ending('events'), ending('receipts')]).toEqual([events, receipts]);
  });

  test('expires the copies of a removed category after 1,095 days', () => {
    const key = 'a-former-category/events/x.jwe';
    expect(currentDays(key) + olderDays(key)).toBe(1095);
  });

  test('keeps versions, and removes delete markers by a separate rule', () => {
    expect(template.byId('Archive').Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    const markers = rules.filter(({ ExpiredObjectDeleteMarker }) => ExpiredObjectDeleteMarker !== undefined);
    expect(markers).toEqual([{ Id: 'delete-markers', Status: 'Enabled', ExpiredObjectDeleteMarker: true }]);
  });

  test('accepts a copy only if the request says that it must not exist', () => {
    const policyOfBucket = flat(template.byId('ArchivePolicy').Properties.PolicyDocument);
    const object = 'arn:aws:s3:::archive/console-configuration/events/x.jwe';
    const mayPut = (context: Record<string, string>) =>
      isAllowed(
        { action: 's3:PutObject', resource: object, principal: { arn: arnOfRole('admin') }, context },
        EVERYTHING,
        policyOfBucket.map((statement) => ({
          ...statement,
          resources: ['arn:aws:s3:::archive', 'arn:aws:s3:::archive/*'],
        })),
      );
    expect(mayPut({ 's3:if-none-match': '*', 'aws:SecureTransport': 'true' })).toBe(true);
    expect(mayPut({ 'aws:SecureTransport': 'true' })).toBe(false);
    expect(policyOfBucket.find(({ Sid }) => Sid === 'WriteOnce')).toMatchObject({
      Principal: '*',
      actions: ['s3:PutObject'],
      resources: [{ 'Fn::Sub': `\${Archive.Arn}/*` }],
    });
  });
});
