import type { UsableFields } from '../../criteria/due-criteria.ts';
import type { IndexDescription } from '../../criteria/index-description.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import { TRIGGERS } from '../../policy/termination-trigger.ts';
import { unlistedReason } from '../../rules/accounts/account-findings.ts';
import { usableFieldsOf } from '../../rules/field-mapping.ts';
import type { Ledger, ReadEntry } from '../ledger/ledger.ts';
import { categoryOfEntry, entryId, isMalformed, isOpen, type LedgerEntry } from '../ledger/ledger-entry.ts';
import type { CategoryVisit } from '../recording/category-visit.ts';
import type { Subject } from '../subjects/subject.ts';
import type { SubjectHash } from '../subjects/subject-hash.ts';
import type { JudgedEntries } from './judge-entries.ts';

/** One pair of account and application that documents name. */
export interface AccountWithData {
  readonly uin: string;
  /** Absent if the document names no application. */
  readonly sdkAppId?: string;
  readonly documents: number;
}

/** Finds the accounts that have documents. */
export interface AccountReader {
  /** See `DocumentStore.describe`. */
  describe(patterns: readonly string[], fields: readonly string[]): Promise<readonly IndexDescription[]>;
  /** Every pair of account and application in these indices, page by page, and the indices that do not answer. */
  pages(indices: readonly IndexWithAccounts[], category: Category): AsyncIterable<AccountsPage>;
}

/** An index whose accounts are listed, and the fields that name them. */
export interface IndexWithAccounts extends Required<Pick<UsableFields, 'account'>>, Pick<UsableFields, 'application'> {
  readonly name: string;
}

/** An index in which accounts could not be listed, or not completely. */
interface UnlistedIndex {
  readonly index: string;
  readonly why: string;
}

/** One page of accounts, or of indices in which they could not be listed. */
export interface AccountsPage {
  readonly accounts: readonly AccountWithData[];
  readonly unlisted?: readonly UnlistedIndex[];
}

/** Accounts in use. If applications are given, only those are in use. */
export type ActiveAccounts = ReadonlyMap<string, 'all' | ReadonlySet<string>>;

/** Data of a subject that is neither active nor being erased. */
export interface LeftBehind {
  readonly category: string;
  readonly uin: string;
  readonly sdkAppId?: string;
  readonly documents: number;
  /**
   * The answer of the ledger: nothing; an erasure that was cancelled or done long ago; an owed erasure without a rule;
   * or an entry that is not believed because somebody edited it.
   */
  readonly ledger: 'none' | 'closed' | 'orphaned' | 'altered';
}

/** The found subjects, and the indices in which accounts could not be listed. */
export interface Reconciliation {
  readonly leftBehind: readonly LeftBehind[];
  readonly accounts: number;
  /** How many of these accounts are in use. */
  readonly inUse: number;
  readonly unanswered: readonly UnlistedIndex[];
  /** The examined categories with a termination rule, and those among them without an index. */
  readonly categories: number;
  readonly empty: readonly string[];
}

const isActive = ({ uin, sdkAppId }: AccountWithData, active: ActiveAccounts): boolean => {
  const applications = active.get(uin);
  return (
    applications === 'all' || (applications !== undefined && (sdkAppId === undefined || applications.has(sdkAppId)))
  );
};

/**
 * An account that is not in use is listed once, as a whole. An account in use is listed with each application that is
 * not in use.
 */
const subjectOf = ({ uin, sdkAppId }: AccountWithData, active: ActiveAccounts): Subject =>
  active.has(uin) && sdkAppId !== undefined ? { uin, sdkAppId } : { uin };

const subjectKey = ({ uin, sdkAppId }: Subject): string => JSON.stringify([uin, sdkAppId]);

/**
 * The entries that can owe the erasure of a subject: its own entries, and for an application also the entries of its
 * account.
 */
const entriesAbout = (
  categories: readonly string[],
  subject: Subject,
  hashes: (subject: Subject) => readonly SubjectHash[],
): readonly string[] => {
  const scopes = subject.sdkAppId === undefined ? [subject] : [subject, { uin: subject.uin }];
  return scopes.flatMap((scope) =>
    hashes(scope).flatMap((hash) =>
      categories.flatMap((category) => TRIGGERS.map((trigger) => entryId(category, trigger, hash))),
    ),
  );
};

/**
 * The answer of the ledger about a subject that is not in use; undefined if the next runs erase its data.
 * @param believed the ids of open entries of this category whose erasures runs carry out.
 */
const knownOf = (
  category: string,
  entries: readonly LedgerEntry[],
  believed: ReadonlySet<string>,
): LeftBehind['ledger'] | undefined => {
  if (entries.some(({ id }) => believed.has(id))) return undefined;
  const open = entries.filter(isOpen);
  if (entries.some(isMalformed) || open.some(({ id }) => categoryOfEntry(id) === category)) return 'altered';
  if (open.length > 0) return 'orphaned';
  return entries.length === 0 ? 'none' : 'closed';
};

/** The ids of those among these entries whose erasures the runs of a category carry out. */
const believedIn = async (
  { id, rules }: Category,
  reads: readonly ReadEntry[],
  { judge }: Pick<ReconcilePorts, 'judge'>,
): Promise<ReadonlySet<string>> => {
  const open = reads.filter(({ entry }) => isOpen(entry) && categoryOfEntry(entry.id) === id);
  const { believed } = rules.termination === undefined ? { believed: [] } : await judge(id, rules.termination, open);
  return new Set(believed.flatMap(({ entry }) => (isOpen(entry) ? entry.id : [])));
};

