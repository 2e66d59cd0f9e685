import { InputError } from '../../base/errors.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { braked } from '../brakes/decisions.ts';
import type { EventLogs } from '../events/event-log.ts';
import { applyEvent, withoutIdentifiers } from '../ledger/apply-event.ts';
import { believedSubject } from '../ledger/believed-subject.ts';
import { ALL_ENTRIES, type Ledger, type ReadEntry } from '../ledger/ledger.ts';
import { type Closure, entryId, isMalformed, isOpen, isReceiptDue, type LedgerEntry } from '../ledger/ledger-entry.ts';
import { withEvent } from '../ledger/obligation.ts';
import { withProof } from '../ledger/obligation-proof.ts';
import type { ReceiptStore } from '../receipts/receipt-store.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import type { Subject } from '../subjects/subject.ts';

/** The old and the new id of a category. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/** Number of entries moved at once. */
const ENTRIES_AT_ONCE = 1_000;

/** A receipt that is not issued yet gets the category's new id. */
const underName = <T extends Pick<Closure, 'metUnder'>>(closure: T, category: string): T => ({
  ...closure,
  metUnder: { ...closure.metUnder, promise: { ...closure.metUnder.promise, category } },
});

const renamed = (entry: LedgerEntry, category: string): LedgerEntry => ({
  ...entry,
  id: entryId(category, entry.trigger, entry.subject),
  category,
  ...(entry.watched !== undefined && { watched: underName(entry.watched, category) }),
  closures: entry.closures.map((each) => (isReceiptDue(each) ? underName(each, category) : each)),
});

const joinedClosures = (a: LedgerEntry, b: LedgerEntry): readonly Closure[] =>
  [...new Map([...a.closures, ...b.closures].map((each) => [each.obligation.terminatedAt, each])).values()].toSorted(
    (x, y) => x.closedAt - y.closedAt,
  );

const NOBODY: Subject = { uin: '' };

/**
 * Joins the entry under the old category id with the entry under the new id. The result owes the erasures that the
 * events of both owe, except erasures that one of them has carried out. It is braked if one of the two is braked. It
 * must never name an account unless one of the two entries is believed to have it. Otherwise it names nobody, and is
 * not believed until a replay rebuilds it.
 * @param keys absent without keys; then neither entry is believed.
 */
export const joinedEntry = (
  old: LedgerEntry,
  current: LedgerEntry,
  rule: TerminationRule,
  now: Instant,
  keys?: SubjectKeys,
): LedgerEntry => {
  const events = old.events.reduce<LedgerEntry['events']>(withEvent, current.events);
  const newest = events.at(-1);
  const done = [old.doneThrough, current.doneThrough].filter((each) => each !== undefined);
  const joined: LedgerEntry = {
    ...current,
    events,
    closures: joinedClosures(renamed(old, current.category), current),
    ...(done.length > 0 && { doneThrough: Math.max(...done) }),
  };
  if (newest === undefined) return joined;
  const subject = keys && (believedSubject(current, keys) ?? believedSubject(old, keys));
  const heard = applyEvent(joined, { ...newest, subject: subject ?? NOBODY }, rule, now);
  const owing = keys === undefined || subject === undefined ? withoutIdentifiers(heard) : withProof(heard, keys);
  const isBraked = [old, current].some(({ state }) => state === 'braked');
  return isBraked && isOpen(owing) ? braked(owing) : owing;
};

const refuse = (found: string, fix: string): never => {
  throw new InputError('bad-renaming', {
    expected: 'a name that the policy does not know, and the name that the category has there now',
    found,
    fix,
  });
};

/**
 * The category under its new id.
 * @throws InputError `bad-renaming` if the policy still contains the old id, or if the new category has no termination
 *   rule.
 */
export const renamedCategory = ({ categories }: Pick<RetentionPolicy, 'categories'>, { from, to }: Renaming) => {
  if (categories.has(from)) refuse(`"${from}", which the policy knows`, 'Nothing of it is forgotten: leave it out.');
  const category = categories.get(to);
  const rule = category?.rules.termination;
  if (category === undefined || rule === undefined)
    return refuse(
      `"${to}", which has no termination rule in the policy`,
      'Name a category that erases after a termination.',
    );
  return { category, rule };
};

export interface RenamePorts {
  readonly ledger: Ledger;
  readonly events: EventLogs;
  readonly receipts: (category: string) => ReceiptStore;
  readonly subjectKeys: () => Promise<SubjectKeys>;
}

/** Copies the events and receipts of these entries. The old ones stay until housekeeping removes them. */
const copyEvidence = async (
  page: readonly ReadEntry[],
  { from, to }: Renaming,
  { events, receipts }: RenamePorts,
): Promise<void> => {
  const heard = await events(from).about(page.map(({ entry }) => entry.subject.hash));
  await events(to).keep(heard);
  // A confirmation is proven for the id of its entry. If that id changes, somebody has to confirm again.
  const decisions = await events(from).decisions(page.map(({ entry }) => entry.subject.hash));
  await events(to).decide(decisions.filter(({ type }) => type === 'erasure-braked'));
  const ids = page.flatMap(({ entry }) => entry.closures.flatMap(({ receipt }) => receipt ?? []));
  await receipts(to).keep(await receipts(from).read([...new Set(ids)]));
};

const movePage = async (
  all: readonly ReadEntry[],
  { category, rule }: { readonly category: Category; readonly rule: TerminationRule },
  { ledger, subjectKeys }: Pick<RenamePorts, 'ledger' | 'subjectKeys'>,
  now: Instant,
): Promise<number> => {
  const idOf = ({ entry }: ReadEntry): string => entryId(category.id, entry.trigger, entry.subject);
  const found = await ledger.read(all.map(idOf));
  const keys = await subjectKeys();
  const page = all.filter((old) => found.get(idOf(old))?.entry.state !== 'malformed');
  const conflicts = await ledger.write(
    page.map((old) => {
      const read = found.get(idOf(old));
      const entry =
        read === undefined ? renamed(old.entry, category.id) : joinedEntry(old.entry, read.entry, rule, now, keys);
      return { entry, read };
    }),
  );
  const moved = page.filter((old) => !conflicts.has(idOf(old)));
  const kept = await ledger.remove(moved);
  return moved.length - kept.size;
};

/**
 * Moves every entry of a category, closed ones too, to the category's new id, after their events and receipts. It must
 * never remove an entry before it exists under the new id. After a crash in between, both exist, and a second move
 * joins them.
 * @returns how many were moved, and how many were changed by others meanwhile. The latter stay, and have to be moved
 *   again.
 * @throws InputError `bad-renaming`; TransientError if the ledger does not answer.
 */
export const moveEntries = async (
  policy: Pick<RetentionPolicy, 'categories'>,
  renaming: Renaming,
  ports: RenamePorts,
  now: Instant,
): Promise<{ readonly moved: number; readonly left: number }> => {
  const target = renamedCategory(policy, renaming);
  const { ledger } = ports;
  const found = await ledger.find({ category: renaming.from }, ALL_ENTRIES);
  const entries = found.entries.filter(({ entry }) => !isMalformed(entry));
  let moved = 0;
  for (let offset = 0; offset < entries.length; offset += ENTRIES_AT_ONCE) {
    const page = entries.slice(offset, offset + ENTRIES_AT_ONCE);
    await copyEvidence(page, renaming, ports);
    moved += await movePage(page, target, ports, now);
  }
  return { moved, left: found.entries.length - moved };
};
