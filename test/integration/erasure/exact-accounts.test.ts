import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { type ErasureFixture, erasureFixture, TERMINATED } from '../../support/erasure-fixture.ts';
import { NOW, PROPERTIES } from '../../support/purge-fixture.ts';

const HOUR = DAY / 24;
const JSON_BODY = { headers: { 'content-type': 'application/json' } };
const GONE = '9007199254740993';
const of = (uin: unknown, sdkAppId: unknown = '1') => ({ uin, sdkAppId, '@timestamp': isoInstant(TERMINATED - DAY) });

/** Two runs, the second an hour later: what was just erased is watched for one more. */
const runTwice = async (fixture: ErasureFixture): Promise<Report> => {
  await fixture.runPurge({ clock: () => NOW - HOUR });
  return fixture.runPurge();
};
const codesOf = ({ findings }: Report) => findings.map(({ code }) => code);
/** Sends the request that an advice names: method, path and body are in it. */
const follow = async (fixture: ErasureFixture, report: Report, code: string) => {
  const advice = report.findings.find((finding) => finding.code === code)?.fix ?? '';
  const [, method = '', path = '', query = '', body = ''] =
    /(POST|PUT) (\/[^\s?]+)(?:\?(\S+))? (\{.*\})\.? /.exec(advice) ?? [];
  const querystring = Object.fromEntries(new URLSearchParams(query));
  return fixture.client.transport.request({ method, path, querystring, body: JSON.parse(body) }, { meta: false });
};

test.each<[string, 'long' | 'keyword', readonly string[], readonly string[]]>([
  ['7', 'long', ['number', 'text', 'decimal', 'same', 'same-mixed', 'with-null'], []],
  ['7', 'keyword', ['number', 'text', 'decimal', 'same', 'same-mixed', 'with-null'], []],
  ['007', 'keyword', ['zeros'], []],
  ['007', 'long', [], ['identifier-mapping']],
  ['7.9', 'long', [], ['identifier-mapping']],
])('ending account %s in a field of type %s deletes exactly its documents', async (uin, type, gone, codes) => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('typed', {}, { properties: { uin: { type } } });
  const documents = {
    number: of(7),
    text: of('7'),
    same: of([7, 7]),
    'same-mixed': of([7, '7']),
    'with-null': of([7, null]),
    zeros: of('007'),
    'cut-off': of('7.9'),
    half: of(7.5),
    other: of(8),
    none: of(null),
  };
  await fixture.add(index, documents);
  // As some writers send it: JavaScript would write 7.
  await fixture.client.transport.request(
    {
      method: 'PUT',
      path: `/${index}/_doc/decimal`,
      querystring: { refresh: 'true' },
      body: JSON.stringify(of(7)).replace('"uin":7', '"uin":7.0'),
    },
    JSON_BODY,
  );
  await fixture.tell('account-deleted', { uin });
  const report = await runTwice(fixture);
  const all = [...Object.keys(documents), 'decimal'].sort();
  expect(await fixture.left(index)).toEqual(all.filter((id) => !gone.includes(id)));
  expect(codesOf(report).filter((code) => code !== 'no-account')).toEqual(codes);
  expect(report.erasures).toMatchObject(codes.length === 0 ? { erased: 1 } : { erased: 0, nothingFound: 0, open: 1 });
});

test('two accounts that an integer field takes for one share the document', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('long', { both: of([7, '007']) }, { properties: { uin: { type: 'long' } } });
  await fixture.tell('account-deleted', { uin: '7' });
  expect(codesOf(await runTwice(fixture))).toEqual(['shared-documents']);
  expect(await fixture.left(index)).toEqual(['both']);
});

test.each(['long', 'keyword'] as const)('null_value of a %s field assigns a document to no account', async (type) => {
  const fixture = erasureFixture();
  const property = { type, null_value: '7' } as unknown as estypes.MappingProperty;
  const index = await fixture.createIndex(
    'null',
    { nobodys: of(null), theirs: of('7') },
    { properties: { uin: property } },
  );
  await fixture.tell('account-deleted', { uin: '7' });
  expect(await runTwice(fixture)).toMatchObject({ outcome: 'complete', erasures: { erased: 1 } });
  expect(await fixture.left(index)).toEqual(['nobodys']);
});

