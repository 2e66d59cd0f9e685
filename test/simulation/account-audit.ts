import { auditAccounts } from '../../lib/audit/accounts/returned-accounts.ts';
import type { AuditReader, ReturnedAccount } from '../../lib/audit/audit-reader.ts';
import { readEventLog, readRawEntry } from '../../lib/audit/records/raw-records.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import { failure } from '../support/in-memory/in-memory-cluster.ts';
import { accountReaderOn, auditedIndex } from '../support/in-memory/records/in-memory-audit.ts';
import type { Surroundings } from './invocations.ts';
import { RING } from './keys.ts';
import type { Actor } from './port-calls.ts';

/** Each step of the audit that leads to erased accounts with data. */
export const AUDIT_STEPS = ['audit.indices', 'audit.records', 'audit.accounts', 'audit.documents'] as const;

const pagesOf = async <T>(pages: AsyncIterable<T>): Promise<readonly T[]> => {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
};

/**
 * The accounts with data whose erasure is closed, as the product's own audit finds them. Its other questions change
 * nothing, and are left out.
 * @param prefix of the names of the category's indices.
 */
export const returnedAccounts = async (
  actor: Actor,
  { stores, calls }: Pick<Surroundings, 'stores' | 'calls'>,
  category: Category,
  prefix: string,
): Promise<readonly ReturnedAccount[]> => {
  const { cluster, ledger } = stores;
  const call = <T>(step: (typeof AUDIT_STEPS)[number], does: () => T | Promise<T>) => calls.call(actor, step, does);
  const answering = (name: string): void => {
    if (cluster.indices.get(name)?.description.health === 'red') throw failure('store-busy', `that ${name} is red`);
  };
  const indices = await call('audit.indices', () =>
    [...cluster.indices].flatMap(([name, { description }]) =>
      name.startsWith(prefix) && description.open ? [auditedIndex(name)] : [],
    ),
  );
  const records = await call('audit.records', () => ({
    entries: [...ledger.entries.values()].map(({ entry }) => readRawEntry({ id: entry.id, source: { ...entry } })),
    events: readEventLog([...stores.events(category.id).kept].map(([id, event]) => ({ id, source: { ...event } }))),
  }));
  const reader = accountReaderOn(cluster);
  const asked: Pick<AuditReader, 'accounts' | 'documentsOf'> = {
    accounts: async function* (index, fields) {
      yield* await call('audit.accounts', () => {
        answering(index);
        return pagesOf(reader.accounts(index, fields));
      });
    },
    documentsOf: (index, ...given) =>
      call('audit.documents', () => {
        answering(index);
        return reader.documentsOf(index, ...given);
      }),
  };
  const { toErase } = await auditAccounts(asked as AuditReader, category, indices, {
    keys: RING.subject.keys,
    entries: records.entries.filter((entry) => entry.category === category.id),
    events: records.events.events,
  });
  return toErase;
};
