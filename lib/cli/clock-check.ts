import { assertClocksAgree, readClocks } from '../purge/clocks.ts';
import type { Session } from './session.ts';

/**
 * Checks our clock before something is recorded with the current time.
 * @throws TransientError `clock-skew` if our clock and the cluster's differ by more than five minutes.
 */
export const assertOurClock = async ({ ports, policy }: Pick<Session, 'ports' | 'policy'>): Promise<void> => {
  const indices = [...policy.categories.values()].flatMap((category) => category.indices);
  assertClocksAgree(await readClocks(ports.store, { indices }, ports.clock));
};
