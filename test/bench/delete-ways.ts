import pMap from 'p-map';
import { DAY, HOUR } from '../../lib/policy/time/duration.ts';
import { type Bench, clearIndices, cloneIndex, inTurn, openBench } from './harness.ts';
import { fillLogIndex } from './log-index.ts';
import type { Measured } from './page/found.ts';
import { median } from './page/statistics.ts';

// Ways of deleting half of the documents of one index, by bare requests: how they are cut into parts, and how many are
// at work at once. node test/bench/delete-ways.ts [documents] [rounds]
const [DOCUMENTS = 200_000, ROUNDS = 2] = process.argv.slice(2).map(Number);
const SOURCE = 'bench-source';
const INDEX = 'trtc-backend-log-bench';
const PERIOD = 14 * DAY;
const SLICE = 10_000;
const LONG = { requestTimeout: 600_000 };

const now = Date.now();
const due = { range: { '@timestamp': { lt: now - PERIOD } } };
const oneBatch = { max_docs: SLICE, scroll_size: SLICE, refresh: false } as const;

/** Spans of time with at most as many documents as one request deletes. The lines have equal distances. */
const spans = (step: number): readonly { readonly gte: number; readonly lt: number }[] => {
  const width = Math.floor((SLICE - 1) * step);
  const from = now - 2 * PERIOD - HOUR;
  const count = Math.ceil((PERIOD + HOUR) / width);
  return Array.from({ length: count }, (_, at) => ({
    gte: from + at * width,
    lt: Math.min(now - PERIOD, from + (at + 1) * width),
  }));
};

const waysOf = ({ client, requests }: Bench, step: number): Readonly<Record<string, () => Promise<Measured>>> => {
  const byTime = (concurrency: number) => () =>
    requests(async () => {
      const send = (range: object) =>
        client.deleteByQuery({ index: INDEX, query: { range: { '@timestamp': range } }, ...oneBatch }, LONG);
      await pMap(spans(step), send, { concurrency });
      await client.indices.refresh({ index: INDEX });
    });
  const byNumber = (concurrency: number) => () =>
    requests(async () => {
      const field = '_seq_no';
      const aggs = { from: { min: { field } }, to: { max: { field } } };
      const { aggregations } = await client.search({ index: INDEX, size: 0, query: due, aggs });
      const { from, to } = aggregations as unknown as Record<'from' | 'to', { value: number }>;
      const send = (gte: number) =>
        client.deleteByQuery(
          {
            index: INDEX,
            query: { bool: { filter: [due, { range: { [field]: { gte, lt: gte + SLICE - 1 } } }] } },
            ...oneBatch,
          },
          LONG,
        );
      const parts = Array.from(
        { length: Math.ceil((to.value - from.value + 1) / (SLICE - 1)) },
        (_, at) => from.value + at * (SLICE - 1),
      );
      await pMap(parts, send, { concurrency });
      await client.indices.refresh({ index: INDEX });
    });
  const byId = (concurrency: number) => () =>
    // A partition by document number is not possible here: "field _doc not found".
    requests(async () => {
      const max = Math.ceil(DOCUMENTS / 2 / (SLICE * 0.9));
      const send = (id: number) =>
        client.deleteByQuery({ index: INDEX, query: due, slice: { id: `${id}`, max }, ...oneBatch }, LONG);
      await pMap([...Array(max).keys()], send, { concurrency });
      await client.indices.refresh({ index: INDEX });
    });
  const scrolling = (more: object) => () =>
    requests(() => client.deleteByQuery({ index: INDEX, query: due, refresh: true, ...more }, LONG));
  return {
    'scroll, default settings': scrolling({}),
    'scroll_size 10,000': scrolling({ scroll_size: SLICE }),
    'scroll_size 10,000, slices 2': scrolling({ scroll_size: SLICE, slices: 2 }),
    ...Object.fromEntries([1, 2, 3, 4].map((atOnce) => [`by time, ${atOnce} at once`, byTime(atOnce)])),
    ...Object.fromEntries([1, 2, 3, 4].map((atOnce) => [`by sequence number, ${atOnce} at once`, byNumber(atOnce)])),
    ...Object.fromEntries([2, 3].map((atOnce) => [`by _id, ${atOnce} at once`, byId(atOnce)])),
  };
};

const bench = await openBench('1g');
try {
  const { client } = bench;
  await clearIndices(client, INDEX, SOURCE);
  const step = (2 * PERIOD - 2 * HOUR) / DOCUMENTS;
  await fillLogIndex(client, SOURCE, DOCUMENTS, now, (at) => at * step + (at * step > PERIOD - HOUR ? 2 * HOUR : 0));
  await client.indices.putSettings({ index: SOURCE, settings: { 'index.blocks.write': true } });
  const left = new Map<string, number>();
  const { ways } = await inTurn(
    `Ways of deleting ${DOCUMENTS / 2} of ${DOCUMENTS} documents`,
    ROUNDS,
    waysOf(bench, step),
    () => cloneIndex(client, SOURCE, INDEX),
    async (way) => {
      await client.indices.refresh({ index: INDEX });
      left.set(way, (await client.count({ index: INDEX, query: due })).count);
    },
  );
  for (const { name, rounds } of ways) {
    const of = (value: (measured: Measured) => number): string => median(rounds.map(value)).toFixed(2);
    const server = of(({ serverProcessor }) => serverProcessor);
    console.log(
      `${name}: ${of(({ seconds }) => seconds)} s, processor of the server ${server} s, left ${left.get(name)}`,
    );
  }
  await clearIndices(client, INDEX, SOURCE);
} finally {
  await bench.close();
}
