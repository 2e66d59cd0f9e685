import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { CBOR, SMILE, sendAs } from '../../../support/documents/other-encodings.ts';
import { codesOf, runTwice } from '../../../support/erasure/erasing-cases.ts';
import { type ErasureFixture, erasureFixture, NO_BRAKE, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { PROPERTIES } from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

const JSON_BODY = { headers: { 'content-type': 'application/json', accept: 'application/json' } };
const BEFORE = isoInstant(TERMINATED - DAY);

const cbor = (uin: Buffer, sdkAppId = CBOR.integer(1)) =>
  CBOR.document({ uin, sdkAppId, '@timestamp': CBOR.text(BEFORE) });
const smile = (uin: Buffer, sdkAppId = SMILE.integer(1)) =>
  SMILE.document({ uin, sdkAppId, '@timestamp': SMILE.text(BEFORE) });
const json = (uin: string, sdkAppId = '1') => `{"uin":${uin},"sdkAppId":${sdkAppId},"@timestamp":"${BEFORE}"}`;
const yaml = (uin: string, sdkAppId = '1') => `---\nuin: ${uin}\nsdkAppId: ${sdkAppId}\n"@timestamp": "${BEFORE}"\n`;

const fill = async ({ client }: ErasureFixture, index: string) => {
  await sendAs(client, CBOR.type, index, {
    'cbor-float16': cbor(CBOR.float16(0x47, 0)),
    'cbor-float32': cbor(CBOR.float32(7)),
    'cbor-float64': cbor(CBOR.float64(7)),
    'cbor-integer': cbor(CBOR.integer(7)),
    'cbor-bignum': cbor(CBOR.bignum(7n)),
    'cbor-decimal': cbor(CBOR.decimal(70, -1)),
    'cbor-twice': cbor(CBOR.list(CBOR.float32(7), CBOR.integer(7))),
    'cbor-half': cbor(CBOR.float32(7.5)),
    'cbor-seventy': cbor(CBOR.decimal(7, 1)),
    'cbor-not-a-number': cbor(CBOR.float32(Number.NaN)),
  });
  await sendAs(client, SMILE.type, index, {
    'smile-float32': smile(SMILE.float32(7)),
    'smile-float64': smile(SMILE.float64(7)),
    'smile-integer': smile(SMILE.integer(7)),
    'smile-bignum': smile(SMILE.bignum(7)),
    'smile-decimal': smile(SMILE.decimal(70, 1)),
    'smile-half': smile(SMILE.float32(7.5)),
  });
  const numbers = ['7', '7.0', '+7', '7.', '7e0', '0x7', '0b111', '007', '0_7', '"7"'];
  await sendAs(client, 'application/yaml', index, {
    ...Object.fromEntries(numbers.map((uin, at) => [`yaml-${at}`, yaml(uin)])),
    'yaml-other': yaml('0x17'),
  });
};

const TYPES = ['keyword', 'long'] as const;

describe('a number in CBOR, SMILE or YAML', () => {
  const once = madeOnce(async () => {
    const fixture = erasureFixture({ category: { guard: NO_BRAKE } });
    const indices = await fixture.createIndices(TYPES.map((type) => ({ suffix: type, properties: { uin: { type } } })));
    for (const index of indices) await fill(fixture, index);
    await fixture.tell('account-deleted', { uin: '7' });
    const report = await runTwice(fixture);
    return { id: fixture.id, report, left: await fixture.leftInAll() };
  });

  test.each(TYPES)('is the account of its value in a %s field', (type) => {
    const { id, report, left } = once();
    expect(left.get(`${id}-${type}`)).toEqual([
      'cbor-half',
      'cbor-not-a-number',
      'cbor-seventy',
      'smile-half',
      'yaml-other',
    ]);
    expect(codesOf(report)).toEqual([]);
    expect(report.erasures).toMatchObject({ erased: 1 });
  });
});

describe('-0', () => {
  const once = madeOnce(async () => {
    const fixture = erasureFixture({ category: { guard: NO_BRAKE } });
    const indices = await fixture.createIndices(
      TYPES.map((type) => ({ suffix: type, properties: { uin: { type }, sdkAppId: { type } } })),
    );
    for (const index of indices)
      await sendAs(fixture.client, 'application/json', index, {
        minus: json('-0'),
        list: json('[-0, 0]'),
        decimal: json('-0.0'),
        exponent: json('0e5'),
        application: json('8', '-0'),
        other: json('8', '1'),
      });
    await fixture.tell('account-deleted', { uin: '0' });
    await fixture.tell('feature-terminated', { uin: '8', sdkAppId: '0' });
    const report = await runTwice(fixture);
    return { id: fixture.id, report, left: await fixture.leftInAll() };
  });

  test.each(TYPES)('is account 0 in a %s field, and application 0', (type) => {
    const { id, report, left } = once();
    expect(codesOf(report)).toEqual([]);
    expect(left.get(`${id}-${type}`)).toEqual(['other']);
  });
});

// A run for each row: beside another row, the same account would count as found in that row's index.
test.each([
  ['float32', 'keyword', 16_777_217n],
  ['float32', 'long', 16_777_217n],
  ['float32', 'long', 9_007_199_254_740_993n],
  ['float64', 'long', 9_007_199_254_740_993n],
  ['float64', 'keyword', 9_007_199_254_740_993n],
] as const)('a document with a %s in a %s field that may be account %s is unclear', async (kind, type, uin) => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('vague', {}, { properties: { uin: { type } } });
  await sendAs(fixture.client, CBOR.type, index, { vague: cbor(CBOR[kind](Number(uin))) });
  await sendAs(fixture.client, SMILE.type, index, { smile: smile(SMILE[kind](Number(uin))) });
  for (const each of [uin, uin - 1n, uin + 2n ** 40n]) await fixture.tell('account-deleted', { uin: `${each}` });
  const report = await runTwice(fixture);
  expect(codesOf(report)).toEqual(['unclear-account']);
  expect(report.erasures).toMatchObject({ due: 2, open: 2 });
  expect(await fixture.left(index)).toEqual(['smile', 'vague']);
});