test('values of a former copy_to are named, and the advice removes them', async () => {
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

test('a decimal beyond 2^53 belongs to nobody for certain', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('long', { stays: of('1') }, { properties: { uin: { type: 'long' } } });
  await fixture.client.transport.request(
    {
      method: 'PUT',
      path: `/${index}/_doc/vague`,
      querystring: { refresh: 'true' },
      body: `{"uin": ${GONE}.0, "sdkAppId": "1"}`,
    },
    JSON_BODY,
  );
  await fixture.tell('account-deleted', { uin: GONE });
  const report = await runTwice(fixture);
  expect(codesOf(report)).toEqual(['unclear-account']);
  expect(report.erasures).toMatchObject({ open: 1, nothingFound: 0 });
  expect(await fixture.left(index)).toEqual(['stays', 'vague']);
});

const keyword = { type: 'keyword' } as const;
test.each<[string, estypes.MappingProperty | undefined, estypes.MappingProperty, unknown]>([
  ['under ignore_above', { ...keyword, ignore_above: 8 }, { ...keyword, ignore_above: 256 }, GONE],
  [
    'under ignore_above, beside another',
    { ...keyword, ignore_above: 8 },
    { ...keyword, ignore_above: 256 },
    [GONE, GONE],
  ],
  ['before the field was mapped', undefined, keyword, GONE],
])('an account that was indexed %s prevents a receipt, and the advice helps', async (_, before, after, uin) => {
  const fixture = erasureFixture();
  const index = `${fixture.id}-early`;
  const { uin: __, ...properties } = PROPERTIES;
  const mappings = { dynamic: false, properties: { ...properties, ...(before && { uin: before }) } } as const;
  await fixture.client.indices.create({ index, mappings });
  await fixture.add(index, { theirs: of(uin), other: of('9') });
  await fixture.client.indices.putMapping({ index, properties: { uin: after } });
  await fixture.tell('account-deleted', { uin: GONE });
  const report = await runTwice(fixture);
  expect(report).toMatchObject({
    outcome: 'incomplete',
    kept: false,
    erasures: { open: 1, nothingFound: 0, erased: 0 },
  });
  expect(codesOf(report)).toContain('unindexed-account');
  expect(JSON.stringify(report)).not.toContain(GONE);
  await follow(fixture, report, 'unindexed-account');
  await fixture.runPurge({ clock: () => NOW + HOUR });
  expect(await fixture.left(index)).toEqual(['other']);
  const last = await fixture.runPurge({ clock: () => NOW + 2 * HOUR });
  expect(last).toMatchObject({ outcome: 'complete', erasures: { erased: 1 } });
});

test('an account beside another one, and not indexed, keeps both from being erased', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('beside', {}, { properties: { uin: { ...keyword, ignore_above: 8 } } });
  await fixture.add(index, { both: of(['42', GONE]) });
  await fixture.client.indices.putMapping({ index, properties: { uin: { ...keyword, ignore_above: 256 } } });
  for (const uin of ['42', GONE]) await fixture.tell('account-deleted', { uin });
  const report = await runTwice(fixture);
  expect(codesOf(report)).toEqual(['shared-documents', 'unindexed-account']);
  expect(report.erasures).toMatchObject({ open: 2 });
  expect(await fixture.left(index)).toEqual(['both']);
});

