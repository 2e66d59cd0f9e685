import { assertClocksAgree, readClocks } from '../../purge/clocks/clocks.ts';
import type { Session } from '../session.ts';

/**
 * Makes sure that what is recorded now gets the right time.
 * @throws TransientError `clock-skew` when ours and the cluster's clock are more than five minutes apart.
 */
export const assertOurClock = async ({ ports, policy }: Pick<Session, 'ports' | 'policy'>): Promise<void> => {
  const indices = [...policy.categories.values()].flatMap((category) => category.indices);
  assertClocksAgree(await readClocks(ports.store, { indices }, ports.clock));
};
