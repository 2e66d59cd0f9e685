import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { ERASURE_CATEGORY, erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { lookThrough } from '../../../support/erasure/looked-through.ts';
import { daysAgo, ofIndex, PROPERTIES } from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

const GONE = '9007199254740993';
const keyword = { type: 'keyword' } as const;
const computed = { type: 'keyword', script: 'emit("nobody")' } as const;

type Row = readonly [what: string, mappings: estypes.MappingTypeMapping, document: object];

/** A run over one document of an account that was deleted in an index of each of these mappings, and one of nobody. */
const owing = (rows: readonly Row[], accountField: string) => {
  const once = madeOnce(async () => {
    const fixture = erasureFixture({ template: false, category: { accountField } });
    const at = { sdkAppId: '1', '@timestamp': isoInstant(TERMINATED) };
    const names = await fixture.createIndices(
      rows.map(([, mappings, document], place) => ({
        suffix: `${place}`,
        mappings: { ...mappings, properties: { ...PROPERTIES, ...mappings.properties } },
        documents: { theirs: { ...at, ...document }, stays: at },
      })),
    );
    await fixture.tell('account-deleted', { uin: GONE });
    return { names, ...(await lookThrough(fixture)), left: await fixture.leftInAll() };
  });
  return (what: string) => {
    const { names, report, left, callsGone } = once();
    const index = names[rows.findIndex(([name]) => name === what)] ?? '';
    const { findings } = ofIndex(report, index);
    return { findings, left: left.get(index), isCalledGone: callsGone(index, { uin: GONE }) };
  };
};

const NAMED: readonly (readonly [...row: Row, found: string])[] = [
  [
    'in a nested object',
    { properties: { owner: { type: 'nested', properties: { uin: keyword } } } },
    { owner: { uin: GONE } },
    '"owner.uin" mapped as keyword, inside a nested object',
  ],
  [
    'an alias of a field with a normalizer',
    {
      properties: {
        userId: { ...keyword, normalizer: 'lowercase' },
        owner: { properties: { uin: { type: 'alias', path: 'userId' } } },
      },
    },
    { userId: GONE },
    '"owner.uin" mapped as keyword, an alias of another field',
  ],
  ['computed', { runtime: { 'owner.uin': computed } }, {}, '"owner.uin" mapped as keyword, a run-time field'],
  [
    'hidden behind a computed one',
    { runtime: { 'owner.uin': computed }, properties: { owner: { properties: { uin: keyword } } } },
    { owner: { uin: GONE } },
    '"owner.uin" mapped as keyword, a run-time field',
  ],
  [
    'hidden behind one part of a computed one',
    {
      runtime: { owner: { type: 'composite', script: 'emit("uin", "nobody")', fields: { uin: keyword } } },
      properties: { owner: { properties: { uin: keyword } } },
    },
    { owner: { uin: GONE } },
    '"owner.uin" mapped as keyword, a run-time field',
  ],
  [
    'filled from another field',
    {
      properties: {
        owner: { properties: { uin: keyword } },
        creator: { properties: { id: { ...keyword, copy_to: 'owner.uin' } } },
      },
    },
    { creator: { id: GONE } },
    '"owner.uin" mapped as keyword, filled by copy_to from "creator.id"',
  ],
  [
    'text',
    { properties: { owner: { properties: { uin: { type: 'text' } } } } },
    { owner: { uin: GONE } },
    '"owner.uin" mapped as text',
  ],
];

describe('an account field that does not find every account', () => {
  const once = owing(
    NAMED.map(([what, mappings, document]) => [what, mappings, document]),
    'owner.uin',
  );

  test.each(NAMED)('is reported and closes no erasure if it is %s', (what, _, __, found) => {
    const { findings, left, isCalledGone } = once(what);
    expect(findings).toMatchObject([{ code: 'account-mapping', severity: 'blocking', found }]);
    expect(isCalledGone).toBe(false);
    expect(left).toEqual(['stays', 'theirs']);
  });
});

const RIGHT: readonly (readonly [...row: Row, field: string])[] = [
  ['in an object', { properties: { owner: { properties: { uin: keyword } } } }, { owner: { uin: GONE } }, 'owner.uin'],
  [
    'the keyword beside a text that Elasticsearch maps by itself',
    { properties: { owner: { type: 'text', fields: { keyword: { ...keyword, ignore_above: 256 } } } } },
    { owner: GONE },
    'owner.keyword',
  ],
  [
    'a keyword that takes every identifier',
    { properties: { owner: { ...keyword, ignore_above: 128 } } },
    { owner: GONE },
    'owner',
  ],
  [
    'a keyword that leaves out longer ones only',
    { properties: { owner: { ...keyword, ignore_above: 16 } } },
    { owner: GONE },
    'owner',
  ],
  [
    'an integer that leaves out what it cannot hold',
    { properties: { owner: { type: 'long', ignore_malformed: true } } },
    { owner: GONE },
    'owner',
  ],
  ['a number for nobody', { properties: { owner: { type: 'long', null_value: 7 } } }, { owner: GONE }, 'owner'],
  [
    'a name with a dot',
    { properties: { owner: { properties: { uin: keyword } } } },
    { 'owner.uin': GONE },
    'owner.uin',
  ],
  [
    'in a list of objects',
    { properties: { owner: { properties: { uin: keyword } } } },
    { owner: [{ uin: GONE }, { uin: GONE }, { name: 'x' }] },
    'owner.uin',
  ],
];

describe.each(['owner', 'owner.uin', 'owner.keyword'])('the account field %s', (accountField) => {
  const rows = RIGHT.flatMap(([what, mappings, document, field]): Row[] =>
    field === accountField ? [[what, mappings, document]] : [],
  );
  const once = owing(rows, accountField);

  test.each(rows)('is accepted, and finds the account, if it is %s', (what) => {
    const { findings, left } = once(what);
    expect(findings).toMatchObject([{ code: 'no-account' }]);
    expect(left).toEqual(['stays']);
  });
});

const TRIGGERS = ['account-deleted', 'feature-terminated'] as const;
const TERMINATION = { triggers: TRIGGERS, deadline: 'P7D', cancelWindow: 'P3D' };

describe('a computed application field', () => {
  const runtime = { sdkAppId: { type: 'keyword', script: 'emit("x")' } } as const;
  const once = madeOnce(async () => {
    const fixture = erasureFixture();
    const documents = { stays: { uin: '1', '@timestamp': isoInstant(TERMINATED) } };
    await fixture.createIndex('computed', documents, { mappings: { runtime, properties: PROPERTIES } });
    return fixture;
  });

  test.each<[readonly string[], number]>([
    [['account-deleted'], 0],
    [['feature-terminated'], 1],
    [TRIGGERS, 1],
  ])('is reported if a trigger needs it: %o', async (triggers, notices) => {
    const { runPurge, policyWith } = once();
    const termination = { ...TERMINATION, triggers };
    const report = await runPurge({
      policy: policyWith({ category: { ...ERASURE_CATEGORY, rules: { termination } } }),
    });
    const found = report.findings.map(({ code, severity }) => [code, severity]);
    expect(found).toEqual(Array.from({ length: notices }, () => ['account-mapping', 'notice']));
    expect(report).toMatchObject({ outcome: 'complete', kept: true });
  });
});

test('a computed application field blocks an owed erasure of a trigger that the policy dropped', async () => {
  const fixture = erasureFixture();
  const index = `${fixture.id}-2026.05.16`;
  await fixture.client.indices.create({
    index,
    mappings: { runtime: { sdkAppId: { type: 'keyword', script: 'emit("x")' } }, properties: PROPERTIES },
  });
  await fixture.add(index, { theirs: { uin: GONE, sdkAppId: '1', '@timestamp': isoInstant(TERMINATED) } });
  await fixture.tell('feature-terminated', { uin: GONE, sdkAppId: '1' });
  const termination = { ...TERMINATION, triggers: ['account-deleted'] };
  const report = await fixture.runPurge({ policy: fixture.policyWith({ category: { rules: { termination } } }) });
  expect(report.findings).toMatchObject([{ code: 'account-mapping', severity: 'blocking', index }]);
  expect(await fixture.left(index)).toEqual(['theirs']);
});

const AGE = { maxAge: 'P14D', allowedLateness: 'PT1H' };
const text = { sdkAppId: { type: 'text' } } as const;

const APPLICATIONS: readonly (readonly [string, estypes.MappingTypeMapping, isTold: boolean])[] = [
  ['text', { properties: text }, true],
  ['text, and left out of _source', { properties: text, _source: { excludes: ['sdkAppId'] } }, false],
  ['computed', { runtime: { sdkAppId: { type: 'keyword', script: 'emit("x")' } } }, false],
];

/** A run of these rules over an index of each mapping of the application. */
const agingOut = (rules: object) => {
  const once = madeOnce(async () => {
    const fixture = erasureFixture({
      template: false,
      category: { records: 'dated', schedule: 'rate(15 minutes)', rules },
    });
    const of = (uin: string, days: number) => ({ uin, sdkAppId: '1', '@timestamp': daysAgo(days) });
    const { sdkAppId: _, ...properties } = PROPERTIES;
    const names = await fixture.createIndices(
      APPLICATIONS.map(([, mappings], place) => ({
        suffix: `${place}`,
        mappings: { ...mappings, properties: { ...properties, ...mappings.properties } },
        documents: { expired: of('9', 20), live: of('9', 1), theirs: of(GONE, 6) },
      })),
    );
    if ('termination' in rules) await fixture.tell('feature-terminated', { uin: GONE, sdkAppId: '1' });
    return { names, report: await fixture.runPurge(), left: await fixture.leftInAll() };
  });
  return (what: string) => {
    const { names, report, left } = once();
    const index = names[APPLICATIONS.findIndex(([name]) => name === what)] ?? '';
    return { report, findings: ofIndex(report, index).findings, left: left.get(index) };
  };
};

describe('without a rule that needs accounts', () => {
  const once = agingOut({ age: AGE });

  test.each(APPLICATIONS)('documents are deleted by age without findings if the application is %s', (what) => {
    const { report, findings, left } = once(what);
    expect(report).toMatchObject({ outcome: 'complete', findings: [], documentsRemoved: APPLICATIONS.length });
    expect(findings).toEqual([]);
    expect(left).toEqual(['live', 'theirs']);
  });
});

describe('with an owed erasure of an application', () => {
  const once = agingOut({ age: AGE, termination: TERMINATION });

  test.each(APPLICATIONS)(
    'expired documents are deleted, and those of the application only if it is found: it is %s',
    (what, _, isTold) => {
      const { findings, left } = once(what);
      expect(left).toEqual(isTold ? ['live'] : ['live', 'theirs']);
      expect(findings).toMatchObject(isTold ? [] : [{ code: 'account-mapping', severity: 'blocking' }]);
    },
  );
});
