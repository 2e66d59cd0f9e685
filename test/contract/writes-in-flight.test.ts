import { expect, test } from 'vitest';
import type { Ports } from '../../lib/purge/purge.ts';
import { daysAgo, type PurgeFixture, purgeFixture } from '../support/purge/purge-fixture.ts';

const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(1) };
/** So many that one request of them is at work for a while. */
const MANY = 40_000;

interface InFlight {
  /** Ids of the live documents that the server acknowledged, once the request has its answer. */
  readonly acknowledged: Promise<readonly string[]>;
}

/** One request of many expired documents with live ones at its end. Returns when the server has begun with it. */
const writeForAWhile = async ({ client }: PurgeFixture, index: string): Promise<InFlight> => {
  const operations = [
    ...Array.from({ length: MANY }, (_, at) => [{ index: { _id: `expired-${at}` } }, EXPIRED]),
    ...Array.from({ length: 5 }, (_, at) => [{ index: { _id: `live-${at}` } }, LIVE]),
  ].flat();
  const acknowledged = client
    .bulk({ index, operations })
    .then(({ items }) =>
      items.flatMap(({ index: item }) => (item?.status === 201 && item._id?.startsWith('live') ? [item._id] : [])),
    );
  acknowledged.catch(() => undefined);
  for (;;) {
    const { indices } = await client.indices.stats({ index, metric: 'indexing' });
    // More than the one document that was there.
    if ((indices?.[index]?.primaries?.indexing?.index_total ?? 0) > 1) return { acknowledged };
  }
};

const liveIn = async (fixture: PurgeFixture, index: string): Promise<readonly string[]> => {
  if (!(await fixture.client.indices.exists({ index }))) return [];
  await fixture.client.indices.refresh({ index });
  const query = { range: { '@timestamp': { gte: daysAgo(2) } } };
  const { hits } = await fixture.client.search({ index, query, _source: false });
  return hits.hits.flatMap(({ _id = '' }) => _id);
};

/** Does something before the purge begins to destroy, and waits with the drop for `wait`. */
const meanwhile =
  (wait: () => Promise<unknown>, begin: () => Promise<void> = async () => undefined) =>
  (ports: Ports): Ports => ({
    ...ports,
    reportStore: {
      ...ports.reportStore,
      open: async (report) => {
        await ports.reportStore.open(report);
        await begin();
      },
    },
    remover: {
      ...ports.remover,
      countLive: async (target, criteria) => {
        const live = await ports.remover.countLive(target, criteria);
        await wait();
        return live;
      },
    },
  });

test.each([
  ['alone', []],
  ['with others', ['beside', 'between']],
])('a write block waits for a write in progress, and its document survives: %s', async (_, beside) => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('slow', { first: EXPIRED });
  for (const suffix of beside) await fixture.createIndex(suffix, { first: EXPIRED });
  let inFlight: InFlight | undefined;
  await fixture.runPurge({
    around: meanwhile(
      async () => inFlight?.acknowledged,
      async () => {
        inFlight = await writeForAWhile(fixture, index);
      },
    ),
  });
  const acknowledged = await inFlight?.acknowledged;
  expect(acknowledged).toHaveLength(5);
  expect(await liveIn(fixture, index)).toHaveLength(5);
});

test.each([
  ['alone', []],
  ['that is set together with others', ['beside', 'between']],
])('documents of a write in progress survive a run under a block set by hand: %s', async (_, beside) => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('slow', { first: EXPIRED });
  for (const suffix of beside) await fixture.createIndex(suffix, { first: EXPIRED });
  await fixture.client.indices.putSettings({ index, settings: { 'index.refresh_interval': '-1' } });
  const inFlight = await writeForAWhile(fixture, index);
  await fixture.client.indices.putSettings({ index, settings: { 'index.blocks.write': true } });
  await fixture.runPurge({ around: meanwhile(() => inFlight.acknowledged) });
  // A run that leaves the index alone does not wait for the answer.
  const acknowledged = await inFlight.acknowledged;
  expect(acknowledged).toHaveLength(5);
  expect(await liveIn(fixture, index)).toEqual(expect.arrayContaining([...acknowledged]));
});
