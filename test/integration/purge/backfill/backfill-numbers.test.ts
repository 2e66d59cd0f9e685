import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { AS_SENT } from '../../../../lib/adapters/elasticsearch/client/parsed-sources.ts';
import { backfillDates } from '../../../../lib/maintenance/backfill-dates.ts';
import { portsAt } from '../../../support/purge/ports-at.ts';
import { daysAgo, NOW, PROPERTIES, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const AT = Date.parse(daysAgo(1));

const backfillIn = ({ client, policy, category }: PurgeFixture) => {
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
  return backfillDates({ runId: randomUUID(), dryRun: false, policy, category }, ports, { ingestedAt: AT });
};

/** An index with documents as their text has them: no JSON library has read the numbers. */
const indexOf = async (bodies: readonly string[]) => {
  const fixture = purgeFixture();
  const { client, id } = fixture;
  const index = `${id}-numbers`;
  await client.indices.create({
    index,
    settings: { number_of_replicas: 0 },
    mappings: { dynamic: false, properties: PROPERTIES },
  });
  const lines = bodies.flatMap((body, at) => [`{"index":{"_id":"${at}"}}`, body]);
  await client.bulk({ index, refresh: true, body: `${lines.join('\n')}\n` } as never);
  const source = async (at: number): Promise<string> =>
    text((await client.getSource({ index, id: `${at}` }, { asStream: true, context: AS_SENT })) as never);
  return { fixture, index, source };
};

/** Numbers of which a script would change the value. */
const OTHER_VALUES = [
  '1.234567890123456789012345',
  '1e400',
  '-1e400',
  '0.1000000000000000055511151231257827',
  '1.00000000000000000001',
  '1e-400',
  '123456789012345678901234567890.5',
];
/** Numbers that it would write otherwise: a keyword field has another term then. */
const OTHER_WORDS = [
  '1.10',
  '1.00',
  '1e5',
  '1E5',
  '1.0e7',
  '1E7',
  '1.0E+7',
  '10000000.0',
  '0.0001',
  '12345678.5',
  '-0',
  '0e999',
  '5E-324',
];
const LOST = [
  ...[...OTHER_VALUES, ...OTHER_WORDS].map((number) => `{"n":${number}}`),
  '{"a":{"b":[1,{"c":[2,3.1415926535897932384626]}]}}',
  '{"a":{"b":[1,{"c":[2,1.10]}]}}',
];
const NUMBERS = [
  '1.5',
  '0.1',
  '1.0',
  '0.001',
  '9999999.5',
  '1.0E7',
  '1.23456785E7',
  '1.0E-4',
  '2.0E23',
  '0.30000000000000004',
  '1.7976931348623157E308',
  '4.9E-324',
  '-2.5',
  '-0.0',
  '0.0',
  '0',
  '-7',
  '123456789012345678901234567890',
  '9007199254740993',
];
const KEPT = [...NUMBERS.map((number) => `{"n":${number}}`), '{"t":"1e400","u":"\\ud83d\\ude00"}'];

/** It never writes a document again of which a number would be another one then, or be written otherwise. */
test('a document with a number that a script would change is not dated, and is reported', async () => {
  const { fixture, source } = await indexOf([...LOST, ...KEPT]);
  const backfilled = await backfillIn(fixture);
  expect(backfilled).toMatchObject({ undatable: LOST.length + KEPT.length, dated: KEPT.length, left: LOST.length });
  expect(backfilled.obstacles).toMatchObject([
    { code: 'not-dated', found: expect.stringMatching(new RegExp(`^${LOST.length} with a number`)) },
  ]);
  for (const [at, body] of LOST.entries()) expect(await source(at)).toBe(body);
});

test('a dated document keeps every number as it was written', async () => {
  const { fixture, source } = await indexOf(KEPT);
  expect(await backfillIn(fixture)).toMatchObject({ dated: KEPT.length, left: 0, obstacles: [] });
  for (const [at, body] of KEPT.entries()) {
    const written = await source(at);
    const { event, ...rest } = JSON.parse(written);
    expect(rest).toEqual(JSON.parse(body));
    expect(event).toBeDefined();
    const number = NUMBERS[at];
    if (number !== undefined) expect(written).toMatch(new RegExp(`"n":${number.replaceAll('.', '\\.')}[,}]`));
  }
});

test('a document with half of a surrogate pair is not changed', async () => {
  const { fixture, source } = await indexOf(['{"t":"\\ud83d"}', '{"t":"whole"}']);
  expect(await backfillIn(fixture)).toMatchObject({ dated: 1, left: 1 });
  expect(await source(0)).toBe('{"t":"\\ud83d"}');
});

test('a backfill checks all documents, even if they fill several pages', async () => {
  const { fixture } = await indexOf(Array.from({ length: 1203 }, (_, at) => `{"n":${at === 1100 ? '1e400' : at}}`));
  expect(await backfillIn(fixture)).toMatchObject({ dated: 1202, left: 1 });
});
