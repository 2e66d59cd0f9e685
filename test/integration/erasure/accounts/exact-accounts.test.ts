import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { NO_DOCUMENTS, type SubjectCounts } from '../../../../lib/criteria/counts.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import type { Report } from '../../../../lib/purge/report/report.ts';
import { codesOf, runTwice } from '../../../support/erasure/erasing-cases.ts';
import { type ErasureFixture, erasureFixture, NO_BRAKE, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { lookThrough } from '../../../support/erasure/looked-through.ts';
import { type NewIndex, NOW, ofIndex, PROPERTIES } from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

const HOUR = DAY / 24;
const JSON_BODY = { headers: { 'content-type': 'application/json' } };
const GONE = '9007199254740993';
const of = (uin: unknown, sdkAppId: unknown = '1') => ({ uin, sdkAppId, '@timestamp': isoInstant(TERMINATED - DAY) });

/** Sends the request that an advice names: method, path and body are in it. */
const follow = async (fixture: ErasureFixture, report: Report, code: string) => {
  const advice = report.findings.find((finding) => finding.code === code)?.fix ?? '';
  const [, method = '', path = '', query = '', body = ''] =
    /(POST|PUT) (\/[^\s?]+)(?:\?(\S+))? (\{.*\})\.? /.exec(advice) ?? [];
  const querystring = Object.fromEntries(new URLSearchParams(query));
  return fixture.client.transport.request({ method, path, querystring, body: JSON.parse(body) }, { meta: false });
};

const keyword = { type: 'keyword' } as const;

/** As some writers send it: JavaScript would write it without the fraction. */
const addDecimal = ({ client }: ErasureFixture, index: string, id: string, integer: string) =>
  client.transport.request(
    {
      method: 'PUT',
      path: `/${index}/_doc/${id}`,
      querystring: { refresh: 'true' },
      body: JSON.stringify(of(7)).replace('"uin":7', `"uin":${integer}.0`),
    },
    JSON_BODY,
  );

/** Runs twice over these indices, once all that is given has ended, and looks through them by the second run. */
const runOver = async (
  indices: readonly NewIndex[],
  prepare: (fixture: ErasureFixture, names: readonly string[]) => Promise<unknown>,
) => {
  const fixture = erasureFixture({ template: false, category: { guard: NO_BRAKE } });
  const names = await fixture.createIndices(indices);
  await prepare(fixture, names);
  await fixture.runPurge({ clock: () => NOW - HOUR });
  const looked = await lookThrough(fixture);
  return { ...looked, left: await fixture.leftInAll(), names };
};

const EXACT = ['number', 'text', 'decimal', 'same', 'same-mixed', 'with-null'];

/**
 * Each row has accounts of its own, around a number. An account that a field cannot hold is a finding of every index
 * with such a field.
 */
describe.each<
  [string, readonly (readonly [string, number, 'long' | 'keyword', readonly string[], readonly string[]])[]]
>([
  [
    'a number',
    [
      ['71', 71, 'long', EXACT, []],
      ['73', 73, 'keyword', EXACT, []],
    ],
  ],
  [
    'no number',
    [
      ['0075', 75, 'keyword', ['zeros'], []],
      ['0077', 77, 'long', [], ['identifier-mapping']],
      ['79.9', 79, 'long', [], ['identifier-mapping']],
    ],
  ],
])('the end of an account that is %s', (_, rows) => {
  const documentsOf = (number: number) => ({
    number: of(number),
    text: of(`${number}`),
    same: of([number, number]),
    'same-mixed': of([number, `${number}`]),
    'with-null': of([number, null]),
    zeros: of(`00${number}`),
    'cut-off': of(`${number}.9`),
    half: of(number + 0.5),
    other: of(number + 1),
    none: of(null),
  });
  const once = madeOnce(() =>
    runOver(
      rows.map(([uin, number, type]) => ({
        suffix: uin,
        properties: { uin: { type } },
        documents: documentsOf(number),
      })),
      async (fixture, names) => {
        for (const [at, [uin, number]] of rows.entries()) {
          await addDecimal(fixture, names[at] ?? '', 'decimal', `${number}`);
          await fixture.tell('account-deleted', { uin });
        }
      },
    ),
  );

  test.each(rows)(
    'deletes exactly the documents of account %s, beside variants of %s, in a field of type %s',
    (...row) => {
      const [uin, number, , gone, codes] = row;
      const { left, names, report, callsGone } = once();
      const index = names[rows.findIndex(([each]) => each === uin)] ?? '';
      const all = [...Object.keys(documentsOf(number)), 'decimal'].sort();
      expect(left.get(index)).toEqual(all.filter((id) => !gone.includes(id)));
      expect(codesOf(ofIndex(report, index)).filter((code) => code !== 'no-account')).toEqual(codes);
      expect(callsGone(index, { uin })).toBe(codes.length === 0);
    },
  );
});

/** One index, whose account ends, and what two runs leave and say of it. */
interface Row extends NewIndex {
  readonly uin: string;
  readonly app?: string;
  readonly trigger?: 'feature-terminated';
  readonly left: readonly string[];
  /** Documents of the account that keep its erasure open, or are new use. */
  readonly counts?: Partial<SubjectCounts>;
  /** The codes of the findings of that index. */
  readonly codes?: readonly string[];
  readonly staysOpen?: true;
}

const before = isoInstant(TERMINATED - DAY);
const ignoresOdd = { type: 'date', ignore_malformed: true } as const;
const nullValue = (uin: string, type: 'long' | 'keyword'): Row => ({
  suffix: `null-${type}`,
  properties: { uin: { type, null_value: uin } as unknown as estypes.MappingProperty },
  documents: { nobodys: of(null), theirs: of(uin) },
  uin,
  left: ['nobodys'],
  codes: ['no-account'],
});
const short = { ...keyword, ignore_above: 3 };
const ignoredOwner: NewIndex = {
  suffix: 'ignored',
  mappings: { _source: { enabled: false }, properties: { ...PROPERTIES, uin: short, sdkAppId: short } },
  documents: { 'two-owners': of(['506', GONE]), 'two-applications': of('507', ['1', GONE]), other: of('9') },
};
const ignoredLeft = ['other', 'two-applications', 'two-owners'];

const ROWS: readonly (readonly [string, Row])[] = [
  [
    'two accounts that an integer field takes for one share the document',
    {
      suffix: 'long',
      properties: { uin: { type: 'long' } },
      documents: { both: of([501, '00501']) },
      uin: '501',
      left: ['both'],
      counts: { shared: 1 },
      staysOpen: true,
    },
  ],
  ['null_value of a long field assigns a document to no account', nullValue('502', 'long')],
  ['null_value of a keyword field assigns a document to no account', nullValue('503', 'keyword')],
  [
    'without _source and with missing accounts, nothing is called gone',
    {
      suffix: 'lost',
      properties: { uin: { ...keyword, ignore_above: 8 } },
      source: { enabled: false },
      documents: { long: of(GONE), other: of('9') },
      uin: '504',
      left: ['long', 'other'],
      codes: ['not-examined', 'no-account'],
      staysOpen: true,
    },
  ],
  [
    'evident new use stays: ingested later, dated ahead, or malformed',
    {
      suffix: 'use',
      properties: { '@timestamp': ignoresOdd },
      documents: {
        old: of('505'),
        undated: { uin: '505' },
        ingested: { ...of('505'), event: { ingested: isoInstant(TERMINATED + 1) } },
        ahead: { ...of('505'), '@timestamp': isoInstant(NOW + 300 * DAY) },
        never: { ...of('505'), '@timestamp': 9_223_372_036_854_776_000n.toString() },
        malformed: { ...of('505'), '@timestamp': [before, 'yesterday'] },
        stays: of('9'),
      },
      uin: '505',
      trigger: 'feature-terminated',
      left: ['ahead', 'ingested', 'malformed', 'stays'],
      counts: { newUse: 3 },
    },
  ],
  [
    'without _source, a document with an ignored second owner is not erased',
    { ...ignoredOwner, uin: '506', left: ignoredLeft, counts: { due: 1 }, codes: ['not-examined'], staysOpen: true },
  ],
  [
    'without _source, a document with an ignored second application is not erased',
    {
      ...ignoredOwner,
      uin: '507',
      app: '1',
      trigger: 'feature-terminated',
      left: ignoredLeft,
      counts: { due: 1 },
      codes: ['not-examined'],
      staysOpen: true,
    },
  ],
  [
    'values that do not fit the mapping of the account block nothing',
    {
      suffix: 'odd',
      properties: { uin: { type: 'long', ignore_malformed: true } },
      documents: {
        text: of('no number'),
        list: of([[508], [508]]),
        boolean: of(true),
        huge: of('1e400'),
        both: of([508, 'x']),
        other: of(9),
      },
      uin: '508',
      left: ['boolean', 'both', 'huge', 'other', 'text'],
      counts: { shared: 1 },
      codes: ['no-account'],
      staysOpen: true,
    },
  ],
  [
    'a document with tens of thousands of accounts blocks no erasure',
    {
      suffix: 'crowd',
      documents: {
        crowd: of(['509', ...Array.from({ length: 60_000 }, (_, at) => `${at + 1_000}`)]),
        mine: of('509'),
        other: of('9'),
      },
      uin: '509',
      left: ['crowd', 'other'],
      counts: { shared: 1 },
      staysOpen: true,
    },
  ],
];

describe('a search in one of several indices', () => {
  const once = madeOnce(() =>
    runOver([...new Map(ROWS.map(([, row]) => [row.suffix, row])).values()], async ({ tell }) => {
      for (const [, { trigger = 'account-deleted', uin, app }] of ROWS)
        await tell(trigger, { uin, ...(app !== undefined && { sdkAppId: app }) });
    }),
  );

  test.each(ROWS)(
    'finds exactly the documents of the account: %s',
    (_, { suffix, uin, app, trigger, counts = {}, codes = [], staysOpen = false, ...row }) => {
      const { left, names, report, callsGone, countsOf } = once();
      const index = names.find((name) => name.endsWith(`-${suffix}`)) ?? '';
      const subject = {
        uin,
        ...(app !== undefined && { sdkAppId: app }),
        ...(trigger !== undefined && { until: TERMINATED }),
      };
      expect(left.get(index)).toEqual(row.left);
      expect(countsOf(subject)).toEqual({ ...NO_DOCUMENTS, ...counts });
      expect(codesOf(ofIndex(report, index))).toEqual(codes);
      expect(callsGone(index, subject)).toBe(!staysOpen);
    },
  );

  test('reports shared documents for the whole category', () => {
    expect(once().report.findings).toContainEqual(expect.objectContaining({ code: 'shared-documents', subjects: 3 }));
  });
});

test('accounts that a removed copy_to left in the index are reported, and the fix removes them', async () => {
  const fixture = erasureFixture();
  const creator = { type: 'keyword', copy_to: 'uin' } as const;
  const index = await fixture.createIndex('copied', {}, { properties: { creator } });
  await fixture.add(index, { theirs: of('7'), copied: { ...of('8'), creator: '7' }, absent: { creator: '7' } });
  await fixture.client.indices.putMapping({ index, properties: { creator: { type: 'keyword' } } });
  await fixture.tell('account-deleted', { uin: '7' });
  const report = await runTwice(fixture);
  expect(codesOf(report)).toEqual(['unclear-account']);
  expect(report.findings[0]?.found).toContain('2 documents of 1 terminated subject, but only by what a search finds');
  expect(await fixture.left(index)).toEqual(['absent', 'copied']);
  await follow(fixture, report, 'unclear-account');
  expect(codesOf(await fixture.runPurge())).toEqual(['no-account']);
  expect(await fixture.left(index)).toEqual(['absent', 'copied']);
});

describe('an account without an exact value in the index', () => {
  const [BESIDE, NEAR] = ['9100000000000000', '42'];
  const once = madeOnce(() =>
    runOver(
      [
        { suffix: 'decimal', properties: { uin: { type: 'long' } }, documents: { stays: of('1') } },
        {
          suffix: 'beside',
          properties: { uin: { ...keyword, ignore_above: 8 } },
          documents: { both: of([NEAR, BESIDE]) },
        },
      ],
      async (fixture, [decimal = '', beside = '']) => {
        await addDecimal(fixture, decimal, 'vague', GONE);
        const properties = { uin: { ...keyword, ignore_above: 256 } };
        await fixture.client.indices.putMapping({ index: beside, properties });
        for (const uin of [GONE, NEAR, BESIDE]) await fixture.tell('account-deleted', { uin });
      },
    ),
  );

  test('makes its document unclear if it is a decimal beyond 2^53', () => {
    const { left, names, report, callsGone, countsOf } = once();
    expect(left.get(names[0] ?? '')).toEqual(['stays', 'vague']);
    expect(countsOf({ uin: GONE })).toEqual({ ...NO_DOCUMENTS, unclear: 1 });
    expect(codesOf(report)).toContain('unclear-account');
    expect(callsGone(names[0] ?? '', { uin: GONE })).toBe(false);
  });

  test('prevents the erasure of both accounts if its document names another account too', () => {
    const { left, names, report, callsGone, countsOf } = once();
    expect(left.get(names[1] ?? '')).toEqual(['both']);
    expect(countsOf({ uin: NEAR })).toEqual({ ...NO_DOCUMENTS, shared: 1 });
    expect(countsOf({ uin: BESIDE })).toEqual({ ...NO_DOCUMENTS, unindexed: 1 });
    expect(codesOf(report).toSorted()).toEqual(['shared-documents', 'unclear-account', 'unindexed-account']);
    for (const uin of [NEAR, BESIDE]) expect(callsGone(names[1] ?? '', { uin })).toBe(false);
    expect(report.erasures).toMatchObject({ open: 3 });
  });
});

const EARLIER: readonly (readonly [
  string,
  estypes.MappingProperty | undefined,
  estypes.MappingProperty,
  string,
  number,
])[] = [
  ['under ignore_above', { ...keyword, ignore_above: 8 }, { ...keyword, ignore_above: 256 }, '9007199254740993', 1],
  [
    'under ignore_above, beside another',
    { ...keyword, ignore_above: 8 },
    { ...keyword, ignore_above: 256 },
    '9007199254740995',
    2,
  ],
  ['before the field was mapped', undefined, keyword, '9007199254740997', 1],
];

describe('an account that was indexed before its present mapping', () => {
  const once = madeOnce(async () => {
    const fixture = erasureFixture({ template: false, category: { guard: NO_BRAKE } });
    const { uin: _, ...properties } = PROPERTIES;
    const names = await fixture.createIndices(
      EARLIER.map(([, property, , uin, times], at) => ({
        suffix: `early-${at}`,
        mappings: { dynamic: false, properties: { ...properties, ...(property && { uin: property }) } },
        documents: { theirs: of(times === 1 ? uin : [uin, uin]), other: of('9') },
      })),
    );
    for (const [at, [, , property, uin]] of EARLIER.entries()) {
      await fixture.client.indices.putMapping({ index: names[at] ?? '', properties: { uin: property } });
      await fixture.tell('account-deleted', { uin });
    }
    await fixture.runPurge({ clock: () => NOW - HOUR });
    const looked = await lookThrough(fixture);
    await follow(fixture, looked.report, 'unindexed-account');
    await fixture.runPurge({ clock: () => NOW + HOUR });
    const left = await fixture.leftInAll();
    const last = await fixture.runPurge({ clock: () => NOW + 2 * HOUR });
    return { names, ...looked, left, last, entries: await fixture.entries() };
  });

  test.each(EARLIER)('keeps its erasure open until the fix is carried out: %s', (what, _, __, uin) => {
    const { names, report, callsGone, countsOf, left, last, entries } = once();
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
    expect(report.erasures).toMatchObject({ open: EARLIER.length, nothingFound: 0, erased: 0 });
    const index = names[EARLIER.findIndex(([each]) => each === what)] ?? '';
    expect(callsGone(index, { uin })).toBe(false);
    expect(countsOf({ uin })).toEqual({ ...NO_DOCUMENTS, unindexed: 1 });
    expect(codesOf(report)).toContain('unindexed-account');
    expect(JSON.stringify(report)).not.toContain(uin);
    expect(left.get(index)).toEqual(['other']);
    expect(last).toMatchObject({ outcome: 'complete', erasures: { erased: EARLIER.length } });
    expect(entries.map(({ state }) => state)).toEqual(EARLIER.map(() => 'erased'));
  });
});

test('an account longer than ignore_above is not searched until a reindex', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex(
    'short',
    { theirs: of(GONE), other: of('9') },
    { properties: { uin: { ...keyword, ignore_above: 8 } } },
  );
  await fixture.tell('account-deleted', { uin: GONE });
  await fixture.tell('account-deleted', { uin: '42' });
  expect((await fixture.runPurge()).findings).toMatchObject([
    { code: 'identifier-mapping', severity: 'blocking', subjects: 1 },
    { code: 'no-account' },
  ]);
  const wide = await fixture.createIndex('wide');
  await fixture.client.reindex({ source: { index }, dest: { index: wide }, refresh: true });
  await fixture.client.indices.delete({ index });
  await fixture.runPurge();
  expect(await fixture.left(wide)).toEqual(['other']);
});

