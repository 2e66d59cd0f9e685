import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { backfillDates } from '../../lib/maintenance/backfill-dates.ts';
import { daysAgo, NOW, type PurgeFixture, purgeFixture } from '../support/purge/purge-fixture.ts';
import fc from '../support/run/fast-check.ts';
import { enoughTime, propertyRuns } from '../support/run/property-runs.ts';
import { commandsOf } from './commands-of.ts';

const ENOUGH_MILLISECONDS = enoughTime(30_000);

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

/** Accounts as nobody should write them, that of the one who goes among them. */
const account: fc.Arbitrary<string> = fc.oneof(
  long,
  fc.constantFrom('"42"', '42', '42.0', '"042"', '["42","7"]', '[42,"007",null]', '"9007199254740993"', '1e300'),
  fc.constantFrom('null', 'true', '""', '[]', '{}', '{"id":"42"}', '"far too long for that"'),
);
const accountMapping = fc.constantFrom<estypes.MappingProperty>(
  { type: 'keyword' },
  { type: 'keyword', ignore_above: 4 },
  { type: 'keyword', null_value: '42' },
  { type: 'keyword', normalizer: 'lowercase' },
  { type: 'long' },
  { type: 'long', ignore_malformed: true },
  { type: 'integer', ignore_malformed: true },
  { type: 'double' },
  { type: 'text', fields: { keyword: { type: 'keyword' } } },
  { type: 'boolean' },
  { type: 'object', enabled: false },
);

const oddIndex = fc.record({
  type: fc.constantFrom('date', 'date', 'date', 'date_nanos', 'long', 'keyword', 'double', 'text', 'boolean'),
  format: fc.constantFrom(...FORMATS),
  ignoreMalformed: fc.boolean(),
  uin: accountMapping,
  sdkAppId: accountMapping,
  documents: fc.array(fc.record({ timestamp: value, ingested: value, uin: account, sdkAppId: account }), {
    minLength: 1,
    maxLength: 12,
  }),
});
type OddIndex = typeof oddIndex extends fc.Arbitrary<infer T> ? T : never;

const dateProperty = ({ type, format, ignoreMalformed }: OddIndex): estypes.MappingProperty => {
  const isDate = type.startsWith('date');
  const isTolerant = isDate || type === 'long' || type === 'double';
  return { type, ...(isDate && { format }), ...(isTolerant && { ignore_malformed: ignoreMalformed }) } as never;
};

const fill = async ({ client, createIndex }: PurgeFixture, odd: OddIndex, nth: number): Promise<void> => {
  const { uin, sdkAppId } = odd;
  const index = await createIndex(`odd-${nth}`, {}, { properties: { '@timestamp': dateProperty(odd), uin, sdkAppId } });
  // What the server refuses to store is not there; the rest is as odd as it can be.
  const operations = odd.documents.flatMap(({ timestamp, ingested, ...whose }, at) => [
    `{"index":{"_id":"odd-${at}"}}`,
    `{"@timestamp":${timestamp},"event":{"ingested":${ingested}},"uin":${whose.uin},"sdkAppId":${whose.sdkAppId}}`,
  ]);
  await client.bulk({ index, operations, refresh: true });
};

const GONE = '42';
const BOTH_RULES = {
  age: { maxAge: 'P14D', allowedLateness: 'PT1H' },
  termination: { triggers: ['account-deleted', 'feature-terminated'], deadline: 'P7D', cancelWindow: 'P3D' },
};

/** So many at once: what one of them does to the commands, it does beside others too. */
const ODD = 3;

test('no command fails on indices with odd mappings or values, and the index beside them is purged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(oddIndex, { minLength: ODD, maxLength: ODD }), async (odd) => {
      const fixture = purgeFixture({ ownLedger: true, category: { rules: BOTH_RULES } });
      const { policy, category, runPurge, left } = fixture;
      await Promise.all(odd.map((each, nth) => fill(fixture, each, nth)));
      const normal = await fixture.createIndex('normal', {
        old: { '@timestamp': daysAgo(20), uin: '7' },
        live: { '@timestamp': daysAgo(1), uin: '7' },
        gone: { '@timestamp': daysAgo(5), uin: GONE },
      });
      const commands = await commandsOf(fixture);
      const answeredByAll = async (): Promise<void> => {
        const results = await Promise.all(commands.looking.map((command) => command()));
        for (const { json, exitCode } of results) {
          // 3: not everything is kept, or known. What could not be done at all would be 1 or 2, or thrown.
          expect([json.command, exitCode]).toEqual([json.command, exitCode === 3 ? 3 : 0]);
          expect(JSON.stringify(json)).not.toMatch(/"code":"(?:unanswered|unexpected)"/);
        }
      };
      await runPurge({ dryRun: true });
      expect((await commands.terminate(GONE, daysAgo(4))).exitCode).toBe(0);
      await answeredByAll();
      const report = await runPurge();
      expect(report.findings.filter(({ code }) => code === 'unanswered')).toEqual([]);
      expect(await left(normal)).toEqual(['live']);
      // Obstacles are told of, one by one: that nothing is dated there is no error.
      const run = { runId: randomUUID(), dryRun: false, policy, category };
      await backfillDates(run, commands.ports, { ingestedAt: Date.parse(daysAgo(1)) });
      await runPurge();
      expect(await left(normal)).toEqual(['live']);
      await answeredByAll();
      await fixture.cleanUp();
    }),
    { numRuns: propertyRuns(2, 40), interruptAfterTimeLimit: ENOUGH_MILLISECONDS, endOnFailure: true },
  );
});
