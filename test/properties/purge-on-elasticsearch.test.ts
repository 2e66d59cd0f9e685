import { expect, test } from 'vitest';
import type { Ports } from '../../lib/purge/purge.ts';
import { NOW, type PurgeFixture, purgeFixture } from '../support/purge/purge-fixture.ts';
import fc from '../support/run/fast-check.ts';
import { enoughTime, propertyRuns } from '../support/run/property-runs.ts';
import {
  arbitraryCluster,
  asKept,
  asWritten,
  mappingOf,
  type RealIndex,
  type RealLateWrite,
} from './arbitrary-cluster.ts';
import { disturbedPorts } from './disturbed-ports.ts';
import { Acknowledged } from './retention-oracle.ts';
import { send, startWriters, type Write } from './writers.ts';

const numRuns = propertyRuns(5, 120);
const ENOUGH_MILLISECONDS = enoughTime(30_000);
/** No shrinking: a race that was lost once is not lost again in the same way. */
const RUNS = { numRuns, endOnFailure: true };

const idOf = (index: string, at: number): string => `${index}-first-${at}`;

const createAll = async (
  fixture: PurgeFixture,
  indices: readonly RealIndex[],
  acknowledged: Acknowledged,
): Promise<void> => {
  const writer = indices.findIndex(({ alias }) => alias === 'write index');
  await Promise.all(
    indices.map(async ({ format, shards, documents, alias }, at) => {
      const index = `${fixture.id}-${at}`;
      const sources = documents.map((document, nth) => [idOf(index, nth), asWritten(document, format)] as const);
      await fixture.createIndex(`${at}`, Object.fromEntries(sources), {
        properties: { '@timestamp': mappingOf(format) },
        settings: { number_of_shards: shards },
        aliases: alias === 'none' ? {} : { [`alias-${fixture.id}`]: at === writer ? { is_write_index: true } : {} },
      });
      documents.forEach((document, nth) => {
        acknowledged.add(index, idOf(index, nth), asKept(document, format));
      });
    }),
  );
};

/** Every document is overwritten once at most: of two writes at once nobody could say which came last. */
const writesOf = (
  fixture: PurgeFixture,
  indices: readonly RealIndex[],
  late: readonly RealLateWrite[],
): readonly (Write & Pick<RealLateWrite, 'before'>)[] => {
  const overwritten = new Set<string>();
  return late.map(({ index: at, document, overwrites, before }, nth) => {
    const index = `${fixture.id}-${at}`;
    const { format, documents } = indices[at] ?? { format: 'date', documents: [] };
    const first = idOf(index, overwrites ?? -1);
    const isFree = overwrites !== undefined && overwrites < documents.length && !overwritten.has(first);
    if (isFree) overwritten.add(first);
    return {
      index,
      id: isFree ? first : `${index}-late-${nth}`,
      source: asWritten(document, format),
      document: asKept(document, format),
      before,
    };
  });
};

/** Ids of all documents of the category, and the uuids of its indices. */
const look = async ({
  client,
  id,
}: PurgeFixture): Promise<{ present: ReadonlySet<string>; uuids: ReadonlyMap<string, string> }> => {
  const index = `${id}-*`;
  await client.indices.refresh({ index });
  const { hits } = await client.search({ index, size: 1_000, _source: false });
  const states = await client.indices.get({ index });
  for (const [name, { settings }] of Object.entries(states))
    expect([name, settings?.index?.blocks]).toEqual([name, undefined]);
  return {
    present: new Set(hits.hits.flatMap(({ _id = '' }) => _id)),
    uuids: new Map(Object.entries(states).map(([name, { settings }]) => [name, settings?.index?.uuid ?? ''])),
  };
};

test(
  'a purge removes nothing too early or too late while others write',
  async () => {
    const started = performance.now();
    let made = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryCluster, async ({ indices, writes: late, programs, template, clock, later }) => {
        if (performance.now() - started > ENOUGH_MILLISECONDS) return;
        const fixture = purgeFixture({ template });
        const acknowledged = new Acknowledged();
        await createAll(fixture, indices, acknowledged);
        const before = await look(fixture);
        const writes = writesOf(fixture, indices, late);

        const timed = writes.filter((write) => write.before !== 'any');
        const sent: Promise<unknown>[] = [];
        const keep = (promise: Promise<unknown>): void => {
          // Looked at below, also if the purge itself fails first.
          promise.catch(() => undefined);
          sent.push(promise);
        };
        const around = (ports: Ports): Ports =>
          disturbedPorts(ports, async (call) => {
            const at = timed.findIndex((write) => call.endsWith(`.${write.before}`));
            // Not waited for: it meets the call itself.
            for (const write of at === -1 ? [] : timed.splice(at, 1)) keep(send(fixture.client, write, acknowledged));
            return 'succeed';
          });
        const [now, next] = [NOW + clock, NOW + clock + later];
        keep(
          startWriters(
            fixture.client,
            writes.filter((write) => write.before === 'any'),
            programs,
            acknowledged,
          ),
        );
        await fixture.runPurge({ clock: () => now, around });
        await Promise.all(sent);
        const disturbed = await look(fixture);
        expect(acknowledged.removedTooEarly(disturbed.present, [now])).toEqual([]);

        const { outcome } = await fixture.runPurge({ clock: () => next });
        const { present, uuids } = await look(fixture);
        expect(acknowledged.removedTooEarly(present, [now, next])).toEqual([]);
        // A writer recreated it, with a guessed mapping in which seconds are no date.
        const isGuessed = (index: string): boolean =>
          before.uuids.get(index) !== uuids.get(index) &&
          indices[Number(index.split('-').at(-1))]?.format === 'epoch_second';
        expect(acknowledged.still('expired', present, next, (index) => !isGuessed(index))).toEqual([]);
        const isClear =
          acknowledged.still('undatable', present, next).length === 0 && !acknowledged.disputed(present, next);
        if (![...uuids.keys()].some(isGuessed)) expect(outcome).toBe(isClear ? 'complete' : 'incomplete');
        await fixture.cleanUp();
        made += 1;
      }),
      RUNS,
    );
    if (made < numRuns) console.warn(`${made} of ${numRuns} histories: this machine is too slow for more in its time.`);
  },
  120_000 + numRuns * 5_000,
);
