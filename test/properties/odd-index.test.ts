import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RetentionError } from '../../lib/purge/errors.ts';
import { settle } from '../../lib/purge/settle.ts';
import { portsAt } from '../support/ports-at.ts';
import { daysAgo, NOW, type PurgeFixture, purgeFixture } from '../support/purge-fixture.ts';

const asked = process.env.ES_RETENTION_PROPERTY_RUNS;
const ENOUGH_MILLISECONDS = asked === undefined ? 30_000 : Number.POSITIVE_INFINITY;

const FORMATS = [
  'strict_date_optional_time||epoch_millis',
  'epoch_second',
  'epoch_millis',
  'basic_date||epoch_millis',
  'strict_hour_minute_second||epoch_millis',
  'yyyy-MM||strict_date_time||epoch_second',
  'strict_weekyear_week||epoch_millis',
  "dd.MM.yyyy[' 'HH:mm]||epoch_millis",
];

/** Numbers as JSON has them, beyond what JavaScript holds. */
const long = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom('9223372036854775807', '-9223372036854775808', '0', '-1', '253402300800000', '-62135596800001'),
  fc.integer({ min: NOW - 3e9, max: NOW + 3e9 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const texts = fc.constantFrom(
  '2026',
  '2026-11',
  'never',
  '',
  '9999-12-31T23:59:59.999Z',
  '0001-01-01',
  daysAgo(20),
  '23:59:59',
);
const value: fc.Arbitrary<string> = fc.oneof(
  long,
  texts.map((text) => JSON.stringify(text)),
  fc.constantFrom('null', 'true', '[]'),
  fc.array(long, { maxLength: 3 }).map((values) => `[${values.join(',')}]`),
);

const oddIndex = fc.record({
  type: fc.constantFrom('date', 'date', 'date', 'date_nanos', 'long', 'keyword', 'double', 'text', 'boolean'),
  format: fc.constantFrom(...FORMATS),
  ignoreMalformed: fc.boolean(),
  documents: fc.array(fc.record({ timestamp: value, ingested: value }), { minLength: 1, maxLength: 12 }),
});
type OddIndex = typeof oddIndex extends fc.Arbitrary<infer T> ? T : never;

const propertyOf = ({ type, format, ignoreMalformed }: OddIndex): estypes.MappingProperty => {
  const isDate = type.startsWith('date');
  const isTolerant = isDate || type === 'long' || type === 'double';
  return { type, ...(isDate && { format }), ...(isTolerant && { ignore_malformed: ignoreMalformed }) } as never;
};

const fill = async ({ client, createIndex }: PurgeFixture, odd: OddIndex): Promise<void> => {
  const index = await createIndex('odd', {}, { properties: { '@timestamp': propertyOf(odd) } });
  // What the server refuses to store is not there; the rest is as odd as it can be.
  const operations = odd.documents.flatMap(({ timestamp, ingested }, at) => [
    `{"index":{"_id":"odd-${at}"}}`,
    `{"@timestamp":${timestamp},"event":{"ingested":${ingested}}}`,
  ]);
  await client.bulk({ index, operations, refresh: true });
};

const settleAll = async ({ client, policy, category }: PurgeFixture): Promise<unknown> => {
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstPause: 20 }, () => NOW);
  const run = { runId: randomUUID(), dryRun: false, policy, category };
  return settle(run, ports, { ingestedAt: Date.parse(daysAgo(1)) }).catch((thrown) => {
    // To refuse an index with reasons is no failure.
    if (!(thrown instanceof RetentionError) || thrown.code === 'no-server') throw thrown;
  });
};

test('whatever one index holds, no command fails, and the index beside it is purged', async () => {
  await fc.assert(
    fc.asyncProperty(oddIndex, async (odd) => {
      const fixture = purgeFixture();
      await fill(fixture, odd);
      const normal = await fixture.createIndex('normal', {
        old: { '@timestamp': daysAgo(20) },
        live: { '@timestamp': daysAgo(1) },
      });
      await fixture.runPurge({ dryRun: true });
      const report = await fixture.runPurge();
      expect(report.findings.filter(({ code }) => code === 'unanswered')).toEqual([]);
      expect(await fixture.left(normal)).toEqual(['live']);
      await settleAll(fixture);
      await fixture.runPurge();
      expect(await fixture.left(normal)).toEqual(['live']);
      await fixture.cleanUp();
    }),
    { numRuns: Number(asked ?? 25), interruptAfterTimeLimit: ENOUGH_MILLISECONDS, endOnFailure: true },
  );
});
