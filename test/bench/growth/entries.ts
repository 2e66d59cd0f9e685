import { HOUR } from '../../../lib/policy/time/duration.ts';
import { clearIndices } from '../harness.ts';
import { fourDaysAgo, seedDocuments } from '../owed-accounts.ts';
import type { Growing } from './growing.ts';
import { ERASED_CATEGORY, recordOwed } from './owed.ts';

const INDEX = 'trtc-console-configuration-bench';
const DUE = { accounts: 100, each: 10 } as const;
const OTHERS = 10_000;

/** The ledger has so many entries whose cancel window is not over, beside some that are due. */
export const growthWithEntries: Growing = {
  of: 'open ledger entries',
  works: {
    plan: 'of the category whose ledger it is',
    erasure: `of ${DUE.accounts} accounts that are due, with ${DUE.each} documents each among ${DUE.accounts * DUE.each + OTHERS}, beside the open entries`,
    'next run': 'nothing more is due. It counts the erased accounts once more, and issues their receipts',
  },
  measure: async (bench, count) => {
    const { client } = bench;
    const due = { ...DUE, others: OTHERS, terminatedAt: fourDaysAgo() };
    await clearIndices(client, INDEX);
    await seedDocuments(client, INDEX, due);
    await client.indices.refresh({ index: INDEX });
    const open = { accounts: count, each: 0, others: 0, terminatedAt: Date.now() - HOUR };
    await recordOwed(bench, [due, { ...open, first: 1_000_000 }]);
    const purge = () => bench.command('purge', '--execute', '--yes', '--category', ERASED_CATEGORY);
    const plan = await bench.command('plan', '--category', ERASED_CATEGORY);
    const erasure = await purge();
    await client.indices.refresh({ index: INDEX });
    const { count: left } = await client.count({ index: INDEX });
    if (left !== OTHERS) throw new Error(`${left} documents are left, expected ${OTHERS}`);
    return { plan, erasure, 'next run': await purge() };
  },
  clear: ({ client }) => clearIndices(client, INDEX),
};
