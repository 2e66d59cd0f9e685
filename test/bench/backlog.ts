import { readFileSync } from 'node:fs';
import pMap from 'p-map';
import { messageOf } from '../../lib/base/errors.ts';
import { number } from '../../lib/base/number-text.ts';
import { DAY, HOUR } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { CURATOR, type Curator, installCurator } from './curator.ts';
import { type Bench, clearIndices, cloneIndex, inTurn } from './harness.ts';
import { fillLogIndex, INGESTION_NOTE, WITHOUT_INGESTION } from './log-index.ts';
import type { Comparison } from './page/found.ts';

// The purge of the backlog of some weeks in daily indices, of which the older half is due.

const PREFIXES = {
  'backend-log': 'backend-logs',
  dashboard: 'dashboard-information',
  'sdk-log': 'sdk-logs',
  uin: 'uins',
  'sdk-appid': 'sdk-appids',
  troubleshooting: 'troubleshooting-data',
} as const;
const PATTERNS = Object.keys(PREFIXES).map((prefix) => `trtc-${prefix}-*`);
const PERIOD_DAYS = 14;

const POLICY = readFileSync('retention-policy.yml', 'utf8')
  .replace('mode: observe', 'mode: enforce')
  .replace('maxShare: 0.5', 'maxShare: 1');

/** How many daily indices each category has, and how many documents each of them. */
export interface BacklogSizes {
  readonly days: number;
  readonly each: number;
}

const SOURCE = 'bench-source';

const dayOf = (now: number, day: number): string => isoInstant(now - day * DAY).slice(0, 10);

const sourceOf = (now: number, day: number, isIngested: boolean): string =>
  `${SOURCE}-${isIngested ? 'with' : 'without'}-${dayOf(now, day)}`;

/** Fills indices for each day, with and without ingestion dates, to be cloned for each category and way. */
const fillSources = async ({ client }: Bench, { days, each }: BacklogSizes, now: number): Promise<void> => {
  for (const isIngested of [true, false])
    for (let day = 0; day < days; day++)
      await fillLogIndex(client, sourceOf(now, day, isIngested), each, now, (at) => day * DAY + HOUR + at, isIngested);
  await client.indices.putSettings({ index: `${SOURCE}-*`, settings: { 'index.blocks.write': true } });
};

const cloneSources = async (
  { client }: Bench,
  { days }: BacklogSizes,
  now: number,
  isIngested: boolean,
): Promise<void> => {
  const names = Object.keys(PREFIXES).flatMap((prefix) =>
    Array.from(
      { length: days },
      (_, day) => [sourceOf(now, day, isIngested), `trtc-${prefix}-${dayOf(now, day)}`] as const,
    ),
  );
  await pMap(names, ([source, target]) => cloneIndex(client, source, target), { concurrency: 8 });
};

const NOTHING_PARTLY_DUE =
  'No index here has due documents and others. Where an index has both, Curator leaves it (see the boundary).';

/**
 * Compares the purge of several categories with one delete-by-query for each of them, and with Curator.
 * @param withCurator whether Curator is installed for it.
 */
export const backlog = async (
  bench: Bench,
  sizes: BacklogSizes,
  rounds: number,
  withCurator: boolean,
): Promise<Comparison> => {
  const { client } = bench;
  const now = Date.now();
  bench.usePolicy(POLICY);
  const query = { range: { '@timestamp': { lt: now - PERIOD_DAYS * DAY } } };
  const naive = () =>
    bench.requests(async () => {
      for (const index of PATTERNS)
        await client.deleteByQuery({ index, query, refresh: true }, { requestTimeout: 600_000 });
    });
  const ours = () => bench.command('purge', '--execute', '--yes', '--category', ...Object.values(PREFIXES));
  let curator: Curator | undefined;
  const notes = [INGESTION_NOTE];
  if (withCurator)
    try {
      curator = await installCurator(bench);
      notes.push(NOTHING_PARTLY_DUE);
    } catch (error) {
      notes.push(`Curator was not measured: ${messageOf(error)}.`);
    }
  await clearIndices(client, `${SOURCE}-*`, ...PATTERNS);
  await fillSources(bench, sizes, now);
  const compared = await inTurn(
    `Backlog: ${PATTERNS.length} categories × ${sizes.days} daily indices × ${number(sizes.each)} documents`,
    rounds,
    {
      'es-retention': ours,
      [`es-retention${WITHOUT_INGESTION}`]: ours,
      'one delete-by-query for each category': naive,
      ...(curator !== undefined && { [CURATOR]: () => curator.deleteIndices('^trtc-', PERIOD_DAYS) }),
    },
    async (way) => {
      await clearIndices(client, ...PATTERNS);
      await bench.command('setup');
      await cloneSources(bench, sizes, now, !way.endsWith(WITHOUT_INGESTION));
    },
    async (way) => {
      await client.indices.refresh({ index: [...PATTERNS] });
      const { count } = await client.count({ index: [...PATTERNS], query });
      if (count > 0) throw new Error(`${way} left ${count} documents`);
    },
  );
  await clearIndices(client, `${SOURCE}-*`, ...PATTERNS);
  const due = PATTERNS.length * Math.max(0, sizes.days - PERIOD_DAYS) * sizes.each;
  return { ...compared, due, notes };
};
