import type { Instant } from '../policy/instant.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import { digest } from './digest.ts';
import type { ReadEntry } from './ledger.ts';
import { type Closure, entryId, type LedgerEntry } from './ledger-entry.ts';

/** One closure of one entry, with what the other categories closed for the same request. */
export interface ClosedRequest {
  readonly read: ReadEntry;
  readonly closure: Closure;
  readonly closures: ReadonlyMap<Category, Closure>;
  readonly missing: readonly Category[];
}

/** The same in every category, and for every try. */
export const receiptId = ({ trigger, subject }: LedgerEntry, { obligation }: Closure): string =>
  digest(subject.kid, subject.hash, trigger, obligation.terminatedAt);

/**
 * The categories that owe the same: their entries have ids that can be known. The entry's own is one of them, whatever its rule says by
 * now.
 */
export const siblingsOf = (
  { category: own, trigger, subject }: LedgerEntry,
  policy: RetentionPolicy,
): ReadonlyMap<Category, string> =>
  new Map(
    [...policy.categories.values()]
      .filter(({ id, rules }) => id === own || rules.termination?.triggers.includes(trigger))
      .map((category) => [category, entryId(category.id, trigger, subject)]),
  );

/** What is known of the request that one closure of an entry met. */
export const closedRequest = (
  read: ReadEntry,
  closure: Closure,
  policy: RetentionPolicy,
  entries: ReadonlyMap<string, ReadEntry>,
): ClosedRequest => {
  const closures = new Map<Category, Closure>();
  const missing: Category[] = [];
  const { terminatedAt } = closure.obligation;
  for (const [category, id] of siblingsOf(read.entry, policy)) {
    const sibling = entries.get(id)?.entry;
    const found = sibling?.closures.find(({ obligation }) => obligation.terminatedAt === terminatedAt);
    if (found !== undefined) closures.set(category, found);
    // One that was found empty after that instant, for an earlier request, owed nothing more: that one's receipt says so.
    else if ((sibling?.doneThrough ?? Number.NEGATIVE_INFINITY) < terminatedAt) missing.push(category);
  }
  return { read, closure, closures, missing };
};

/** A category that is not at its end is waited for until the deadline; then the receipt says that nothing is known of it. */
export const isReady = ({ closure, missing }: ClosedRequest, now: Instant): boolean =>
  missing.length === 0 || now > closure.obligation.eraseBy;
