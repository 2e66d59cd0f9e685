import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { type ErasureFixture, erasureFixture, TERMINATED } from '../../support/erasure-fixture.ts';
import { NOW, PROPERTIES } from '../../support/purge-fixture.ts';

const keyword = { type: 'keyword' } as const;
const of = (uin: unknown, sdkAppId: unknown = '1') => ({ uin, sdkAppId, '@timestamp': isoInstant(TERMINATED - DAY) });

/** Two runs, the second an hour later: what was just erased is watched for one more. */
const runTwice = async (fixture: ErasureFixture) => {
  await fixture.runPurge({ clock: () => NOW - DAY / 24 });
  return fixture.runPurge();
};

/**
 * Each beside one that some step might take for it: by wildcard, prototype, normalisation, trimming, case or number.
 */
const PAIRS: readonly (readonly [gone: string, stays: unknown])[] = [
  ['auth0|5f7c', 'auth0|5f7d'],
  ['jo+tag@example.com', 'jo@example.com'],
  ['José', 'Jose\u0301'],
  ['Jo Smith', 'Jo  Smith'],
  ['STRASSE', 'straße'],
  ['*', '**'],
  ['a\\*', 'a*'],
  ['?{a=1}', '{a=1}'],
  ['a"b', 'a\\"b'],
  ['__proto__', 'prototype'],
  ['constructor', 'toString'],
  ['-7', 7],
  ['+8', 8],
  ['7.5', 7],
  ['1e2', 100],
  ['٣', '3'],
  ['\u200b9', '9'],
  ['👩‍👩‍👧', '👩👩👧'],
  ['{{params}}', '{params}'],
  [`${'😀'.repeat(64)}`, `${'😀'.repeat(63)}`],
];

test('identifiers of any form get exactly their documents, and no similar ones', async () => {
  const fixture = erasureFixture({ category: { guard: { maxShare: 1, maxAccountShare: 1 } } });
  const index = await fixture.createIndex('odd', {}, { properties: { uin: { ...keyword, ignore_above: 128 } } });
  for (const [at, [gone, stays]] of PAIRS.entries()) {
    await fixture.add(index, { [`stays-${at}`]: of(stays), [`gone-${at}`]: of(gone) });
    await fixture.tell('account-deleted', { uin: gone });
  }
  const report = await runTwice(fixture);
  expect(await fixture.left(index)).toEqual(PAIRS.map((_, at) => `stays-${at}`).sort());
  expect(report).toMatchObject({ outcome: 'complete', erasures: { open: 0 } });
});

test('applications of any form are told apart', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('apps', {
    gone: of('José|1', 'tv & web'),
    proto: of('José|1', '__proto__'),
    star: of('José|1', '*'),
    other: of('José|2', 'tv & web'),
  });
  await fixture.tell('feature-terminated', { uin: 'José|1', sdkAppId: 'tv & web' });
  await fixture.tell('feature-terminated', { uin: 'José|1', sdkAppId: '*' });
  await runTwice(fixture);
  expect(await fixture.left(index)).toEqual(['other', 'proto']);
});

test('an object is not the application that looks like it', async () => {
  const fixture = erasureFixture();
  const { sdkAppId: _, ...properties } = PROPERTIES;
  const index = `${fixture.id}-objects`;
  await fixture.client.indices.create({ index, mappings: { dynamic: false, properties } });
  await fixture.add(index, { object: of('42', { a: 1 }), text: of('42', '?{a=1}'), huge: of('42', 1e300) });
  for (const sdkAppId of ['?{a=1}', '{a=1}', '?1.0E300', '1.0E300'])
    await fixture.tell('feature-terminated', { uin: '42', sdkAppId });
  await runTwice(fixture);
  expect(await fixture.left(index)).toEqual(['huge', 'object']);
});

test.each(['long', 'keyword'] as const)('an infinite number in a %s field blocks nobody', async (type) => {
  const fixture = erasureFixture();
  const property = { type, ...(type === 'long' && { ignore_malformed: true }) } as estypes.MappingProperty;
  const index = await fixture.createIndex('huge', {}, { properties: { uin: property } });
  const HUGE = ['1e2147483647', '-1e2147483647', '1e-2147483647', '9e99999'];
  await fixture.add(index, { huge: of(HUGE), beside: of([...HUGE, '007']), seven: of('7') });
  for (const uin of ['7', HUGE[0] ?? '']) await fixture.tell('account-deleted', { uin });
  await runTwice(fixture);
  expect(await fixture.left(index)).toEqual(['beside', 'huge']);
});

/** JSON as it is written, which no value of ours keeps. */
const sendNumbers = async ({ client }: ErasureFixture, index: string, numbers: Readonly<Record<string, string>>) => {
  for (const [id, number] of Object.entries(numbers))
    await client.transport.request(
      {
        method: 'PUT',
        path: `/${index}/_doc/${id}`,
        querystring: { refresh: 'true' },
        body: JSON.stringify(of(0)).replace('"uin":0', `"uin":${number}`),
      },
      { headers: { 'content-type': 'application/json' } },
    );
};

test.each([
  ['7.5', '7.50', '7.51'],
  ['-7', '-7.0', '-7.1'],
  ['-9007199254740993', '-9007199254740993', '-9007199254740992'],
])('a JSON number is account %s even if written as %s', async (uin, gone, stays) => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('numbers', {}, { properties: { uin: keyword } });
  await sendNumbers(fixture, index, { gone, stays });
  await fixture.tell('account-deleted', { uin });
  await runTwice(fixture);
  expect(await fixture.left(index)).toEqual(['stays']);
});

const ZEROS = { integer: '-0', decimal: '-0.0', power: '-0e3', plain: '0' };

test.each([
  ['0', 'keyword', ['text']],
  ['0', 'long', ['text']],
  ['-0', 'keyword', [...Object.keys(ZEROS)].sort()],
] as const)('account %s in a %s field: every JSON number that is zero is account 0', async (uin, type, left) => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('zeros', {}, { properties: { uin: { type } } });
  await sendNumbers(fixture, index, { ...ZEROS, text: '"-0"' });
  await fixture.tell('account-deleted', { uin });
  const report = await runTwice(fixture);
  expect(await fixture.left(index)).toEqual(left);
  expect(report).toMatchObject({ outcome: 'complete', erasures: { open: 0 } });
});