// Only the account itself is told: nobody looks for the number that the field holds instead.
test.each([
  ['float32', 16_777_217n],
  ['float64', 9_007_199_254_740_993n],
] as const)(
  'a %s in a long field keeps the erasure of account %s open, however the field rounds it',
  async (kind, uin) => {
    const fixture = erasureFixture();
    const index = await fixture.createIndex('rounded', {}, { properties: { uin: { type: 'long' } } });
    await sendAs(fixture.client, CBOR.type, index, { rounded: cbor(CBOR[kind](Number(uin))) });
    await fixture.tell('account-deleted', { uin: `${uin}` });
    const report = await runTwice(fixture);
    expect(codesOf(report)).toEqual(['unclear-account']);
    expect(report.erasures).toMatchObject({ due: 1, open: 1, nothingFound: 0 });
    expect(await fixture.left(index)).toEqual(['rounded']);
  },
);

const createBefore = async ({ client, id }: ErasureFixture, name: string, field: keyof typeof PROPERTIES) => {
  const { [field]: _, ...properties } = PROPERTIES;
  const index = `${id}-${name}`;
  await client.indices.create({ index, mappings: { dynamic: false, properties } });
  return index;
};

test('a byte string may stand for any account, and for any application of its account', async () => {
  const fixture = erasureFixture();
  // Version 8 takes no byte string where the field is mapped already.
  const account = await createBefore(fixture, 'account', 'uin');
  const application = await createBefore(fixture, 'application', 'sdkAppId');
  await sendAs(fixture.client, CBOR.type, account, { cbor: cbor(CBOR.bytes('7')) });
  await sendAs(fixture.client, SMILE.type, account, { smile: smile(SMILE.bytes('7')) });
  await sendAs(fixture.client, CBOR.type, application, {
    odd: cbor(CBOR.integer(7), CBOR.bytes('1')),
    others: cbor(CBOR.integer(9), CBOR.bytes('1')),
    theirs: cbor(CBOR.integer(8)),
  });
  await fixture.client.indices.putMapping({ index: account, properties: { uin: { type: 'keyword' } } });
  await fixture.client.indices.putMapping({ index: application, properties: { sdkAppId: { type: 'keyword' } } });
  await fixture.tell('feature-terminated', { uin: '7', sdkAppId: '1' });
  await fixture.tell('account-deleted', { uin: '8' });
  const report = await runTwice(fixture);
  expect(codesOf(report)).toEqual(['no-account', 'unclear-account', 'unreadable-documents']);
  expect(report.findings[2]?.found).toMatch(/^2 /);
  expect(report.erasures).toMatchObject({ open: 2, nothingFound: 0, erased: 0 });
  expect(await fixture.left(account)).toEqual(['cbor', 'smile']);
  expect(await fixture.left(application)).toEqual(['odd', 'others']);

  const [, path = '', body = ''] = /POST (\/\S+) (\{.*\})\. Send/.exec(report.findings[2]?.fix ?? '') ?? [];
  const { hits } = await fixture.client.transport.request<estypes.SearchResponse>(
    { method: 'POST', path, body: JSON.parse(body) },
    { ...JSON_BODY, meta: false },
  );
  expect(hits.hits.map(({ _id }) => _id).sort()).toEqual(['cbor', 'smile']);
});
