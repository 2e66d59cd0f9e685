import { describe, expect, test } from 'vitest';
import { daysAgo, type PurgeFixture, purgeFixture } from '../../support/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

type Spoil = (fixture: PurgeFixture) => Promise<string>;

const closed: Spoil = async (fixture) => {
  const index = await fixture.createIndex('b-closed', { old });
  await fixture.client.indices.close({ index });
  return index;
};

const red: Spoil = async ({ id, client }) => {
  const index = `${id}-b-red`;
  await client.indices.create({
    index,
    settings: { number_of_replicas: 0, 'index.routing.allocation.include._name': 'nobody' },
    wait_for_active_shards: 0,
  });
  return index;
};

const readBlocked: Spoil = async (fixture) => {
  const index = await fixture.createIndex('b-unreadable', { old });
  await fixture.client.indices.putSettings({ index, settings: { 'index.blocks.read': true } });
  return index;
};

const metadataBlocked: Spoil = async (fixture) => {
  const index = await fixture.createIndex('b-mute', { old });
  await fixture.client.indices.putSettings({ index, settings: { 'index.blocks.metadata': true } });
  return index;
};

const UNMAPPED = 'index.query.parse.allow_unmapped_fields';

/** With a mapping of its own: an index of the same mapping may be answered for together with another. */
const untold: Spoil = (fixture) =>
  fixture.createIndex(
    'b-untold',
    { old },
    { settings: { [UNMAPPED]: false }, properties: { ofItsOwn: { type: 'keyword' } } },
  );

describe.each([
  ['unanswered', metadataBlocked],
  ['unanswered', untold],
  ['closed', closed],
  ['red', red],
  ['read-blocked', readBlocked],
] as const)('an index that is %s', (code, spoil) => {
  test('is named and makes the outcome incomplete, and the others are purged', async () => {
    const fixture = purgeFixture();
    const expired = await fixture.createIndex('a-expired', { old });
    const index = await spoil(fixture);
    const mixed = await fixture.createIndex('c-mixed', { old, live });
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 2 });
    expect(report.findings).toMatchObject([{ code, severity: 'blocking', index, fix: expect.stringMatching(/\w/) }]);
    expect(report.indices).toMatchObject([
      { index: expired, found: 'gone' },
      { index, planned: 'unavailable', reason: code, found: 'unanswered' },
      { index: mixed, found: 'there', documentsAfter: 1 },
    ]);
    await fixture.client.indices.putSettings({ index, settings: { 'index.blocks.metadata': null } });
    expect(await fixture.client.indices.exists({ index })).toBe(true);
  });

  test('is named even when it is the only one', async () => {
    const fixture = purgeFixture();
    const index = await spoil(fixture);
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'incomplete', findings: [{ code, index }] });
    await fixture.client.indices.putSettings({ index, settings: { 'index.blocks.metadata': null } });
  });
});

test('an index that refuses unmapped fields is purged after the setting is reset', async () => {
  const fixture = purgeFixture();
  const index = await untold(fixture);
  const report = await fixture.runPurge();
  expect(report.findings).toMatchObject([
    {
      code: 'unanswered',
      found: expect.stringContaining(`${UNMAPPED}: false`),
      fix: expect.stringContaining(`PUT /${index}/_settings?reopen=true {"${UNMAPPED}": null}`),
    },
  ]);
  await fixture.client.indices.putSettings({ index, reopen: true, settings: { [UNMAPPED]: null } });
  await fixture.client.cluster.health({ index, wait_for_status: 'green' });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
});

test('a closed index is purged by the run after it is opened again', async () => {
  const fixture = purgeFixture();
  const index = await closed(fixture);
  await fixture.runPurge();
  await fixture.client.indices.open({ index });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
});

test('a pattern that matches no index is reported without an error', async () => {
  const report = await purgeFixture().runPurge();
  expect(report).toMatchObject({ outcome: 'complete', kept: true, indices: [] });
  expect(report.findings).toMatchObject([{ code: 'no-index', severity: 'notice' }]);
});
