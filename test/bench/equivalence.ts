import { openFelt, SEARCHES_A_SECOND } from './felt.ts';
import type { Bench } from './harness.ts';
import { idle, purge } from './neighbours.ts';
import type { Felt, FeltWindows } from './page/found.ts';
import { IDLE, THROTTLED } from './page/neighbours-section.ts';

/** How many pairs of windows there are, how long a window is, and how many documents a purge may delete in it. */
export interface EquivalenceSizes {
  readonly pairs: number;
  readonly seconds: number;
  readonly documents: number;
}

/** Measures windows without and with a purge in turn, the throttle on. */
export const equivalence = async (
  bench: Bench,
  { pairs, seconds, documents }: EquivalenceSizes,
): Promise<FeltWindows> => {
  const felt = await openFelt(bench, documents);
  const windows: Felt[] = [];
  for (let pair = 0; pair < pairs; pair++)
    windows.push(await felt.felt(IDLE, idle(seconds)), await felt.felt(THROTTLED, purge(bench, seconds)));
  await felt.close();
  return { documents, searchesPerSecond: SEARCHES_A_SECOND, windows };
};
