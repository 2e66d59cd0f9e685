import { parentPort, workerData } from 'node:worker_threads';
import { campaign, seedsFrom } from './campaign.ts';

/** What one of several workers does. */
export interface Share {
  readonly seed: string;
  readonly number: number;
  readonly workers: number;
  /** Epoch milliseconds. */
  readonly until: number;
}

const { seed, number, workers, until } = workerData as Share;
parentPort?.postMessage(await campaign(seedsFrom(seed, number, workers), () => Date.now() < until));
