import { parentPort, workerData } from 'node:worker_threads';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';

// A user of the cluster: so many searches a second, sent whether or not earlier ones were answered. A message ends it,
// and it answers with the searches: the instant at which each should have been sent, and the milliseconds from then on.

const { url, index, perSecond } = workerData as { url: string; index: string; perSecond: number };
const client = createClient({ url });
const searches: (readonly [instant: number, milliseconds: number])[] = [];
const open = new Set<Promise<unknown>>();
const begin = performance.now();
let sent = 0;

const search = async (at: number): Promise<void> => {
  await client.search({
    index,
    size: 10,
    query: { bool: { filter: { term: { uin: `${sent % 1_000}` } } } },
    sort: [{ '@timestamp': 'desc' }],
  });
  searches.push([performance.timeOrigin + at, performance.now() - at]);
};

const timer = setInterval(() => {
  for (; sent * (1_000 / perSecond) <= performance.now() - begin; sent++) {
    const searching = search(begin + sent * (1_000 / perSecond)).finally(() => open.delete(searching));
    open.add(searching);
  }
}, 2);

parentPort?.once('message', async () => {
  clearInterval(timer);
  await Promise.all(open);
  await client.close();
  parentPort?.postMessage(searches);
});
