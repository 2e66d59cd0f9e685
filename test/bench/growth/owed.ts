import { ownRecords } from '../../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import { ownIndices } from '../../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { type Bench, emptyArchive } from '../harness.ts';
import { type OwedAccounts, recordTerminations, unlimitedPolicy } from '../owed-accounts.ts';

/** The category whose accounts are erased. */
export const ERASED_CATEGORY = 'console-configuration';
const PATTERN = 'trtc-console-configuration-*';

const requests = { timeout: () => 60_000 };

/**
 * Sets up, and records deletions of accounts in a new ledger.
 * @param pattern the indices of the category, which another category gives up. Absent: its usual ones.
 */
export const recordOwed = async (bench: Bench, all: readonly OwedAccounts[], pattern = PATTERN): Promise<void> => {
  const { client } = bench;
  const usual = unlimitedPolicy();
  const text = pattern === PATTERN ? usual : usual.replace(`[${pattern}]`, '[trtc-other-*]').replace(PATTERN, pattern);
  const policy = parseRetentionPolicy(text, 'retention-policy.yml');
  const category = policy.categories.get(ERASED_CATEGORY);
  if (category === undefined) throw new Error(`no ${ERASED_CATEGORY}`);
  bench.usePolicy(text);
  emptyArchive(bench);
  await bench.command('setup');
  const records = ownRecords(client, requests, policy);
  for (const owed of all)
    await recordTerminations(records, category, bench.archive, { ...owed, trigger: 'account-deleted' });
  const { ledger, events } = ownIndices(policy, ERASED_CATEGORY);
  await client.indices.refresh({ index: [ledger, events] }, { requestTimeout: 600_000 });
};