test('an identifier longer than ignore_above is not searched; a reindex helps', async () => {
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

test.each<[string, estypes.MappingSourceField | undefined, estypes.IndicesIndexSettings]>([
  ['disabled', { enabled: false }, {}],
  ['without the account', { excludes: ['ui*'] }, {}],
  ['synthetic', undefined, { 'index.mapping.source.mode': 'synthetic' }],
  ['that of logsdb', undefined, { 'index.mode': 'logsdb' }],
])('if _source is %s, integers stay and are named, and keywords match by index', async (_, source, settings) => {
  const fixture = erasureFixture();
  const make = (suffix: string, type: 'long' | 'keyword', documents: Readonly<Record<string, object>>) =>
    fixture.createIndex(suffix, documents, {
      properties: { uin: { type } },
      settings,
      ...(source && { source }),
    });
  const long = await make('long', 'long', { zeros: of('007'), seven: of(7) });
  const text = await make('keyword', 'keyword', { zeros: of('007'), seven: of('7'), both: of(['7', '8']) });
  await fixture.tell('account-deleted', { uin: '7' });
  const report = await runTwice(fixture);
  expect(await fixture.left(long)).toHaveLength(2);
  expect(await fixture.left(text)).toHaveLength(2);
  expect(report.findings).toMatchObject([
    { code: 'not-examined', severity: 'blocking', index: long },
    { code: 'shared-documents' },
  ]);
  expect(report.erasures).toMatchObject({ open: 1, erased: 0 });
});

test('without _source and with missing accounts, nothing is called gone', async () => {
  const fixture = erasureFixture();
  const options = { properties: { uin: { ...keyword, ignore_above: 8 } }, source: { enabled: false } };
  const index = await fixture.createIndex('lost', { long: of(GONE), other: of('9') }, options);
  await fixture.tell('account-deleted', { uin: '42' });
  const report = await runTwice(fixture);
  expect(report.findings).toMatchObject([
    { code: 'not-examined', severity: 'blocking', index },
    { code: 'no-account' },
  ]);
  expect(report.erasures).toMatchObject({ open: 1, nothingFound: 0 });
});

test.each<[string, estypes.MappingProperty | undefined]>([
  ['text', { type: 'text' }],
  ['an integer', { type: 'long' }],
  ['mapped nowhere', undefined],
])('an application that is %s blocks neither accounts nor applications', async (_, sdkAppId) => {
  const fixture = erasureFixture();
  const index = `${fixture.id}-apps`;
  const { sdkAppId: __, ...properties } = PROPERTIES;
  await fixture.client.indices.create({
    index,
    mappings: { dynamic: false, properties: { ...properties, ...(sdkAppId && { sdkAppId }) } },
  });
  await fixture.add(index, {
    one: of('42', '1'),
    zero: of('42', '01'),
    two: of('42', 2),
    other: of('9'),
    gone: of('43'),
  });
  await fixture.tell('feature-terminated', { uin: '42', sdkAppId: '1' });
  await fixture.tell('account-deleted', { uin: '43' });
  expect(await runTwice(fixture)).toMatchObject({ outcome: 'complete', findings: [], erasures: { open: 0 } });
  expect(await fixture.left(index)).toEqual(['other', 'two', 'zero']);
});

test('an index with unreadable applications blocks neither accounts nor others', async () => {
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

test('an account mapped as text names a working sub-field', async () => {
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

test('evident new use stays: ingested later, dated ahead, or malformed', async () => {
  const fixture = erasureFixture();
  const date = { type: 'date', ignore_malformed: true } as const;
  const index = await fixture.createIndex('use', {}, { properties: { '@timestamp': date } });
  const before = isoInstant(TERMINATED - DAY);
  await fixture.add(index, {
    old: of('42'),
    undated: { uin: '42' },
    ingested: { ...of('42'), event: { ingested: isoInstant(TERMINATED + 1) } },
    ahead: { ...of('42'), '@timestamp': isoInstant(NOW + 300 * DAY) },
    never: { ...of('42'), '@timestamp': 9_223_372_036_854_776_000n.toString() },
    malformed: { ...of('42'), '@timestamp': [before, 'yesterday'] },
    stays: of('9'),
  });
  await fixture.tell('feature-terminated', { uin: '42' });
  await runTwice(fixture);
  expect(await fixture.left(index)).toEqual(['ahead', 'ingested', 'malformed', 'stays']);
});

test('values that do not fit the mapping of the account block nothing', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('odd', {}, { properties: { uin: { type: 'long', ignore_malformed: true } } });
  await fixture.add(index, { text: of('no number'), list: of([[7], [7]]), boolean: of(true) });
  await fixture.add(index, { huge: of('1e400'), both: of([7, 'x']), other: of(9) });
  await fixture.tell('account-deleted', { uin: '7' });
  expect(codesOf(await runTwice(fixture))).toEqual(['no-account', 'shared-documents']);
  expect(await fixture.left(index)).toEqual(['boolean', 'both', 'huge', 'other', 'text']);
});

test('without _source, a document with an ignored second owner is not erased', async () => {
  const fixture = erasureFixture();
  const short = { type: 'keyword', ignore_above: 3 } as const;
  await fixture.client.indices.create({
    index: `${fixture.id}-lost`,
    mappings: { _source: { enabled: false }, properties: { ...PROPERTIES, uin: short, sdkAppId: short } },
  });
  await fixture.add(`${fixture.id}-lost`, {
    'two-owners': of(['7', GONE]),
    'two-applications': of('8', ['1', GONE]),
    other: of('9'),
  });
  await fixture.tell('account-deleted', { uin: '7' });
  await fixture.tell('feature-terminated', { uin: '8', sdkAppId: '1' });
  const report = await runTwice(fixture);
  expect(await fixture.left(`${fixture.id}-lost`)).toEqual(['other', 'two-applications', 'two-owners']);
  expect(codesOf(report)).toContain('not-examined');
  expect((await fixture.entries()).map(({ state }) => state)).toEqual(['erasing', 'erasing']);
});

test('a document with tens of thousands of accounts blocks no erasure', async () => {
  const fixture = erasureFixture();
  const crowd = ['7', ...Array.from({ length: 60_000 }, (_, at) => `${at + 100}`)];
  const index = await fixture.createIndex('crowd', { crowd: of(crowd), mine: of('7'), other: of('9') });
  await fixture.tell('account-deleted', { uin: '7' });
  const report = await runTwice(fixture);
  expect(await fixture.left(index)).toEqual(['crowd', 'other']);
  expect(codesOf(report)).toContain('shared-documents');
});
