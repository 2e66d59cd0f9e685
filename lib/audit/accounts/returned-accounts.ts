import type { Category } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { accountFieldsOf } from '../ages/audit-ages.ts';
import type { AuditedIndex, AuditReader, Returned, ReturnedAccount } from '../audit-reader.ts';
import { isDoneEntry, isOpenEntry, isReopenedEntry, type LoggedEvent, type RawEntry } from '../records/raw-records.ts';
import { type Account, type HashKeys, ledgerNamesOf } from './account-hashes.ts';

/** The accounts in use, as an active list names them: all applications of an account, or some. */
export type ActiveList = ReadonlyMap<string, 'all' | ReadonlySet<string>>;

/** The data with which the accounts of the indices are compared. */
export interface AccountContext {
  readonly keys: HashKeys;
  readonly entries: readonly RawEntry[];
  readonly events: readonly LoggedEvent[];
  readonly active?: ActiveList;
}

export interface AccountAudit {
  readonly accounts: number;
  readonly returned: readonly Returned[];
  /** The accounts of these entries, without accounts in the active list. */
  readonly toErase: readonly ReturnedAccount[];
  /** Accounts that are not in use, and that no erasure concerns. */
  readonly leftBehind: number;
  /** Indices whose accounts cannot be listed. */
  readonly unlisted: readonly string[];
}

/** An entry that was carried out, and the documents that it covers. */
interface CarriedOutEntry {
  readonly entry: RawEntry;
  /** Documents dated later are new use; undefined if no date matters. */
  readonly until?: Instant;
}

/** Whether data of an entry's subject must be gone, unless a reinstatement came. A hold keeps such data. */
const mustHaveNoData = (entry: RawEntry): boolean =>
  isDoneEntry(entry) || (isReopenedEntry(entry) && entry.state !== 'held');

/**
 * The entries that were carried out, even if they are owed again, and that no later reinstatement cancelled, by the
 * name of their subject.
 */
const doneBySubject = ({ entries, events }: AccountContext): ReadonlyMap<string, readonly CarriedOutEntry[]> => {
  const newestReinstatement = new Map<string, Instant>();
  for (const { type, at, name, alsoUnder } of events)
    if (type === 'account-reinstated')
      for (const each of [name, ...alsoUnder])
        newestReinstatement.set(each, Math.max(at, newestReinstatement.get(each) ?? -Infinity));
  const done = entries.filter(mustHaveNoData).flatMap((entry) => {
    const terminatedAt = Math.max(-Infinity, ...entry.closures.map((closure) => closure.terminatedAt ?? -Infinity));
    const reinstatedAt = Math.max(entry.reinstatedAt ?? -Infinity, newestReinstatement.get(entry.name) ?? -Infinity);
    if (reinstatedAt >= terminatedAt) return [];
    return [{ name: entry.name, done: { entry, ...(entry.trigger !== 'account-deleted' && { until: terminatedAt }) } }];
  });
  return new Map(
    [...Map.groupBy(done, ({ name }) => name)].map(([name, group]) => [name, group.map((each) => each.done)]),
  );
};

/** An account as a whole, and the application if the document names one. */
const scopesOf = ({ uin, sdkAppId }: Account): readonly Account[] =>
  sdkAppId === undefined ? [{ uin }] : [{ uin }, { uin, sdkAppId }];

const isInUse = ({ uin, sdkAppId }: Account, active: ActiveList): boolean => {
  const apps = active.get(uin);
  return apps === 'all' || (sdkAppId !== undefined && apps?.has(sdkAppId) === true);
};

/**
 * Whether the active list has the account, or one of its applications. Such data does not belong to an erased account.
 */
const isListed = ({ uin, sdkAppId }: Account, active: ActiveList | undefined): boolean => {
  const apps = active?.get(uin);
  return apps !== undefined && (apps === 'all' || sdkAppId === undefined || apps.has(sdkAppId));
};

const LISTABLE = new Set([
  'keyword',
  'constant_keyword',
  'long',
  'integer',
  'short',
  'byte',
  'unsigned_long',
  'ip',
  'version',
]);

const isListable = ({ types }: AuditedIndex, { accountField }: Category): boolean =>
  LISTABLE.has(types.get(accountField) ?? '');

const DATES = new Set(['date', 'date_nanos']);

