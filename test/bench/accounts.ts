import pMap from 'p-map';
import { ownRecords } from '../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import { number } from '../../lib/base/number-text.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import type { TerminationTrigger } from '../../lib/policy/termination-trigger.ts';
import { type Bench, clearIndices, cloneIndex, emptyArchive, inTurn } from './harness.ts';
import { fourDaysAgo, recordTerminations, seedDocuments, uinOf, unlimitedPolicy } from './owed-accounts.ts';
import type { Comparison, Measured } from './page/found.ts';

// Many accounts are erased out of one index that they share with others.

const CATEGORY = 'console-configuration';
const INDEX = 'trtc-console-configuration-bench';
const SOURCE = 'bench-source';
const requests = { timeout: () => 60_000 };

/** How many accounts, how many documents each of them has, and how many documents others have. */
export interface AccountSizes {
  readonly accounts: number;
  readonly each: number;
  readonly others: number;
}

/**
 * Compares the erasure of many accounts with delete-by-query: one for all accounts, one for each, and eight of these at
 * once. None of these checks `_source`, asks a ledger, counts again, or issues a receipt.
 * @param isEachAlone whether the slowest way is measured too.
 */
export const accounts = async (
  bench: Bench,
  { accounts: count, each, others }: AccountSizes,
  rounds: number,
  isEachAlone: boolean,
): Promise<Comparison> => {
  const { client } = bench;
  const text = unlimitedPolicy();
  const policy = parseRetentionPolicy(text, 'retention-policy.yml');
  const category = policy.categories.get(CATEGORY);
  if (category === undefined) throw new Error(`no ${CATEGORY}`);
  bench.usePolicy(text);
  const owed = { accounts: count, each, others, terminatedAt: fourDaysAgo() };
  const uins = Array.from({ length: count }, (_, account) => uinOf(account));

  const restoreRecords = async (trigger: TerminationTrigger): Promise<void> => {
    const { ledger, events, receipts } = ownIndices(policy, CATEGORY);
    await client.indices.delete({ index: [ledger, events, receipts], ignore_unavailable: true });
    emptyArchive(bench);
    await bench.command('setup');
    await recordTerminations(ownRecords(client, requests, policy), category, bench.archive, { ...owed, trigger });
    await client.indices.refresh({ index: [ledger, events] });
  };
  const purge =
    (...more: readonly string[]) =>
    () =>
      bench.command('purge', '--execute', '--yes', '--category', CATEGORY, ...more);
  const one = (): Promise<Measured> =>
    bench.requests(() =>
      client.deleteByQuery(
        { index: INDEX, query: { terms: { uin: uins } }, refresh: true },
        { requestTimeout: 600_000 },
      ),
    );
  const byAccount = (concurrency: number) => () =>
    bench.requests(() =>
      pMap(uins, (uin) => client.deleteByQuery({ index: INDEX, query: { term: { uin } } }), { concurrency }),
    );

  await clearIndices(client, INDEX, SOURCE);
  await seedDocuments(client, SOURCE, owed);
  await client.indices.putSettings({ index: SOURCE, settings: { 'index.blocks.write': true } });
  const compared = await inTurn(
    `Accounts: ${number(count)} of ${each} documents among ${number(count * each + others)}`,
    rounds,
    {
      'es-retention': purge(),
      'es-retention --no-throttle': purge('--no-throttle'),
      'one delete-by-query with all accounts in a terms query': one,
      'eight requests at once, one for each account': byAccount(8),
      ...(isEachAlone && { 'one request for each account, in turn': byAccount(1) }),
    },
    async (way) => {
      await cloneIndex(client, SOURCE, INDEX);
      if (way.startsWith('es-retention')) await restoreRecords('feature-terminated');
    },
    async (way) => {
      await client.indices.refresh({ index: INDEX });
      const { count: left } = await client.count({ index: INDEX });
      if (left !== others) throw new Error(`${way} left ${left} documents, expected ${others}`);
    },
  );
  await clearIndices(client, INDEX, SOURCE);
  return { ...compared, due: count * each };
};
