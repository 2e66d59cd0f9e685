import { expect, test } from 'vitest';
import { elasticsearchAccounts } from '../../../../lib/adapters/elasticsearch/count/elasticsearch-accounts.ts';
import { reconcile } from '../../../../lib/erasure/consistency/reconcile.ts';
import { CategoryVisit } from '../../../../lib/erasure/recording/category-visit.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { erasureFixture, TERMINATED, testHashes } from '../../../support/erasure/erasure-fixture.ts';
import { PROPERTIES } from '../../../support/purge/purge-fixture.ts';

const GONE = '9007199254740993';
const STAYS = '9007199254740995';
const at = { '@timestamp': isoInstant(TERMINATED) };

/** A category without an application field, and documents that have, or have not, a field that could be one. */
const withoutApplications = async () => {
  const fixture = erasureFixture({ template: false, category: { applicationField: undefined } });
  const { sdkAppId: _, ...properties } = PROPERTIES;
  const plain = `${fixture.id}-plain`;
  const mapped = `${fixture.id}-mapped`;
  await fixture.client.indices.create({ index: plain, mappings: { dynamic: false, properties } });
  await fixture.client.indices.create({
    index: mapped,
    mappings: { properties: { ...properties, sdkAppId: { type: 'long', ignore_malformed: true } } },
  });
  await fixture.add(plain, { theirs: { uin: GONE, ...at }, stays: { uin: STAYS, ...at } });
  await fixture.add(mapped, {
    one: { uin: GONE, sdkAppId: 1, ...at },
    ignored: { uin: GONE, sdkAppId: 'many', ...at },
    stays: { uin: STAYS, sdkAppId: 1, ...at },
  });
  return { fixture, plain, mapped };
};

test.each(['account-deleted', 'feature-terminated'] as const)(
  '%s erases the whole account, whatever applications its documents name',
  async (type) => {
    const { fixture, plain, mapped } = await withoutApplications();
    await fixture.tell(type, { uin: GONE });
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'complete', findings: [] });
    expect([await fixture.left(plain), await fixture.left(mapped)]).toEqual([['stays'], ['stays']]);
  },
);

test('under a policy without applications, the end of an application is reported, not carried out', async () => {
  const { fixture, plain, mapped } = await withoutApplications();
  await fixture.tell('feature-terminated', { uin: GONE, sdkAppId: '1' });
  const { findings } = await fixture.runPurge();
  expect(findings).toMatchObject(
    [mapped, plain].map((index) => ({
      code: 'account-mapping',
      severity: 'blocking',
      index,
      found: 'none: documents belong to an account as a whole',
    })),
  );
  expect(await fixture.left(plain)).toEqual(['stays', 'theirs']);
  expect(await fixture.left(mapped)).toEqual(['ignored', 'one', 'stays']);
  expect(await fixture.entries()).toMatchObject([{ state: 'erasing' }]);
});

test('reconcile lists an inactive account without applications, and no active account', async () => {
  const { fixture } = await withoutApplications();
  const found = await reconcile([fixture.category], new Map([[STAYS, new Set(['1'])]]), {
    store: elasticsearchAccounts(fixture.client, { timeout: () => 30_000 }),
    ledger: fixture.ledger,
    hashes: testHashes,
    judge: async (_, __, believed) => ({ believed, altered: new Map() }),
    visit: new CategoryVisit(),
  });
  expect(found.leftBehind).toMatchObject([{ uin: GONE, documents: 3 }]);
  expect(found.leftBehind[0]).not.toHaveProperty('sdkAppId');
});

/** It never calls an application erased that it has looked for by a name which no document has. */
test('an application field that no index has keeps an erasure open', async () => {
  const fixture = erasureFixture({ template: false, category: { applicationField: 'sdkAppID' } });
  const index = `${fixture.id}-a`;
  await fixture.client.indices.create({ index, mappings: { properties: PROPERTIES } });
  await fixture.add(index, { theirs: { uin: GONE, sdkAppId: 1, ...at }, stays: { uin: STAYS, sdkAppId: 1, ...at } });
  await fixture.tell('feature-terminated', { uin: GONE, sdkAppId: '1' });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({
    outcome: 'incomplete',
    findings: [{ code: 'account-mapping', severity: 'blocking', found: '"sdkAppID" not mapped' }],
  });
  expect(await fixture.entries()).toMatchObject([{ state: 'erasing' }]);
  expect(await fixture.left(index)).toEqual(['stays', 'theirs']);
});

test('an index that lacks the application field is searched if another index maps it', async () => {
  const fixture = erasureFixture({ template: false });
  const { sdkAppId: _, ...properties } = PROPERTIES;
  const [mapped, plain] = [`${fixture.id}-mapped`, `${fixture.id}-plain`];
  await fixture.client.indices.create({ index: mapped, mappings: { properties: PROPERTIES } });
  await fixture.client.indices.create({ index: plain, mappings: { properties } });
  await fixture.add(mapped, { theirs: { uin: GONE, sdkAppId: 1, ...at } });
  await fixture.add(plain, { older: { uin: GONE, ...at } });
  await fixture.tell('feature-terminated', { uin: GONE, sdkAppId: '1' });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', findings: [] });
  expect(await fixture.left(plain)).toEqual(['older']);
});

test.each(['sdkAppId.keyword', 'app.sdkAppId'])(
  'the erasure of an application stays open if no index maps its field %s',
  async (applicationField) => {
    const fixture = erasureFixture({ template: false, category: { applicationField } });
    const index = `${fixture.id}-slip`;
    await fixture.client.indices.create({ index, mappings: { properties: PROPERTIES } });
    await fixture.add(index, { one: { uin: GONE, sdkAppId: '1', ...at }, stays: { uin: STAYS, ...at } });
    await fixture.tell('feature-terminated', { uin: GONE, sdkAppId: '1' });
    const { findings } = await fixture.runPurge();
    expect(findings).toMatchObject([{ code: 'account-mapping', severity: 'blocking', index }]);
    expect(await fixture.left(index)).toEqual(['one', 'stays']);
    expect(await fixture.entries()).toMatchObject([{ state: 'erasing' }]);
  },
);

test('an application that is too long for its field keeps the erasure open', async () => {
  const fixture = erasureFixture({ template: false });
  const index = `${fixture.id}-short`;
  const properties = { ...PROPERTIES, sdkAppId: { type: 'keyword' as const, ignore_above: 2 } };
  await fixture.client.indices.create({ index, mappings: { _source: { excludes: ['sdkAppId'] }, properties } });
  await fixture.add(index, { one: { uin: GONE, sdkAppId: '1400', ...at } });
  await fixture.tell('feature-terminated', { uin: GONE, sdkAppId: '1400' });
  const { findings } = await fixture.runPurge();
  expect(findings).toMatchObject([{ code: 'identifier-mapping', severity: 'blocking', index, subjects: 1 }]);
  expect(await fixture.left(index)).toEqual(['one']);
});
