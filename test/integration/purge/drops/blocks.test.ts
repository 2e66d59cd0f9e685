import { expect, test } from 'vitest';
import { aroundRemover, daysAgo, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

const put = ({ client }: PurgeFixture, index: string, block: string, value: true | null = true) =>
  client.indices.putSettings({ index, settings: { [`index.blocks.${block}`]: value } });

const blocksOf = async ({ client }: PurgeFixture, index: string) =>
  (await client.indices.getSettings({ index }))[index]?.settings?.index?.blocks;

/** One index all expired, one in part, both under a block that is not ours. */
const blocked = async (fixture: PurgeFixture, block: string) => {
  const expired = await fixture.createIndex('expired', { old, older: old });
  const mixed = await fixture.createIndex('mixed', { old, live });
  for (const index of [expired, mixed]) await put(fixture, index, block);
  return { expired, mixed };
};

test.each([
  { block: 'write', who: 'a block that is not ours' },
  { block: 'read_only_allow_delete', who: 'the flood stage of a full disk' },
])('a run under $block ($who) drops a fully expired index, and only reports a mixed one', async ({ block }) => {
  const fixture = purgeFixture();
  const { expired, mixed } = await blocked(fixture, block);
  const requests: string[] = [];
  fixture.client.diagnostic.on('request', (_, answer) => requests.push(answer?.meta.request.params.path ?? ''));
  const report = await fixture.runPurge();
  expect(await fixture.left(expired)).toBeUndefined();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 2, found: { due: 1 } });
  expect(report.findings).toMatchObject([
    { code: 'write-blocked', index: mixed, found: `index.blocks.${block}, which is not ours` },
  ]);
  expect(await blocksOf(fixture, mixed)).toEqual({ [block]: 'true' });
  // A delete-by-query under the flood stage's block would hang for a minute.
  expect(requests.filter((path) => path.includes('_delete_by_query') && path.includes(fixture.id))).toEqual([]);

  await put(fixture, mixed, block, null);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
});

test('a read_only block prevents any removal, and both indices are reported', async () => {
  const fixture = purgeFixture();
  const { expired, mixed } = await blocked(fixture, 'read_only');
  const report = await fixture.runPurge();
  expect(report).toMatchObject({
    outcome: 'incomplete',
    documentsRemoved: 0,
    indicesDropped: 0,
    indices: [
      { index: expired, planned: 'blocked', dueAfter: 2 },
      { index: mixed, planned: 'blocked', dueAfter: 1 },
    ],
    findings: [
      { code: 'drop-blocked', index: expired, found: 'index.blocks.read_only, which is not ours' },
      { code: 'write-blocked', index: mixed, found: 'index.blocks.read_only, which is not ours' },
    ],
  });
  for (const index of [expired, mixed]) await put(fixture, index, 'read_only', null);
});

test('a fully expired index keeps a foreign write block if a live document appears', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  await put(fixture, index, 'write');
  const around = aroundRemover((real) => ({
    countLive: async (target, criteria) => {
      await put(fixture, index, 'write', null);
      await fixture.add(index, { late: live });
      await put(fixture, index, 'write');
      return real.countLive(target, criteria);
    },
  }));
  const report = await fixture.runPurge({ around });
  expect(await fixture.left(index)).toEqual(['late', 'old']);
  expect(await blocksOf(fixture, index)).toEqual({ write: 'true' });
  expect(report).toMatchObject({ outcome: 'incomplete', indices: [{ did: 'left', dueAfter: 1 }] });
});
