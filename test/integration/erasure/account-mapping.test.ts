import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { isoInstant } from '../../../lib/policy/instant.ts';
import { erasureFixture, TERMINATED } from '../../support/erasure-fixture.ts';
import { PROPERTIES } from '../../support/purge-fixture.ts';

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
])('an account field that is %s is right', async (_, mappings, document, field) => {
  const { fixture, index } = await owing(mappings, document, field);
  expect((await fixture.runPurge()).findings).toMatchObject([{ code: 'no-account' }]);
  expect(await fixture.left(index)).toEqual(['stays']);
});