const SOURCES: readonly (readonly [string, estypes.MappingSourceField | undefined, estypes.IndicesIndexSettings])[] = [
  ['disabled', { enabled: false }, {}],
  ['without the account', { excludes: ['ui*'] }, {}],
  ['synthetic', undefined, { 'index.mapping.source.mode': 'synthetic' }],
  ['that of logsdb', undefined, { 'index.mode': 'logsdb' }],
];

describe('documents whose account is not in _source', () => {
  const uinOf = (at: number) => `60${at}`;
  const once = madeOnce(() =>
    runOver(
      SOURCES.flatMap(([, source, settings], at) => {
        const make = (type: 'long' | 'keyword', documents: Readonly<Record<string, object>>): NewIndex => ({
          suffix: `${at}-${type}`,
          documents,
          properties: { uin: { type } },
          settings,
          ...(source && { source }),
        });
        const [uin, zeros] = [uinOf(at), of(`00${uinOf(at)}`)];
        return [
          make('long', { zeros, seven: of(Number(uin)) }),
          make('keyword', { zeros, seven: of(uin), both: of([uin, '8']) }),
        ];
      }),
      async ({ tell }) => {
        for (const at of SOURCES.keys()) await tell('account-deleted', { uin: uinOf(at) });
      },
    ),
  );

  test.each(SOURCES)('are not deleted, and their erasures stay open: _source is %s', (what) => {
    const { left, names, report, callsGone, countsOf } = once();
    const at = SOURCES.findIndex(([each]) => each === what);
    const [long = '', text = ''] = names.slice(2 * at);
    expect(left.get(long)).toHaveLength(2);
    expect(left.get(text)).toHaveLength(2);
    expect(ofIndex(report, long).findings).toMatchObject([{ code: 'not-examined', severity: 'blocking' }]);
    expect(ofIndex(report, text).findings).toEqual([]);
    expect(countsOf({ uin: uinOf(at) })).toEqual({ ...NO_DOCUMENTS, shared: 1 });
    expect(codesOf(report)).toContain('shared-documents');
    for (const index of [long, text]) expect(callsGone(index, { uin: uinOf(at) })).toBe(false);
    expect(report.erasures).toMatchObject({ open: SOURCES.length, erased: 0 });
  });
});

