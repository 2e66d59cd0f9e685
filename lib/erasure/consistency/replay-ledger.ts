import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import { brakeErasures } from '../brakes/brake-erasures.ts';
import { braked, brakeStatus } from '../brakes/decisions.ts';
import type { AccountEvent } from '../events/account-event.ts';
import { eventId } from '../events/event-id.ts';
import { believedSubject } from '../ledger/believed-subject.ts';
import { countedEvents, isUnproven } from '../ledger/entry-check.ts';
import type { ReadEntry } from '../ledger/ledger.ts';
import {
  type Closure,
  categoryOfEntry,
  entryId,
  type HeardEvent,
  isMalformed,
  isOpen,
  isReceiptDue,
  type LedgerEntry,
  NO_PROGRESS,
  originIn,
} from '../ledger/ledger-entry.ts';
import { obligationOf } from '../ledger/obligation.ts';
import type { CategoryVisit } from '../recording/category-visit.ts';
import type { RecordPorts } from '../recording/record-ports.ts';
import { subjectName } from '../subjects/subject-hash.ts';
import { type ArchivedClosures, closuresFor } from './archived-closures.ts';
import { EventIndex, hashIn } from './event-index.ts';
import type { LedgerWitness } from './ledger-witness.ts';
import { restoredEntry } from './replay-entry.ts';
import { type ArchivedEvent, restoreEvents } from './replay-events.ts';
import { comparedSince } from './witnesses.ts';

export interface RestorePorts extends RecordPorts {
  readonly policy: RetentionPolicy;
  readonly witness: LedgerWitness;
  /** Collects the categories that do not answer. */
  readonly visit: CategoryVisit;
  /** The closures of these entries, if the archive has copies. */
  readonly closuresOf: (ids: ReadonlySet<string>) => Promise<ArchivedClosures>;
}

/** The numbers of restored records. */
export interface Restored {
  /** Entries that were rebuilt. */
  readonly entries: number;
  /** Entries that cannot be rebuilt: no other record says which erasure they owe, or to whom. */
  readonly notRestored: number;
  /** The ids of open entries under a version of the subject key that is missing in the key ring. */
  readonly underLostKeys: readonly string[];
  /** Events that were restored from the archive. */
  readonly events: number;
  /** Edited events that were removed, because the archive has no copy of them. */
  readonly removedEvents: number;
}

/** The archive's events of each subject, by the subject's names under all key versions. */
type BySubject = ReadonlyMap<string, readonly AccountEvent[]>;

const bySubject = (archived: readonly ArchivedEvent[], { hashes }: RecordPorts): BySubject => {
  const named = archived.flatMap(({ event }) =>
    hashes(event.subject).map((hash) => ({ name: subjectName(hash), event })),
  );
  return new Map([...Map.groupBy(named, ({ name }) => name)].map(([name, of]) => [name, of.map(({ event }) => event)]));
};

/**
 * Keeps the brake on an entry that is rebuilt, if the event log or the altered entry has one. Only a confirmation
 * removes it.
 */
const keepBrake = async (
  restored: LedgerEntry,
  { entry }: ReadEntry,
  { events, proveConfirmation }: RestorePorts,
): Promise<LedgerEntry> => {
  if (!isOpen(restored)) return restored;
  const decisions = await events(restored.category).decisions([restored.subject.hash]);
  const status = brakeStatus(restored, decisions, proveConfirmation);
  return status === 'braked' || (status === 'free' && entry.state === 'braked') ? braked(restored) : restored;
};

/**
 * Takes the request id from the sealed copy, since anybody who can write to the event log may have changed it there.
 */
const asArchived = (event: HeardEvent, copies: readonly AccountEvent[]): HeardEvent => {
  const { type, at, immediate } = event;
  const copy = copies.find((each) => each.type === type && each.at === at && each.immediate === immediate);
  return copy === undefined ? event : { ...event, requestId: copy.requestId };
};

/** Rebuilds an entry from the events of the log and of the archive. */
const rebuildFromEvents = async (
  read: ReadEntry,
  rule: TerminationRule,
  archived: BySubject,
  closures: readonly Closure[],
  ports: RestorePorts,
): Promise<LedgerEntry | undefined> => {
  const { events, hashes, withProof, clock, policy, witness } = ports;
  const { entry } = read;
  const keys = await witness.keys();
  const now = clock();
  const origin = originIn(entry.id);
  const own = subjectName(origin.hash);
  const atHome = { ...entry, trigger: origin.trigger, subject: origin.hash };
  // An account without its proof may be a guess. If it were used without a copy in the archive, the result would reveal
  // whether the guess is right.
  const named = keys && believedSubject(atHome, keys);
  const copies = archived.get(own) ?? [];
  const subject = copies[0]?.subject ?? named;
  const names = [own, ...(subject === undefined ? [] : hashes(subject).map(subjectName))];
  const index = new EventIndex(await events(origin.category).about(names.map(hashIn)));
  const heard = [
    ...countedEvents(index.about(names), now).map((each) => asArchived(each, copies)),
    ...copies.map(({ type, at, immediate, requestId }) => ({ type, at, immediate, requestId, heardAt: now })),
  ];
  const recent = heard.filter(({ at }) => at >= comparedSince(policy, now));
  const owed = [heard, recent].map((each) => obligationOf(each, origin.trigger, rule));
  // The reinstatement after an old termination may have been forgotten.
  if (heard.length === 0 || owed[0]?.terminatedAt !== owed[1]?.terminatedAt) return undefined;
  // If an entry is proven to be open, it was open when we last wrote it. For example, the ledger was restored together
  // with its documents. So its archived closures do not apply.
  const ours = closuresFor(atHome, named === undefined ? closures : [], keys).map((each) =>
    isUnproven(atHome, each, keys) ? { ...each, withoutReceipt: true } : each,
  );
  // Without a proof, somebody may have written the progress, and the receipt would state it.
  const progress = named === undefined ? NO_PROGRESS : entry.progress;
  const restored = restoredEntry(
    { ...entry, closures: ours, progress },
    { ...origin, subject, events: heard },
    rule,
    now,
  );
  return restored && keepBrake(withProof(restored), read, ports);
};

