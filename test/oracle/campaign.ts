import pMap from 'p-map';
import { startEmbeddedElasticsearch } from '../../embedded-elasticsearch/start.ts';
import type { Complaint } from '../simulation/oracle.ts';
import { type Course, live } from './world.ts';

/** What a campaign is asked for. */
export interface Campaign {
  readonly documents: number;
  readonly schedules: number;
  readonly worlds: number;
  /** Worlds at the same time. */
  readonly atOnce: number;
  readonly days: number;
  readonly isDense: boolean;
  readonly steps: number;
  readonly minutes: number;
  /** The beginning of all seeds. */
  readonly campaign: string;
  /** Ends with the first world that has a complaint. */
  readonly isFirst: boolean;
  readonly version: string;
  /** Only this world. */
  readonly seed?: string;
}

/** So many pages have all documents of a world. */
const PAGES = 200;
const SMALLEST_PAGE = 20;

/** A server for a campaign: a new one, or the one that `ES_RETENTION_TEST_URL` names. */
const openServer = async (version: string) => {
  const url = process.env.ES_RETENTION_TEST_URL;
  const snapshots = process.env.ES_RETENTION_TEST_SNAPSHOTS;
  if (url !== undefined) return { url, stop: async () => undefined, ...(snapshots !== undefined && { snapshots }) };
  const server = await startEmbeddedElasticsearch({ version, heap: '1g' });
  return { url: server.url, stop: server.stop, snapshots: server.snapshotPath };
};

/** The sums of all worlds. */
class Sum {
  worlds = 0;
  readonly numbers = { schedules: 0, documents: 0, runs: 0, closures: 0, receipts: 0, resurrected: 0 };
  readonly happened = new Map<string, number>();
  readonly complaints: { readonly seed: string; readonly complaint: Complaint }[] = [];

  add(seed: string, course: Course): void {
    this.worlds += 1;
    for (const name of Object.keys(this.numbers) as (keyof Sum['numbers'])[]) this.numbers[name] += course[name];
    for (const [what, times] of course.happened) this.happened.set(what, (this.happened.get(what) ?? 0) + times);
    for (const complaint of course.complaints) this.complaints.push({ seed, complaint });
  }

  get faults(): number {
    return [...this.happened].reduce((sum, [what, times]) => sum + (what.startsWith('fault: ') ? times : 0), 0);
  }
}

const shown = ({ worlds, numbers, happened, complaints, faults }: Sum, minutes: number): string => {
  const kinds = Map.groupBy(complaints, ({ complaint }) => complaint.kind);
  const found = (kind: Complaint['kind']): string => `${kinds.get(kind)?.length ?? 0} ${kind}`;
  const { schedules, documents, runs, closures, receipts, resurrected } = numbers;
  return [
    ...[...happened].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([what, times]) => `${times} ${what}`),
    `${documents} documents in ${schedules} schedules of ${worlds} worlds, ${runs} runs, ${faults} faults, ${closures} erasures closed, ${receipts} receipts, ${resurrected} documents came back, ${minutes.toFixed(1)} minutes`,
    `${found('early')}, ${found('late')}, ${found('held')}; wrong: ${found('receipt')}, ${found('report')}, ${found('blocked')}, ${found('bug')}`,
  ].join('\n');
};

/**
 * Runs worlds on a server, prints what happened, and each complaint with its seed.
 * @returns the exit code.
 */
export const runCampaign = async (campaign: Campaign): Promise<number> => {
  const { seed, worlds, documents, schedules, minutes, isFirst, version, atOnce, days, steps, isDense } = campaign;
  const own = Math.max(1, Math.round(schedules / worlds));
  const window = Math.max(SMALLEST_PAGE, Math.round(documents / worlds / PAGES));
  const size = {
    days,
    steps,
    window,
    isDense,
    schedules: own,
    documents: Math.max(1, Math.round(documents / worlds / own)),
  };
  const server = await openServer(version);
  const began = Date.now();
  const sum = new Sum();
  const seeds = seed === undefined ? Array.from({ length: worlds }, (_, n) => `${campaign.campaign}-${n}`) : [seed];
  console.log(
    `Elasticsearch ${version}, seeds ${seeds[0]} …, ${size.schedules} schedules of ${size.documents} documents`,
  );
  try {
    let isOver = false;
    const first = {
      onComplaint: () => {
        isOver = isFirst;
      },
      isOver: () => isOver || (isFirst && Date.now() - began > minutes * 60_000),
    };
    const one = async (each: string): Promise<void> => {
      if (Date.now() - began > minutes * 60_000 || isOver) return;
      const trace = seed === undefined ? {} : { trace: (line: string) => console.log(line) };
      const at = Date.now();
      const course = await live(each, { ...server, ...first, size, ...trace });
      sum.add(each, course);
      const seconds = ((Date.now() - at) / 1000).toFixed(1);
      console.log(`world ${each}: ${seconds} s, ${course.complaints.length} complaints`);
    };
    await pMap(seeds, one, { concurrency: atOnce });
  } finally {
    await server.stop();
  }
  console.log(shown(sum, (Date.now() - began) / 60_000));
  const repeat = `--worlds ${worlds} --schedules ${schedules} --documents ${documents} --days ${days} --steps ${steps}${isDense ? ' --dense' : ''}`;
  const kinds = Map.groupBy(sum.complaints, ({ seed: failed, complaint }) => `${failed} ${complaint.kind}`);
  for (const { seed: failed, complaint } of [...kinds.values()].flatMap((some) => some.slice(0, 2)))
    console.log(`${complaint.text}\n  npm run test:oracle -- ${repeat} --seed ${failed}`);
  return sum.complaints.length > 0 ? 1 : 0;
};