/** Counts the returned documents that an entry covers. */
const countReturned = async (
  reader: AuditReader,
  index: AuditedIndex,
  account: Account,
  { until }: CarriedOutEntry,
  category: Category,
): Promise<number> => {
  const fields = [category.timestampField, category.ingestedField].filter((each) =>
    DATES.has(index.types.get(each) ?? ''),
  );
  const bound = until === undefined ? undefined : { fields, at: until };
  return reader.documentsOf(index.name, account, accountFieldsOf(category), bound);
};

/** Adds up the findings for each entry over all indices. */
class Found {
  readonly #category: string;
  readonly #byEntry = new Map<
    string,
    { documents: number; readonly indices: Set<string>; readonly account: Account }
  >();

  constructor(category: string) {
    this.#category = category;
  }

  add(entry: string, account: Account, index: string, documents: number): void {
    if (documents === 0) return;
    const known = this.#byEntry.get(entry) ?? { documents: 0, indices: new Set<string>(), account };
    known.documents += documents;
    known.indices.add(index);
    this.#byEntry.set(entry, known);
  }

  toErase(active: ActiveList | undefined): readonly ReturnedAccount[] {
    return [...this.#byEntry].flatMap(([entry, { account }]) =>
      isListed(account, active) ? [] : [{ category: this.#category, entry, account }],
    );
  }

  all(): readonly Returned[] {
    return [...this.#byEntry].map(([entry, { documents, indices }]) => ({
      category: this.#category,
      entry,
      documents,
      indices: [...indices].sort(),
    }));
  }
}

/** One account of one index, prepared for the comparison. */
interface IndexedAccount {
  readonly index: AuditedIndex;
  readonly account: Account;
  /** The account as a whole and its application, with their names in the ledger. */
  readonly scopes: readonly { readonly scope: Account; readonly names: readonly string[] }[];
}

/**
 * Indices whose accounts cannot be listed. An index that does not map the account is reported if it has documents.
 */
const unlistedOf = async (
  reader: AuditReader,
  indices: readonly AuditedIndex[],
  category: Category,
): Promise<readonly string[]> => {
  const unlisted: string[] = [];
  for (const index of indices) {
    if (isListable(index, category)) continue;
    const isEmpty = !index.types.has(category.accountField) && (await reader.count(index.name)) === 0;
    if (!isEmpty) unlisted.push(index.name);
  }
  return unlisted;
};

/** Every account of every index that can be listed. */
async function* accountsIn(
  reader: AuditReader,
  category: Category,
  indices: readonly AuditedIndex[],
  keys: HashKeys,
): AsyncGenerator<IndexedAccount> {
  for (const index of indices)
    for await (const page of reader.accounts(index.name, accountFieldsOf(category)))
      for (const account of page)
        yield {
          index,
          account,
          scopes: scopesOf(account).map((scope) => ({ scope, names: ledgerNamesOf(scope, keys) })),
        };
}

/**
 * Lists the accounts of every index, hashes them in memory, and compares them with the ledger. Closed entries hold only
 * hashes. Only this comparison finds data of an erased account that has come back, or was never gone. Only accounts
 * that are to be erased again leave this function.
 */
export const auditAccounts = async (
  reader: AuditReader,
  category: Category,
  indices: readonly AuditedIndex[],
  context: AccountContext,
): Promise<AccountAudit> => {
  const done = doneBySubject(context);
  const owed = new Set(context.entries.filter(isOpenEntry).map(({ name }) => name));
  const isLeft = ({ account, scopes }: IndexedAccount): boolean =>
    context.active !== undefined &&
    !isInUse(account, context.active) &&
    !scopes.some(({ names }) => names.some((name) => owed.has(name)));
  const listable = indices.filter((each) => isListable(each, category));
  const found = new Found(category.id);
  const [uins, behind, looked] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for await (const seen of accountsIn(reader, category, listable, context.keys)) {
    uins.add(seen.account.uin);
    if (isLeft(seen)) behind.add(JSON.stringify([seen.account.uin, seen.account.sdkAppId]));
    for (const { scope, names } of seen.scopes)
      for (const each of names.flatMap((name) => done.get(name) ?? [])) {
        // Each application of an account leads to the same account.
        const once = `${seen.index.name} ${each.entry.id}`;
        if (looked.has(once)) continue;
        looked.add(once);
        const documents = await countReturned(reader, seen.index, scope, each, category);
        found.add(each.entry.id, scope, seen.index.name, documents);
      }
  }
  const unlisted = await unlistedOf(reader, indices, category);
  const toErase = found.toErase(context.active);
  return { accounts: uins.size, returned: found.all(), toErase, leftBehind: behind.size, unlisted };
};