const restoreCategory = async (
  category: Category | undefined,
  archived: BySubject,
  ports: RestorePorts,
): Promise<Pick<Restored, 'entries' | 'notRestored' | 'underLostKeys'>> => {
  const rule = category?.rules.termination;
  const underLostKeys: string[] = [];
  let [entries, notRestored] = [0, 0];
  if (category === undefined || rule === undefined) return { entries, notRestored, underLostKeys };
  const altered = await ports.witness.altered(category, ports.clock());
  // A document that is no entry cannot be rebuilt.
  const ids = [...altered].filter(([, alteration]) => alteration !== 'stranger').map(([id]) => id);
  notRestored += altered.size - ids.length;
  const reads = await ports.ledger.read(ids);
  const closures = await ports.closuresOf(new Set(ids));
  for (const [id, read] of reads) {
    if (altered.get(id) === 'key') {
      underLostKeys.push(id);
      continue;
    }
    const isHidden = altered.get(id) === 'hidden' && !isMalformed(read.entry);
    // If only the indexed values were changed, the entry itself is intact.
    const entry = isHidden ? read.entry : await rebuildFromEvents(read, rule, archived, closures.get(id) ?? [], ports);
    const isWritten = entry !== undefined && (await ports.ledger.write([{ entry, read }])).size === 0;
    if (isWritten) entries += 1;
    else notRestored += 1;
  }
  return { entries, notRestored, underLostKeys };
};

/**
 * Restores records that were edited by hand: first events from the archive, then entries from their events. A category
 * that does not answer is left unchanged.
 * @param archived every copy; if one cannot be opened, a reinstatement may be missing.
 */
export const restoreLedger = async (
  archived: readonly ArchivedEvent[],
  ids: ReadonlySet<string>,
  ports: RestorePorts,
): Promise<Restored> => {
  const { policy, visit } = ports;
  const erasing = [...policy.categories.values()].flatMap(({ id, rules }) =>
    rules.termination === undefined ? [] : id,
  );
  const events = await visit.each(erasing, (id) => restoreEvents(id, archived, ids, policy, ports));
  const copies = bySubject(archived, ports);
  const found = await visit.each(erasing, (id) => restoreCategory(policy.categories.get(id), copies, ports));
  const [ofEvents, ofEntries] = [[...events.values()], [...found.values()]];
  return {
    events: new Set(ofEvents.flatMap(({ again }) => again)).size,
    removedEvents: new Set(ofEvents.flatMap(({ removed }) => removed)).size,
    entries: ofEntries.reduce((sum, each) => sum + each.entries, 0),
    notRestored: ofEntries.reduce((sum, each) => sum + each.notRestored, 0),
    underLostKeys: ofEntries.flatMap((each) => each.underLostKeys),
  };
};

/**
 * Removes open entries under a key version that is missing in the ring, if the same account has an entry under the
 * current version. An archived event proves by its id that the old hash stands for that account. It must never remove
 * an entry of an unknown account, or one whose receipt is still due.
 * @param ids of the entries.
 * @returns the number of removed entries.
 */
export const moveFromLostKeys = async (
  ids: readonly string[],
  archived: readonly ArchivedEvent[],
  { visit, ...ports }: Pick<RestorePorts, 'ledger' | 'events' | 'hashes' | 'proveConfirmation' | 'clock' | 'visit'>,
): Promise<number> => {
  const byCategory = Map.groupBy(ids, categoryOfEntry);
  const moved = await visit.each(byCategory.keys(), (category) =>
    moveInCategory(byCategory.get(category) ?? [], archived, ports),
  );
  return [...moved.values()].reduce((sum, each) => sum + each, 0);
};

const moveInCategory = async (
  ids: readonly string[],
  archived: readonly ArchivedEvent[],
  { hashes, ...ports }: Pick<RecordPorts, 'ledger' | 'events' | 'hashes' | 'proveConfirmation' | 'clock'>,
): Promise<number> => {
  const { ledger } = ports;
  let moved = 0;
  for (const read of (await ledger.read(ids)).values()) {
    const { category, trigger, hash } = originIn(read.entry.id);
    const copy = archived.find(({ id, event }) => eventId(hash, event) === id);
    const [current] = copy === undefined ? [] : hashes(copy.event.subject);
    if (current === undefined || isMalformed(read.entry) || read.entry.closures.some(isReceiptDue)) continue;
    const carriedOn = (await ledger.read([entryId(category, trigger, current)])).get(
      entryId(category, trigger, current),
    );
    if (carriedOn === undefined || isMalformed(carriedOn.entry)) continue;
    if (read.entry.state === 'braked') await brakeErasures(category, [{ read: carriedOn, reason: 'rate' }], ports);
    if ((await ledger.remove([read])).size === 0) moved += 1;
  }
  return moved;
};
