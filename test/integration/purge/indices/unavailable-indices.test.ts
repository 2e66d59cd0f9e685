import { describe, expect, test } from 'vitest';
import { daysAgo, ofIndex, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

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

const SPOILED = [
  ['unanswered', metadataBlocked],
  ['unanswered', untold],
  ['closed', closed],
  ['red', red],
  ['read-blocked', readBlocked],
] as const;
const withoutBlock = ({ client }: PurgeFixture, index: string) =>
  client.indices.putSettings({ index, settings: { 'index.blocks.metadata': null } });

describe('unavailable indices beside others', () => {
  const once = madeOnce(async () => {
    const fixture = purgeFixture();
    const expired = await fixture.createIndex('a-expired', { old });
    const indices: string[] = [];
    for (const [, spoil] of SPOILED) indices.push(await spoil(fixture));
    const mixed = await fixture.createIndex('c-mixed', { old, live });
    const report = await fixture.runPurge();
    for (const index of indices) await withoutBlock(fixture, index);
    return { fixture, expired, indices, mixed, report };
  });

  test.each(SPOILED.map(([code], at) => [code, at] as const))(
    'are reported and stay if they are %s: %i',
    async (code, at) => {
      const { fixture, indices, report } = once();
      const index = `${indices[at]}`;
      expect(ofIndex(report, index)).toMatchObject({
        planned: 'unavailable',
        reason: code,
        found: 'unanswered',
        findings: [{ code, severity: 'blocking', fix: expect.stringMatching(/\w/) }],
      });
      expect(await fixture.client.indices.exists({ index })).toBe(true);
    },
  );

  test('make the outcome incomplete, but do not stop the purge of the others', () => {
    const { expired, mixed, report } = once();
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 2 });
    expect(report.findings).toHaveLength(SPOILED.length);
    expect(ofIndex(report, expired)).toMatchObject({ found: 'gone' });
    expect(ofIndex(report, mixed)).toMatchObject({ found: 'there', documentsAfter: 1 });
  });
});

test.each(SPOILED)('an index that is %s is reported even if it is the only one', async (code, spoil) => {
  const fixture = purgeFixture();
  const index = await spoil(fixture);
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', findings: [{ code, index }] });
  await withoutBlock(fixture, index);
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
