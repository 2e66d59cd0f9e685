import type { Archive } from '../archive/archive.ts';
import { type Evidence, mayBeOurs } from '../ledger/entry-check.ts';
import type { Closure, LedgerEntry } from '../ledger/ledger-entry.ts';
import { closureCopyId, type ReceiptIdOf } from '../receipts/closed-request.ts';
import { readEntry } from '../stored/read-entry.ts';

/** The closures of which the archive has copies, by entry id. */
export type ArchivedClosures = ReadonlyMap<string, readonly Closure[]>;

/**
 * Reads the closures of these entries from the archive. A copy is stored when the receipt is issued. A copy is ignored
 * if it cannot be opened, or if its receipt id comes from another version of es-retention. It must never give an entry
 * the closure of another entry or category.
 * @param receiptIdOf uses the available versions of the subject key.
 * @throws InputError | TransientError if the archive does not answer.
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
 * The closures of an entry that may be ours, in order. Closures that somebody removed or edited are taken from the
 * archive. Without them, a closed entry would owe an erasure again and name its account.
 */
export const closuresFor = (
  entry: LedgerEntry,
  archived: readonly Closure[],
  keys: Evidence['keys'],
): readonly Closure[] => {
  // If its data came back, a termination has several closures.
  const nameOf = ({ obligation, again }: Closure): string => `${obligation.terminatedAt} ${again ?? ''}`;
  const closures = new Map(entry.closures.map((each) => [nameOf(each), each]));
  for (const each of archived) {
    const receipt = each.receipt ?? closures.get(nameOf(each))?.receipt;
    closures.set(nameOf(each), { ...each, ...(receipt !== undefined && { receipt }) });
  }
  const ours = [...closures.values()].filter((each) => mayBeOurs(entry, each, keys));
  return ours.toSorted((a, b) => a.closedAt - b.closedAt);
};

const idOf = (content: { readonly id?: unknown }): string | undefined =>
  typeof content.id === 'string' ? content.id : undefined;
