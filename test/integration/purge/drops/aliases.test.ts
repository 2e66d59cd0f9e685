import { expect, test } from 'vitest';
import { daysAgo, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const older = { '@timestamp': daysAgo(30) };
const live = { '@timestamp': daysAgo(1) };

test('the write index of an alias stays, and its expired documents are deleted', async () => {
  const fixture = purgeFixture();
  const alias = `writes-${fixture.id}`;
  const rolled = await fixture.createIndex('000001', { old }, { aliases: { [alias]: { is_write_index: false } } });
  const written = await fixture.createIndex('000002', { old }, { aliases: { [alias]: { is_write_index: true } } });
  const report = await fixture.runPurge();
  expect(report.indices).toMatchObject([
    { index: rolled, planned: 'drop', found: 'gone' },
    { index: written, planned: 'delete', reason: expect.stringContaining(`write index of alias "${alias}"`) },
  ]);
  expect(report.outcome).toBe('complete');
  expect(await fixture.left(written)).toEqual([]);
  await fixture.client.index({ index: alias, document: live, refresh: true });
  expect(await fixture.left(written)).toHaveLength(1);
});

test('the only index of an alias stays, and its expired documents are deleted', async () => {
  const fixture = purgeFixture();
  const alias = `only-${fixture.id}`;
  const only = await fixture.createIndex('logs', { old, older }, { aliases: { [alias]: {} } });
  const report = await fixture.runPurge();
  expect(report.indices).toMatchObject([
    {
      index: only,
      planned: 'delete',
      reason: expect.stringContaining(`only index of this category in alias "${alias}"`),
    },
  ]);
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 2, indicesDropped: 0 });
  expect(await fixture.left(only)).toEqual([]);
});

test('if all indices of an alias are expired, the newest is emptied and the others are dropped', async () => {
  const fixture = purgeFixture();
  const aliases = { [`all-${fixture.id}`]: {} };
  const newest = await fixture.createIndex('a', { old }, { aliases });
  const others = [
    await fixture.createIndex('b', { older }, { aliases }),
    await fixture.createIndex('c', { older }, { aliases }),
  ];
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 3, indicesDropped: 2 });
  expect(await fixture.left(newest)).toEqual([]);
  expect(await Promise.all(others.map(fixture.left))).toEqual([undefined, undefined]);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', indicesDropped: 0 });
});

test('an expired index is dropped when its alias has a live one', async () => {
  const fixture = purgeFixture();
  const aliases = { [`two-${fixture.id}`]: {} };
  const expired = await fixture.createIndex('a', { old }, { aliases });
  const fresh = await fixture.createIndex('b', { live }, { aliases });
  await fixture.runPurge();
  expect(await fixture.left(expired)).toBeUndefined();
  expect(await fixture.left(fresh)).toEqual(['live']);
});
