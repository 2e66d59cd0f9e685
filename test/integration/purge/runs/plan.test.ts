import type { Client } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { daysAgo, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { createMany } from '../../../support/server/create-many.ts';
import { takeNothingOver } from '../../../support/server/reused-names.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

const requestsOf = async (client: Client, work: () => Promise<unknown>): Promise<number> => {
  let requests = 0;
  const count = (): void => {
    requests += 1;
  };
  client.diagnostic.on('request', count);
  await work();
  client.diagnostic.off('request', count);
  return requests;
};

test('an index is dropped, purged or kept depending on how much of it is expired', async () => {
  const fixture = purgeFixture();
  const expired = await fixture.createIndex('a-expired', { old, older: old });
  const mixed = await fixture.createIndex('b-mixed', { old, live });
  const fresh = await fixture.createIndex('c-fresh', { live });
  const empty = await fixture.createIndex('d-empty');
  const report = await fixture.runPurge();
  expect(report.indices).toMatchObject([
    { index: expired, planned: 'drop', did: 'dropped', found: 'gone', documentsBefore: 2, documentsRemoved: 2 },
    { index: mixed, planned: 'delete', did: 'deleted', found: 'there', documentsRemoved: 1, documentsAfter: 1 },
    { index: fresh, planned: 'keep', found: 'there', documentsRemoved: 0, documentsAfter: 1 },
    { index: empty, planned: 'keep', reason: 'empty', found: 'there', documentsAfter: 0 },
  ]);
  expect(report).toMatchObject({ outcome: 'complete', kept: true, documentsRemoved: 3, indicesDropped: 1 });
  expect(await Promise.all([expired, mixed, fresh, empty].map(fixture.left))).toEqual([
    undefined,
    ['live'],
    ['live'],
    [],
  ]);
});

test('timestamps decide what is expired, not the name or the age of the index', async () => {
  const fixture = purgeFixture();
  const oldName = await fixture.createIndex('2019.01.01', { live });
  const newName = await fixture.createIndex('2026.05.20', { old });
  await fixture.runPurge();
  expect(await fixture.left(oldName)).toEqual(['live']);
  expect(await fixture.left(newName)).toBeUndefined();
});

test('a plan counts documents that are not refreshed yet, expired or live', async () => {
  const fixture = purgeFixture();
  const unrefreshed = { settings: { refresh_interval: '-1' } } as const;
  const expired = await fixture.createIndex('expired', { old }, unrefreshed);
  const mixed = await fixture.createIndex('mixed', { old }, unrefreshed);
  await fixture.add(expired, { unseen: old }, false);
  await fixture.add(mixed, { unseenOld: old, unseenLive: live }, false);
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', planned: { documents: 5, due: 4 }, documentsRemoved: 4 });
  expect(await fixture.left(expired)).toBeUndefined();
  expect(await fixture.left(mixed)).toEqual(['unseenLive']);
});

test('counts ignore nested documents and _doc_count weights, on several shards', async () => {
  const fixture = purgeFixture();
  const calls = [{ ms: 1 }, { ms: 2 }, { ms: 3 }];
  const options = { properties: { calls: { type: 'nested' } }, settings: { number_of_shards: 3 } } as const;
  const weighted = (document: object, ids: string) =>
    Object.fromEntries([...ids].map((id) => [id, { ...document, calls, _doc_count: 7 }]));
  const expired = await fixture.createIndex('expired', weighted(old, 'abcd'), options);
  const mixed = await fixture.createIndex('mixed', { ...weighted(old, 'abcd'), ...weighted(live, 'xyz') }, options);
  const report = await fixture.runPurge();
  expect(report).toMatchObject({
    outcome: 'complete',
    planned: { documents: 11, due: 8 },
    documentsRemoved: 8,
    found: { documents: 3, due: 0 },
  });
  expect(await fixture.left(expired)).toBeUndefined();
  expect(await fixture.left(mixed)).toEqual(['x', 'y', 'z']);
});

test('planning and verifying sixty indices takes as many requests as two', async () => {
  // A run that makes its own indices asks more.
  takeNothingOver();
  const two = purgeFixture();
  await createMany(two, ['1', '2']);
  const sixty = purgeFixture();
  await createMany(
    sixty,
    Array.from({ length: 60 }, (_, at) => `${at}`),
  );
  const forTwo = await requestsOf(two.client, () => two.runPurge({ dryRun: true }));
  const forSixty = await requestsOf(sixty.client, () => sixty.runPurge({ dryRun: true }));
  expect(forTwo).toBeGreaterThan(10);
  expect(forSixty).toBe(forTwo);
});
