import { parentPort, workerData } from 'node:worker_threads';
import { campaign, seedsFrom } from './campaign.ts';

/** The work of one of several workers. */
export interface Share {
  readonly seed: string;
  readonly number: number;
  readonly workers: number;
  /** The maximum number of worlds for all workers together. */
  readonly worlds: number;
  /** Whether to end with the first failure. */
  readonly isFirst: boolean;
  /** If it is not zero, another worker has found a failure. */
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
