import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { elasticsearchProbe } from '../../../../lib/adapters/elasticsearch/delete/elasticsearch-probe.ts';
import { Throttle } from '../../../../lib/purge/pace/throttle.ts';
import type { Report } from '../../../../lib/purge/report/report.ts';
import {
  aroundRemover,
  type Documents,
  daysAgo,
  type PurgeFixture,
  purgeFixture,
} from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

const many = (count: number, document: (at: number) => object): Documents =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`old-${at}`, document(at)]));

const scrolls = async ({ client }: PurgeFixture, index: string): Promise<number> =>
  (await client.indices.stats({ index, metric: 'search' })).indices?.[index]?.total?.search?.scroll_total ?? -1;

test('25,000 documents with the same timestamp are deleted without a scroll context', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { ...many(25_000, () => old), live });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 25_000 });
  expect(await fixture.left(index)).toEqual(['live']);
  expect(await scrolls(fixture, index)).toBe(0);

  const { _scroll_id } = await fixture.client.search({ index, scroll: '10s' });
  await fixture.client.clearScroll({ scroll_id: _scroll_id ?? '' });
  expect(await scrolls(fixture, index)).toBeGreaterThan(0);
});

test('25,000 documents of a week, on several shards, are deleted, and no others', async () => {
  const fixture = purgeFixture();
  const spread = many(25_000, (at) => ({ '@timestamp': daysAgo(15 + (at % 1_000) * 0.007) }));
  const kept = { live, undated: {}, justKept: { '@timestamp': daysAgo(14) } };
  const index = await fixture.createIndex('logs', { ...spread, ...kept }, { settings: { number_of_shards: 3 } });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'incomplete', documentsRemoved: 25_000 });
  expect(await fixture.left(index)).toEqual(['justKept', 'live', 'undated']);
});

test('a throttle keeps deletions small and measures searches during and between them', async () => {
  const fixture = purgeFixture();
  const spread = many(12_000, (at) => ({ '@timestamp': daysAgo(15 + (at % 1_000) * 0.007) }));
  const index = await fixture.createIndex('logs', { ...spread, live });
  const probe = elasticsearchProbe(fixture.client, { timeout: () => 60_000 });
  let atWork = 0;
  const searches = { during: 0, between: 0 };
  const sizes: number[] = [];
  const throttle = new Throttle(
    {
      search: async (searched) => {
        searches[atWork > 0 ? 'during' : 'between'] += 1;
        await probe.search(searched);
      },
    },
    { now: () => performance.now(), wait: (milliseconds) => sleep(milliseconds) },
    Date.now,
  );
  const around = aroundRemover((real) => ({
    deleteSlice: async (...given) => {
      atWork += 1;
      const deletion = await real.deleteSlice(...given).finally(() => {
        atWork -= 1;
      });
      sizes.push(deletion.deleted);
      return deletion;
    },
  }));
  const report = await fixture.runPurge({ around: (ports) => ({ ...around(ports), throttle }) });
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 12_000 });
  expect(await fixture.left(index)).toEqual(['live']);
  expect(Math.max(...sizes)).toBeLessThan(2_000);
  expect(searches.during).toBeGreaterThan(0);
  expect(searches.between).toBeGreaterThanOrEqual(5);
  expect(report.restedMilliseconds).toBeGreaterThan(0);
  await expect(probe.search('no-such-index')).rejects.toThrow('no-such-index');
});

/** A budget that is used up as soon as one request has deleted something. The requests are sent one after the other. */
const oneRequestEach = () => {
  let remaining = 1;
  let turn: Promise<unknown> = Promise.resolve();
  const around = aroundRemover((real) => ({
    deleteSlice: (...asked) => {
      const deletion = turn.then(() => real.deleteSlice(...asked));
      turn = deletion.then(() => {
        remaining = 0;
      });
      return deletion;
    },
  }));
  return { budget: () => remaining, around };
};

test('if time runs out within an index, the rest is reported and deleted later', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { ...many(25_000, () => old), live });
  const reports: Report[] = [];
  do reports.push(await fixture.runPurge(oneRequestEach()));
  while (reports.at(-1)?.outcome === 'incomplete' && reports.length < 5);
  // Seven of 20 parts make a slice, since eight would be as many documents as a request deletes.
  expect(reports).toMatchObject([
    {
      outcome: 'incomplete',
      documentsRemoved: 8_750,
      found: { due: 16_250 },
      indices: [{ did: 'deleted', note: expect.stringContaining('time budget'), dueAfter: 16_250 }],
      findings: expect.arrayContaining([expect.objectContaining({ code: 'not-purged', index })]),
    },
    { outcome: 'incomplete', documentsRemoved: 8_750, found: { due: 7_500 } },
    { outcome: 'complete', documentsRemoved: 7_500, found: { due: 0 } },
  ]);
  expect(await fixture.left(index)).toEqual(['live']);
});

test('if time runs out between indices, the others are reported and deleted later', async () => {
  const fixture = purgeFixture();
  for (const suffix of ['a', 'b', 'c']) await fixture.createIndex(suffix, { old, live });
  const report = await fixture.runPurge(oneRequestEach());
  expect(report).toMatchObject({
    outcome: 'incomplete',
    documentsRemoved: 1,
    found: { due: 2 },
    indices: [
      { did: 'deleted', dueAfter: 0 },
      { did: 'left', note: expect.stringContaining('time budget'), dueAfter: 1 },
      { did: 'left', note: expect.stringContaining('time budget'), dueAfter: 1 },
    ],
  });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 2 });
});

test('a run without any time destroys nothing, and reports what is due', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  const report = await fixture.runPurge({ budget: () => 0 });
  expect(report).toMatchObject({ outcome: 'incomplete', indices: [{ planned: 'drop', did: 'left', dueAfter: 1 }] });
  expect(await fixture.left(index)).toEqual(['old']);
});
