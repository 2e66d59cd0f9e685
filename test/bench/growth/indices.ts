import { type Bench, clearIndices } from '../harness.ts';
import { fourDaysAgo, unlimitedPolicy } from '../owed-accounts.ts';
import { createSmallIndices, removeSmallIndices, SMALL_INDICES } from '../small-indices.ts';
import type { Growing } from './growing.ts';
import { ERASED_CATEGORY, recordOwed } from './owed.ts';

const ACCOUNTS = 5;

const documentsIn = async ({ client }: Bench): Promise<number> => {
  await client.indices.refresh({ index: SMALL_INDICES }, { requestTimeout: 600_000 });
  const { count } = await client.count({ index: SMALL_INDICES });
  return count;
};

/** Indices of two documents each, of which every other one is dropped. */
export const growthWithIndices: Growing = {
  of: 'indices',
  works: {
    plan: 'of a category with an age rule, and two documents in each index',
    '_cat/indices': 'the list of the same indices that Elasticsearch gives, as one request',
    erasure: `of ${ACCOUNTS} accounts, each with the two documents of one index; all indices have to be asked`,
    purge: 'half of the indices are due as a whole, and are dropped',
  },
  measure: async (bench, count) => {
    const { client } = bench;
    await removeSmallIndices(client);
    await createSmallIndices(client, count);
    // The category with accounts gets the indices of the one with an age rule, and later gives them back.
    await recordOwed(bench, [{ accounts: ACCOUNTS, each: 2, others: 0, terminatedAt: fourDaysAgo() }], SMALL_INDICES);
    const erasure = await bench.command('purge', '--execute', '--yes', '--category', ERASED_CATEGORY);
    const erased = 2 * ACCOUNTS;
    if ((await documentsIn(bench)) !== 2 * count - erased) throw new Error('the erasure did not erase its accounts');
    await clearIndices(client);
    bench.usePolicy(unlimitedPolicy());
    await bench.command('setup');
    const plan = await bench.command('plan', '--category', 'backend-logs');
    const list = await bench.requests(() => client.cat.indices({ index: SMALL_INDICES, format: 'json' }));
    const purge = await bench.command('purge', '--execute', '--yes', '--category', 'backend-logs');
    // Of the accounts 0 to 4, those of the indices 1 and 3 were not due by age.
    if ((await documentsIn(bench)) !== count - 2 * Math.floor(ACCOUNTS / 2))
      throw new Error('the purge left something');
    return { plan, '_cat/indices': list, erasure, purge };
  },
  clear: ({ client }) => removeSmallIndices(client),
};
