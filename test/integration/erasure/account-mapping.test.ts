import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { erasureFixture, TERMINATED } from '../../support/erasure-fixture.ts';
import { daysAgo, PROPERTIES } from '../../support/purge-fixture.ts';

const GONE = '9007199254740993';
const keyword = { type: 'keyword' } as const;
const computed = { type: 'keyword', script: 'emit("nobody")' } as const;

/** One document of an account that was deleted, in an index of that mapping, where the account's field is `owner.uin`. */
const owing = async (mappings: estypes.MappingTypeMapping, document: object, accountField = 'owner.uin') => {
  const fixture = erasureFixture({ category: { accountField } });
  const index = `${fixture.id}-2026.05.16`;
  const properties = { ...PROPERTIES, ...mappings.properties };
  await fixture.client.indices.create({ index, mappings: { ...mappings, properties } });
  await fixture.add(index, { theirs: { sdkAppId: '1', '@timestamp': isoInstant(TERMINATED), ...document } });
  await fixture.add(index, { stays: { sdkAppId: '1', '@timestamp': isoInstant(TERMINATED) } });
  await fixture.tell('account-deleted', { uin: GONE });
  return { fixture, index };
};

test.each<[string, estypes.MappingTypeMapping, object, string]>([
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
])('an account field that is %s is named, and nothing there is called erased', async (_, mappings, document, found) => {
  const { fixture, index } = await owing(mappings, document);
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', erasures: { erased: 0, nothingFound: 0, open: 1 } });
  expect(report.findings).toMatchObject([{ code: 'account-mapping', severity: 'blocking', index, found }]);
  expect(await fixture.left(index)).toEqual(['stays', 'theirs']);
});

test.each<[string, estypes.MappingTypeMapping, object, string]>([
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
])('an account field that is %s is accepted', async (_, mappings, document, field) => {
  const { fixture, index } = await owing(mappings, document, field);
  expect((await fixture.runPurge()).findings).toMatchObject([{ code: 'no-account' }]);
  expect(await fixture.left(index)).toEqual(['stays']);
});

const TRIGGERS = ['account-deleted', 'feature-terminated'] as const;
const TERMINATION = { triggers: TRIGGERS, deadline: 'P7D', cancelWindow: 'P3D' };

test.each<[readonly string[], number]>([
  [['account-deleted'], 0],
  [['feature-terminated'], 1],
  [TRIGGERS, 1],
])('a computed application field is reported if a trigger needs it: %o', async (triggers, notices) => {
  const termination = { ...TERMINATION, triggers };
  const fixture = erasureFixture({ category: { rules: { termination } } });
  const index = `${fixture.id}-2026.05.16`;
  await fixture.client.indices.create({
    index,
    mappings: { runtime: { sdkAppId: { type: 'keyword', script: 'emit("x")' } }, properties: PROPERTIES },
  });
  await fixture.add(index, { stays: { uin: '1', '@timestamp': isoInstant(TERMINATED) } });
  const report = await fixture.runPurge();
  const found = report.findings.map(({ code, severity }) => [code, severity]);
  expect(found).toEqual(Array.from({ length: notices }, () => ['account-mapping', 'notice']));
  expect(report).toMatchObject({ outcome: 'complete', kept: true });
});

test('a computed application field blocks an erasure of a dropped trigger', async () => {
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

describe.each<[string, estypes.MappingTypeMapping, boolean]>([
  ['text', { properties: text }, true],
  ['text, and left out of _source', { properties: text, _source: { excludes: ['sdkAppId'] } }, false],
  ['computed', { runtime: { sdkAppId: { type: 'keyword', script: 'emit("x")' } } }, false],
])('in an index whose application field is %s', (_, mappings, isTold) => {
  const setUp = async (rules: object) => {
    const fixture = erasureFixture({ category: { records: 'dated', schedule: 'rate(15 minutes)', rules } });
    const index = `${fixture.id}-2026.05.16`;
    const { sdkAppId: __, ...properties } = PROPERTIES;
    await fixture.client.indices.create({
      index,
      mappings: { ...mappings, properties: { ...properties, ...mappings.properties } },
    });
    const of = (uin: string, days: number) => ({ uin, sdkAppId: '1', '@timestamp': daysAgo(days) });
    await fixture.add(index, { expired: of('9', 20), live: of('9', 1), theirs: of(GONE, 6) });
    return { fixture, index };
  };

  test('documents age out without findings if no rule needs accounts', async () => {
    const { fixture, index } = await setUp({ age: AGE });
    expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', findings: [], documentsRemoved: 1 });
    expect(await fixture.left(index)).toEqual(['live', 'theirs']);
  });

  test('documents age out even if an owed application is not found there', async () => {
    const { fixture, index } = await setUp({ age: AGE, termination: TERMINATION });
    await fixture.tell('feature-terminated', { uin: GONE, sdkAppId: '1' });
    const report = await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(isTold ? ['live'] : ['live', 'theirs']);
    expect(report.findings).toMatchObject(isTold ? [] : [{ code: 'account-mapping', severity: 'blocking', index }]);
  });
});
