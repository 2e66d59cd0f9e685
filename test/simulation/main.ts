import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type Findings, together, tooRare } from './campaign.ts';
import { historyOf } from './generate.ts';
import type { History } from './history.ts';
import { shrunk } from './shrink.ts';
import type { Share } from './worker.ts';
import { simulate } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string', default: '5' },
    worlds: { type: 'string', default: 'Infinity' },
    workers: { type: 'string', default: `${Math.min(2, availableParallelism())}` },
    campaign: { type: 'string' },
    first: { type: 'boolean', default: false },
  },
});

/** So many runs must meet every fault at every step; fewer of them a proportional part. */
const WHOLE = 300_000;

const work = (share: Share): Promise<Findings> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a worker ended with ${code}`)));
  });

const shownHistory = ({ events, ...world }: History): string =>
  [JSON.stringify(world), ...events.map((event) => JSON.stringify(event))].join('\n  ');

/** Shows one world step by step, and the smallest history with its complaint. */
const replaySeed = async (seed: string): Promise<void> => {
  const history = historyOf(seed);
  const course = await simulate(history, (line) => console.log(line));
  console.log(`world ${seed}: ${course.runs} runs, fingerprint ${course.fingerprint}`);
  for (const { text } of course.complaints) console.log(text);
  const [first] = course.complaints;
  if (first === undefined) return;
  process.exitCode = 1;
  const small = await shrunk(history, first);
  const [again] = (await simulate(small)).complaints;
  console.log(`\nshrunk from ${history.events.length} events to ${small.events.length}:\n  ${shownHistory(small)}`);
  console.log(again?.text);
};

const runCampaign = async (): Promise<void> => {
  const [workers, minutes] = [Number(values.workers), Number(values.minutes)];
  const seed = values.campaign ?? randomUUID().slice(0, 8);
  console.log(`${workers} workers for ${minutes} minutes, seeds ${seed}-0, ${seed}-1, …`);
  const began = Date.now();
  const until = began + minutes * 60_000;
  const common = {
    seed,
    workers,
    worlds: Number(values.worlds),
    until,
    isFirst: values.first,
    stop: new SharedArrayBuffer(4),
  };
  const found = together(
    await Promise.all(Array.from({ length: workers }, (_, number) => work({ ...common, number }))),
  );
  const seconds = (Date.now() - began) / 1000;
  const { user, system } = process.cpuUsage();
  const busy = (user + system) / 1_000_000;
  const { worlds, runs, failures, coverage } = found;
  for (const [name, times] of coverage.toSorted(([a], [b]) => (a < b ? -1 : 1))) console.log(`${times} ${name}`);
  console.log(
    `${runs} runs in ${worlds} worlds in ${Math.round(seconds)} s: ${Math.round(runs / seconds)} runs/s (${Math.round(runs / busy)} in a second of one core); ${failures.length} failures`,
  );
  const rare = tooRare(coverage, Math.min(1, runs / WHOLE));
  if (rare.length > 0) console.log(`too rare:\n  ${rare.join('\n  ')}`);
  for (const { seed: failed, complaint } of failures)
    console.log(`${complaint.text}\n  npm run test:simulate -- --seed ${failed}`);
  if (rare.length + failures.length > 0) process.exitCode = 1;
};

await (values.seed === undefined ? runCampaign() : replaySeed(values.seed));