const APPLICATIONS: readonly (readonly [string, estypes.MappingProperty | undefined])[] = [
  ['text', { type: 'text' }],
  ['an integer', { type: 'long' }],
  ['mapped nowhere', undefined],
];

describe('an application that is not mapped as a keyword', () => {
  const once = madeOnce(() => {
    const { sdkAppId: _, ...properties } = PROPERTIES;
    return runOver(
      APPLICATIONS.map(([, sdkAppId], at) => ({
        suffix: `apps-${at}`,
        mappings: { dynamic: false, properties: { ...properties, ...(sdkAppId && { sdkAppId }) } },
        documents: {
          one: of('42', '1'),
          zero: of('42', '01'),
          two: of('42', 2),
          other: of('9'),
          gone: of('43'),
        },
      })),
      async ({ tell }) => {
        await tell('feature-terminated', { uin: '42', sdkAppId: '1' });
        await tell('account-deleted', { uin: '43' });
      },
    );
  });

  test.each(APPLICATIONS)('blocks no erasure, and is matched exactly: %s', (what) => {
    const { left, names, report } = once();
    expect(report).toMatchObject({ outcome: 'complete', findings: [], erasures: { open: 0 } });
    const index = names[APPLICATIONS.findIndex(([each]) => each === what)] ?? '';
    expect(left.get(index)).toEqual(['other', 'two', 'zero']);
  });
});

