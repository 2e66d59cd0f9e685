import { type AccountAudit, type ActiveList, auditAccounts } from '../../../../lib/audit/accounts/returned-accounts.ts';
import type { AuditedIndex, AuditReader } from '../../../../lib/audit/audit-reader.ts';
import { readEventLog, readRawEntry } from '../../../../lib/audit/records/raw-records.ts';
import type { EventLog } from '../../../../lib/erasure/events/event-log.ts';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import type { Category } from '../../../../lib/policy/retention-policy.ts';
import { TEST_RING } from '../../erasure/key-ring-text.ts';
import type { InMemoryCluster, InMemoryDocument } from '../in-memory-cluster.ts';

const TYPES = new Map([
  ['uin', 'keyword'],
  ['sdkAppId', 'keyword'],
  ['@timestamp', 'date'],
  ['event.ingested', 'date'],
]);

const datesOf = ({ timestamps, ingested }: InMemoryDocument): readonly number[] => [...timestamps, ...ingested];

/** The part of the audit's reader that looks for accounts, on an {@link InMemoryCluster}. */
export const accountReaderOn = (cluster: InMemoryCluster): Pick<AuditReader, 'accounts' | 'documentsOf'> => {
  const documentsIn = (index: string) => [...(cluster.indices.get(index)?.documents.values() ?? [])];
  return {
    accounts: async function* (index) {
      for (const { uin = [], sdkAppId = [] } of documentsIn(index))
        for (const account of uin)
          yield sdkAppId.length === 0
            ? [{ uin: `${account}` }]
            : sdkAppId.map((application) => ({ uin: `${account}`, sdkAppId: `${application}` }));
    },
    documentsOf: async (index, account, _, until) =>
      documentsIn(index).filter(
        (document) =>
          document.uin?.some((uin) => `${uin}` === account.uin) &&
          (account.sdkAppId === undefined || document.sdkAppId?.some((each) => `${each}` === account.sdkAppId)) &&
          (until === undefined || datesOf(document).every((date) => date <= until.at)),
      ).length,
  };
};

/** An index of a cluster in memory, as the audit sees it. */
export const auditedIndex = (name: string): AuditedIndex => ({ name, aliases: [], types: TYPES, settings: {} });

/** Looks for erased accounts with data, as the audit does, in a world in memory. */
export const auditInMemory = async (
  cluster: InMemoryCluster,
  category: Category,
  records: { readonly entries: readonly LedgerEntry[]; readonly events: Pick<EventLog, 'about'> },
  active?: ActiveList,
): Promise<AccountAudit> => {
  const hashes = records.entries.map(({ subject }) => subject.hash);
  const kept = await records.events.about(hashes);
  const indices = [...cluster.indices.keys()].map(auditedIndex);
  return auditAccounts(accountReaderOn(cluster) as AuditReader, category, indices, {
    keys: TEST_RING.subject.keys,
    entries: records.entries.map((entry) => readRawEntry({ id: entry.id, source: { ...entry } })),
    events: readEventLog(kept.map((event) => ({ id: event.id, source: { ...event } }))).events,
    ...(active !== undefined && { active }),
  });
};
