import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { CBOR, sendAs } from '../../../support/documents/other-encodings.ts';
import { type ErasureFixture, erasureFixture } from '../../../support/erasure/erasure-fixture.ts';
import { NOW, PROPERTIES } from '../../../support/purge/purge-fixture.ts';

const ENDED = NOW - 4 * DAY + 833;
const BEFORE = isoInstant(ENDED - 40 * DAY);
const at = (instant: number, fraction: string) => `${isoInstant(instant).slice(0, -1)}${fraction}Z`;
const of = (timestamp: unknown, more: object = {}) => ({ uin: '42', sdkAppId: '1', '@timestamp': timestamp, ...more });
/** An index that maps the timestamp, and takes in no other date. */
const createUnseen = async ({ client, id }: ErasureFixture): Promise<string> => {
  const { event: _, ...properties } = PROPERTIES;
  await client.indices.create({ index: `${id}-unseen`, mappings: { dynamic: false, properties } });
  return `${id}-unseen`;
};
const dates = { 'ended-before': at(ENDED - 1, '999999'), 'ended-then': at(ENDED, '000000'), ended: isoInstant(ENDED) };
const later = { 'later-by-ns': at(ENDED, '000001'), 'later-by-us': at(ENDED, '001'), later: at(ENDED, '999') };

test.each(['date', 'date_nanos'] as const)(
  'no document dated after the end of a feature is deleted if its date is a %s',
  async (type) => {
    const fixture = erasureFixture();
    const index = await fixture.createIndex('nanos', {}, { properties: { '@timestamp': { type } } });
    const documents = { ...dates, ...(type === 'date_nanos' ? later : { later: isoInstant(ENDED + 1) }) };
    await fixture.add(index, Object.fromEntries(Object.entries(documents).map(([id, date]) => [id, of(date)])));
    await fixture.tell('feature-terminated', { uin: '42' }, ENDED);
    await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(Object.keys(type === 'date_nanos' ? later : { later }).sort());
  },
);

test('no document whose later date is a text or number only in _source is deleted', async () => {
  const fixture = erasureFixture();
  const index = await createUnseen(fixture);
  const numbers = {
    'ended-ms': ENDED,
    'ended-s': ENDED / 1000,
    'ended-between': ENDED - 0.5,
    'later-ms': ENDED + 0.25,
    'later-s': (ENDED + 0.5) / 1000,
  };
  const ingested = { ...dates, ...later, ...numbers };
  const documents = Object.entries(ingested).map(([id, date]) => [id, of(BEFORE, { event: { ingested: date } })]);
  await fixture.add(index, Object.fromEntries(documents));
  await fixture.tell('feature-terminated', { uin: '42' }, ENDED);
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['later', 'later-by-ns', 'later-by-us', 'later-ms', 'later-s']);
});

test('no document with a float in _source that may be a later date is deleted', async () => {
  const fixture = erasureFixture();
  const index = await createUnseen(fixture);
  const texts = { uin: '42', sdkAppId: '1', '@timestamp': BEFORE };
  const strings = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, CBOR.text(text)]));
  const encoded = (date: Buffer) => CBOR.document({ ...strings, 'event.ingested': date });
  // Seconds as a float are exact to 128.
  await sendAs(fixture.client, CBOR.type, index, {
    'before-by-a-minute': encoded(CBOR.float32(ENDED / 1000 - 60)),
    'before-by-an-hour': encoded(CBOR.float32(ENDED / 1000 - 3600)),
    'not-a-number': encoded(CBOR.float32(Number.NaN)),
    bytes: encoded(CBOR.bytes('2020')),
  });
  await fixture.tell('feature-terminated', { uin: '42' }, ENDED);
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['before-by-a-minute', 'bytes', 'not-a-number']);
});