/** Its accounts are still listed, as far as they are indexed. */
const BY_INDEX_ALONE = 'not wholly: its _source does not tell which accounts the index ignored';

/** The indices whose accounts can be listed, and those where that is impossible or incomplete. */
const askableOf = (
  described: readonly IndexDescription[],
  category: Category,
): { readonly askable: readonly IndexWithAccounts[]; readonly unanswered: readonly UnlistedIndex[] } => {
  const unanswered: UnlistedIndex[] = [];
  const askable: IndexWithAccounts[] = [];
  for (const index of described) {
    const { account, application } = usableFieldsOf(index, category);
    const why = unlistedReason(index, category);
    if (account === undefined || why !== undefined) {
      unanswered.push({ index: index.name, why: why ?? 'not mapped' });
      continue;
    }
    askable.push({ name: index.name, account, ...(application !== undefined && { application }) });
    if (account.path === undefined && account.type !== 'constant_keyword')
      unanswered.push({ index: index.name, why: BY_INDEX_ALONE });
  }
  return { askable, unanswered };
};

/** The number of accounts with documents, and how many of them are not in use. */
interface FoundAccounts {
  readonly accounts: ReadonlySet<string>;
  readonly suspects: readonly { readonly subject: Subject; readonly documents: number }[];
  readonly unlisted: readonly UnlistedIndex[];
}

const lookIn = async (
  askable: readonly IndexWithAccounts[],
  category: Category,
  active: ActiveAccounts,
  reader: AccountReader,
): Promise<FoundAccounts> => {
  const unlisted: UnlistedIndex[] = [];
  const suspects = new Map<string, { subject: Subject; documents: number }>();
  const accounts = new Set<string>();
  for await (const page of reader.pages(askable, category)) {
    unlisted.push(...(page.unlisted ?? []));
    for (const account of page.accounts) {
      accounts.add(account.uin);
      if (isActive(account, active)) continue;
      const subject = subjectOf(account, active);
      const before = suspects.get(subjectKey(subject))?.documents ?? 0;
      suspects.set(subjectKey(subject), { subject, documents: before + account.documents });
    }
  }
  return { accounts, suspects: [...suspects.values()], unlisted: unlisted };
};

const reconcileCategory = async (
  category: Category,
  active: ActiveAccounts,
  { store, ledger, hashes, judge, orphans = [] }: ReconcilePorts,
): Promise<Reconciliation> => {
  const described = await store.describe(category.indices, [
    category.accountField,
    ...(category.applicationField === undefined ? [] : [category.applicationField]),
  ]);
  const { askable, unanswered } = askableOf(described, category);
  const { accounts, suspects, unlisted } = await lookIn(askable, category, active, store);
  const asked = suspects.map((suspect) => ({
    ...suspect,
    ids: entriesAbout([category.id, ...orphans], suspect.subject, hashes),
  }));
  // One request for all: a request for each of ten thousand would take a minute.
  const known = await ledger.read(asked.flatMap(({ ids }) => ids));
  const believed = await believedIn(category, [...known.values()], { judge });
  const leftBehind = asked.flatMap(({ subject, documents, ids }): readonly LeftBehind[] => {
    const entries = ids.flatMap((id) => known.get(id)?.entry ?? []);
    const knows = knownOf(category.id, entries, believed);
    return knows === undefined ? [] : [{ category: category.id, ...subject, documents, ledger: knows }];
  });
  const empty = described.length === 0 ? [category.id] : [];
  const inUse = [...accounts].filter((uin) => active.has(uin)).length;
  return { leftBehind, accounts: accounts.size, inUse, unanswered: [...unanswered, ...unlisted], categories: 1, empty };
};

export interface ReconcilePorts {
  readonly store: AccountReader;
  readonly ledger: Ledger;
  /** The subject's hash under every key version, the current one first. */
  readonly hashes: (subject: Subject) => readonly SubjectHash[];
  /** Compares entries of a category with their hashes and events. */
  readonly judge: (category: string, rule: TerminationRule, entries: readonly ReadEntry[]) => Promise<JudgedEntries>;
  /** Categories that owe erasures but have no termination rule in the policy. */
  readonly orphans?: readonly string[];
  /** Collects the categories that do not answer. */
  readonly visit: CategoryVisit;
}

/**
 * Lists subjects that have data under a termination rule but are neither active nor being erased. A lost event has this
 * effect. Erases and records nothing.
 */
export const reconcile = async (
  categories: readonly Category[],
  active: ActiveAccounts,
  ports: ReconcilePorts,
): Promise<Reconciliation> => {
  const erasing = new Map(
    categories.flatMap((each) => (each.rules.termination === undefined ? [] : [[each.id, each]])),
  );
  const parts = await ports.visit.each(erasing.keys(), async (id) => {
    const category = erasing.get(id);
    return category === undefined ? [] : [await reconcileCategory(category, active, ports)];
  });
  const found = [...parts.values()].flat();
  return {
    leftBehind: found.flatMap(({ leftBehind }) => leftBehind),
    accounts: found.reduce((sum, { accounts }) => sum + accounts, 0),
    inUse: found.reduce((sum, { inUse }) => sum + inUse, 0),
    unanswered: found.flatMap(({ unanswered }) => unanswered),
    categories: found.length,
    empty: found.flatMap(({ empty }) => empty),
  };
};