test('an index whose applications cannot be searched blocks neither accounts nor other indices', async () => {
  const fixture = erasureFixture();
  const alias = { type: 'alias', path: 'app' } as const;
  const properties = { app: keyword, sdkAppId: alias };
  const odd = await fixture.createIndex(
    'odd',
    { theirs: { uin: '42', app: '1' }, gone: { uin: '43' } },
    { properties },
  );
  await fixture.add(odd, { stays: { uin: '9' } });
  const plain = await fixture.createIndex('plain', { theirs: of('42'), other: of('9') });
  await fixture.tell('feature-terminated', { uin: '42', sdkAppId: '1' }, TERMINATED);
  await fixture.tell('account-deleted', { uin: '43' });
  const report = await runTwice(fixture);
  expect(report.findings).toMatchObject([{ code: 'account-mapping', severity: 'blocking', index: odd }]);
  expect(report.erasures).toMatchObject({ open: 1 });
  expect(await fixture.left(odd)).toEqual(['stays', 'theirs']);
  expect(await fixture.left(plain)).toEqual(['other']);
});

test('the finding about an account mapped as text names a sub-field that works', async () => {
  const account = { type: 'text', fields: { raw: keyword } } as const;
  const seed = async (fixture: ErasureFixture) => {
    const index = await fixture.createIndex(
      'text',
      { theirs: of('42'), other: of('9') },
      { properties: { uin: account } },
    );
    await fixture.tell('account-deleted', { uin: '42' });
    return index;
  };
  const wrong = erasureFixture();
  await seed(wrong);
  const [finding] = (await wrong.runPurge()).findings;
  expect(finding?.fix).toContain('write accountField: uin.raw into the policy');
  const right = erasureFixture({ category: { accountField: 'uin.raw' } });
  const index = await seed(right);
  expect(await runTwice(right)).toMatchObject({ outcome: 'complete', erasures: { open: 0 } });
  expect(await right.left(index)).toEqual(['other']);
});
