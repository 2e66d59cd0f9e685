import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { runTwice } from '../../../support/erasure/erasing-cases.ts';
import { type ErasureFixture, erasureFixture, NO_BRAKE, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { PROPERTIES } from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

const keyword = { type: 'keyword' } as const;
const of = (uin: unknown, sdkAppId: unknown = '1') => ({ uin, sdkAppId, '@timestamp': isoInstant(TERMINATED - DAY) });

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

/** JSON as it is written, which no value of ours keeps. */
type Numbers = Readonly<Record<string, string>>;

/** Sends the documents of several indices, in one request. */
const sendNumbers = async ({ client }: ErasureFixture, indices: Readonly<Record<string, Numbers>>) => {
  const lines = Object.entries(indices).flatMap(([index, numbers]) =>
    Object.entries(numbers).flatMap(([id, number]) => [
      JSON.stringify({ index: { _index: index, _id: id } }),
      JSON.stringify(of(0)).replace('"uin":0', `"uin":${number}`),
    ]),
  );
  const { errors } = await client.transport.request<estypes.BulkResponse>(
    { method: 'POST', path: '/_bulk', querystring: { refresh: 'true' }, body: `${lines.join('\n')}\n` },
    { headers: { 'content-type': 'application/x-ndjson' }, meta: false },
  );
  expect(errors).toBe(false);
};

const ZEROS = { integer: '-0', decimal: '-0.0', power: '-0e3', plain: '0', text: '"-0"' };
const { text: _text, ...ZERO_NUMBERS } = ZEROS;

describe('odd identifiers beside similar ones', () => {
  const NUMBERS = [
    ['7.5', '7.50', '7.51'],
    ['-7', '-7.0', '-7.1'],
    ['-9007199254740993', '-9007199254740993', '-9007199254740992'],
  ] as const;
  const once = madeOnce(async () => {
    const fixture = erasureFixture({ category: { guard: NO_BRAKE } });
    const pairs = PAIRS.flatMap(([gone, stays], at) => [
      [`gone-${at}`, of(gone)] as const,
      [`stays-${at}`, of(stays)] as const,
    ]);
    await fixture.createIndices([
      {
        suffix: 'odd',
        documents: Object.fromEntries(pairs),
        properties: { uin: { ...keyword, ignore_above: 128 } },
      },
      {
        suffix: 'apps',
        documents: {
          gone: of('José|1', 'tv & web'),
          proto: of('José|1', '__proto__'),
          star: of('José|1', '*'),
          other: of('José|2', 'tv & web'),
        },
      },
      ...NUMBERS.map((_, at) => ({ suffix: `numbers-${at}` })),
      { suffix: 'zeros' },
    ]);
    await sendNumbers(fixture, {
      ...Object.fromEntries(NUMBERS.map(([, gone, stays], at) => [`${fixture.id}-numbers-${at}`, { gone, stays }])),
      [`${fixture.id}-zeros`]: ZEROS,
    });
    const accounts = new Set([...PAIRS.map(([gone]) => gone), ...NUMBERS.map(([uin]) => uin), '-0']);
    for (const uin of accounts) await fixture.tell('account-deleted', { uin });
    for (const sdkAppId of ['tv & web', '*']) await fixture.tell('feature-terminated', { uin: 'José|1', sdkAppId });
    const report = await runTwice(fixture);
    return { id: fixture.id, report, left: await fixture.leftInAll() };
  });
  const leftIn = (suffix: string) => once().left.get(`${once().id}-${suffix}`);

  test('find exactly the documents of their account', () => {
    expect(leftIn('odd')).toEqual(PAIRS.map((_, at) => `stays-${at}`).sort());
    expect(once().report).toMatchObject({ outcome: 'complete', erasures: { open: 0 } });
  });

  test('find exactly the documents of their application', () => {
    expect(leftIn('apps')).toEqual(['other', 'proto']);
  });

  test.each(NUMBERS.map((row, at) => [...row, at] as const))(
    'find a JSON number by its value: account %s finds %s',
    (_uin, _gone, _stays, at) => {
      expect(leftIn(`numbers-${at}`)).toEqual(['stays']);
    },
  );

  test('find only the text "-0" for account -0, and no JSON number that is zero', () => {
    expect(leftIn('zeros')).toEqual(Object.keys(ZERO_NUMBERS).sort());
  });
});

test('a text application does not match an object or a number that looks like it', async () => {
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

const TYPES = ['long', 'keyword'] as const;

describe('an infinite number', () => {
  const HUGE = ['1e2147483647', '-1e2147483647', '1e-2147483647', '9e99999'];
  const once = madeOnce(async () => {
    const fixture = erasureFixture({ category: { guard: NO_BRAKE } });
    await fixture.createIndices(
      TYPES.map((type) => ({
        suffix: type,
        documents: { huge: of(HUGE), beside: of([...HUGE, '007']), seven: of('7') },
        properties: { uin: { type, ...(type === 'long' && { ignore_malformed: true }) } as estypes.MappingProperty },
      })),
    );
    for (const uin of ['7', HUGE[0] ?? '']) await fixture.tell('account-deleted', { uin });
    await runTwice(fixture);
    return { id: fixture.id, left: await fixture.leftInAll() };
  });

  test.each(TYPES)('blocks no other erasure in a %s field', (type) => {
    const { id, left } = once();
    expect(left.get(`${id}-${type}`)).toEqual(['beside', 'huge']);
  });
});

describe('every JSON number that is zero', () => {
  const once = madeOnce(async () => {
    const fixture = erasureFixture({ category: { guard: NO_BRAKE } });
    const indices = await fixture.createIndices(TYPES.map((type) => ({ suffix: type, properties: { uin: { type } } })));
    await sendNumbers(fixture, Object.fromEntries(indices.map((index) => [index, ZEROS])));
    await fixture.tell('account-deleted', { uin: '0' });
    const report = await runTwice(fixture);
    return { id: fixture.id, report, left: await fixture.leftInAll() };
  });

  test.each(TYPES)('is account 0 in a %s field', (type) => {
    const { id, report, left } = once();
    expect(left.get(`${id}-${type}`)).toEqual(['text']);
    expect(report).toMatchObject({ outcome: 'complete', erasures: { open: 0 } });
  });
});
