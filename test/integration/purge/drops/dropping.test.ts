import { expect, test } from 'vitest';
import {
  aroundRemover,
  daysAgo,
  PROPERTIES,
  type PurgeFixture,
  purgeFixture,
} from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

const blocksOf = async ({ client }: PurgeFixture, index: string) =>
  (await client.indices.getSettings({ index }))[index]?.settings?.index?.blocks ?? {};

const beforeBlocking = (work: (index: string) => Promise<unknown>) =>
  aroundRemover((real) => ({
    blockWrites: async (index) => {
      await work(index);
      await real.blockWrites(index);
    },
  }));

test('a live document written after the plan prevents the drop of its index, which stays writable', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old, older: old }, { settings: { refresh_interval: '-1' } });
  const around = beforeBlocking(() => fixture.add(index, { late: live }, false));
  const report = await fixture.runPurge({ around });
  expect(report.indices).toMatchObject([
    { index, planned: 'drop', did: 'deleted', documentsRemoved: 2, found: 'there', documentsAfter: 1 },
  ]);
  expect(report.outcome).toBe('complete');
  expect(await fixture.left(index)).toEqual(['late']);
  await fixture.add(index, { afterwards: live });
});

test('an undated document written after the plan prevents the drop of its index too', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  const report = await fixture.runPurge({ around: beforeBlocking(() => fixture.add(index, { late: {} }, false)) });
  expect(await fixture.left(index)).toEqual(['late']);
  expect(report.outcome).toBe('incomplete');
});

const WRITTEN = {
  planned: 'drop',
  did: 'deleted',
  documentsRemoved: 2,
  documentsAfter: 0,
  note: 'it has been written to since the plan',
};

test('an index is emptied, not dropped, if an expired document arrives before the write block', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  const report = await fixture.runPurge({ around: beforeBlocking(() => fixture.add(index, { late: old })) });
  expect(report).toMatchObject({ outcome: 'complete', indicesDropped: 0, indices: [{ index, ...WRITTEN }] });
  expect(await fixture.left(index)).toEqual([]);
  expect(await blocksOf(fixture, index)).toEqual({});
});

test('an index written to after the plan is not even blocked', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  const blocked: string[] = [];
  let written: Promise<void> | undefined;
  const around = aroundRemover((real) => ({
    state: async (name, fields) => {
      written ??= fixture.add(index, { late: old });
      await written;
      return real.state(name, fields);
    },
    blockWrites: async (name) => {
      blocked.push(name);
      await real.blockWrites(name);
    },
  }));
  const report = await fixture.runPurge({ around });
  expect(report).toMatchObject({ outcome: 'complete', indices: [{ index, ...WRITTEN }] });
  expect(blocked).toEqual([]);
});

test('an index with documents changed after the plan is emptied, not dropped', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old, older: old });
  const report = await fixture.runPurge({ around: beforeBlocking(() => fixture.add(index, { old }, false)) });
  expect(report).toMatchObject({ outcome: 'complete', indices: [{ index, ...WRITTEN }] });
});

test('an index is emptied, not dropped, if its number of operations is unknown', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  const report = await fixture.runPurge({ around: aroundRemover(() => ({ operations: async () => undefined })) });
  expect(report).toMatchObject({ outcome: 'complete', indices: [{ did: 'deleted' }] });
  expect(await fixture.left(index)).toEqual([]);
});

test('an index that keeps getting expired documents stays, with its mapping', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  const { client } = fixture;
  const before = await client.indices.getMapping({ index });
  let refused = 0;
  let isOver = false;
  const writer = (async () => {
    for (let at = 0; !isOver; at += 1) await fixture.add(index, { [`n${at}`]: old }, false).catch(() => refused++);
  })();
  const report = await fixture.runPurge();
  isOver = true;
  await writer;
  expect(report).toMatchObject({ indicesDropped: 0, indices: [{ index, did: 'deleted' }] });
  expect(await client.indices.getMapping({ index })).toEqual(before);
  expect(refused).toBe(0);
});

test('while an index is checked before its drop, nobody can write to it', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  const answers: unknown[] = [];
  const around = aroundRemover((real) => ({
    drop: async (name) => {
      answers.push(await fixture.add(index, { late: live }).catch((error: Error) => error.message));
      await real.drop(name);
    },
  }));
  await fixture.runPurge({ around });
  expect(answers).toEqual([expect.stringContaining('cluster_block_exception')]);
});

const recreate = async ({ client, add }: PurgeFixture, index: string, document: object): Promise<void> => {
  await client.indices.delete({ index });
  await client.indices.create({ index, mappings: { properties: PROPERTIES } });
  await add(index, { replacement: document });
};

test('an index replaced after the plan is not dropped', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  let replaced = false;
  const around = aroundRemover((real) => ({
    state: async (name, fields) => {
      if (!replaced) await recreate(fixture, name, old);
      replaced = true;
      return real.state(name, fields);
    },
  }));
  const report = await fixture.runPurge({ around });
  expect(await fixture.left(index)).toEqual(['replacement']);
  expect(await blocksOf(fixture, index)).toEqual({});
  expect(report.outcome).toBe('incomplete');
  expect(report.indices).toMatchObject([
    { index, planned: 'drop', did: 'left', note: expect.stringContaining('replaced'), found: 'gone' },
    { index, planned: 'unknown', reason: 'appeared after the plan', found: 'there', dueAfter: 1 },
  ]);
});

test('an index replaced between count and drop is not dropped', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  const around = aroundRemover((real) => ({
    countLive: async (target, criteria) => {
      const count = await real.countLive(target, criteria);
      await recreate(fixture, target.name, live);
      return count;
    },
  }));
  await fixture.runPurge({ around });
  expect(await fixture.left(index)).toEqual(['replacement']);
  expect(await blocksOf(fixture, index)).toEqual({});
});

test('a planned deletion removes nothing from an index that was replaced after the plan', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old, live });
  const around = aroundRemover((real) => ({
    state: async (name, fields) => {
      await recreate(fixture, name, old);
      return real.state(name, fields);
    },
  }));
  const report = await fixture.runPurge({ around });
  expect(await fixture.left(index)).toEqual(['replacement']);
  expect(report.indices[0]).toMatchObject({ did: 'left', note: 'it was replaced' });
});

test('an index that became the write index of an alias after the plan is not dropped', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  const alias = { index, name: `late-${fixture.id}`, is_write_index: true };
  const report = await fixture.runPurge({ around: beforeBlocking(() => fixture.client.indices.putAlias(alias)) });
  expect(report.indices).toMatchObject([{ did: 'left', note: expect.stringContaining('write index'), found: 'there' }]);
  expect(report.outcome).toBe('incomplete');
  expect(await blocksOf(fixture, index)).toEqual({});
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1, indicesDropped: 0 });
});

test('an index that vanishes after the plan does not stop the run', async () => {
  const fixture = purgeFixture();
  const vanishing = await fixture.createIndex('a', { old });
  const expired = await fixture.createIndex('b', { old });
  const around = beforeBlocking(async (index) => {
    if (index === vanishing) await fixture.client.indices.delete({ index });
  });
  const report = await fixture.runPurge({ around });
  expect(report).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
  expect(await fixture.left(expired)).toBeUndefined();
});
