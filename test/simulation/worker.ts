import { parentPort, workerData } from 'node:worker_threads';
import { campaign, seedsFrom } from './campaign.ts';

/** What one of several workers does. */
export interface Share {
  readonly seed: string;
  readonly number: number;
  readonly workers: number;
  /** How many worlds all workers let happen at most. */
  readonly worlds: number;
  /** End with the first failure. */
  readonly isFirst: boolean;
  /** Not zero: another worker has found something. */
  readonly stop: SharedArrayBuffer;
  /** Epoch milliseconds. */
  readonly until: number;
}

const { seed, number, workers, worlds, isFirst, until, stop } = workerData as Share;
const stopped = new Int32Array(stop);
const hasTime = (): boolean => Date.now() < until && Atomics.load(stopped, 0) === 0;
const found = await campaign(
  seedsFrom(seed, { start: number, step: workers, end: worlds }),
  hasTime,
  isFirst ? 1 : undefined,
);
if (isFirst && found.failures.length > 0) Atomics.store(stopped, 0, 1);
parentPort?.postMessage(found);
