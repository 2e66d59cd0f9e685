import { type Evidence, mayBeOurs } from '../ledger/entry-check.ts';
import type { Closure, LedgerEntry } from '../ledger/ledger-entry.ts';
import { readEntry } from '../ledger/read-entry.ts';
import type { ReceiptIdOf } from '../receipts/closed-request.ts';
import { digest } from '../subjects/digest.ts';
import type { Archive } from './archive.ts';

/** The closures of entries that the archive has copies of, by the ids of the entries. */
export type ArchivedClosures = ReadonlyMap<string, readonly Closure[]>;

/** The id of the copy of a closed entry: that of its receipt, in its category. */
export const closureCopyId = (receipt: string, category: string): string => digest(receipt, category);

/**
 * Reads the closures of these entries out of the archive. A copy is put there when its receipt is issued; one that does not open, or whose
 * receipt another version of es-retention numbered, tells nothing of a receipt. Never gives an entry the closure of another, nor one of
 * another category.
 * @param receiptIdOf under the versions of the subject key at hand.
 * @throws InputError | TransientError when the archive does not answer.
 */
export const archivedClosures = async (
  ids: ReadonlySet<string>,
  archive: Pick<Archive, 'list'>,
  receiptIdOf: ReceiptIdOf,
): Promise<ArchivedClosures> => {
  const found = new Map<string, Closure[]>();
  if (ids.size === 0) return found;
  for await (const copy of archive.list('entries')) {
    const id = 'content' in copy ? idOf(copy.content) : undefined;
    if (!('content' in copy) || id === undefined || !ids.has(id)) continue;
    const entry = readEntry({ ...copy.content, events: [] }, id);
    const closures = entry.closures.map((closure): Closure => {
      const receipt = receiptIdOf(entry, closure);
      const isIssued = receipt !== undefined && closureCopyId(receipt, entry.category) === copy.id;
      return isIssued ? { ...closure, receipt } : closure;
    });
    found.set(id, [...(found.get(id) ?? []), ...closures]);
  }
  return found;
};

/**
 * The closures of an entry that may be ours, in their order. What somebody took out of it, or edited, comes out of the archive: otherwise
 * a closed entry would owe again, and name its account.
 */
export const closuresFor = (
  entry: LedgerEntry,
  archived: readonly Closure[],
  keys: Evidence['keys'],
): readonly Closure[] => {
  const closures = new Map(entry.closures.map((each) => [each.obligation.terminatedAt, each]));
  for (const each of archived) {
    const receipt = each.receipt ?? closures.get(each.obligation.terminatedAt)?.receipt;
    closures.set(each.obligation.terminatedAt, { ...each, ...(receipt !== undefined && { receipt }) });
  }
  const ours = [...closures.values()].filter((each) => mayBeOurs(entry, each, keys));
  return ours.toSorted((a, b) => a.closedAt - b.closedAt);
};

const idOf = (content: { readonly id?: unknown }): string | undefined =>
  typeof content.id === 'string' ? content.id : undefined;
