import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import { type ArchivedClosures, closuresFor } from '../archive/archived-closures.ts';
import { holdBack } from '../due/hold-back.ts';
import { braked, brakeStatus } from '../events/decisions.ts';
import { eventId } from '../events/event-id.ts';
import { EventIndex, hashIn } from '../events/event-index.ts';
import type { TerminationEvent } from '../events/termination-event.ts';
import type { Gathering } from '../gathering.ts';
import { heardOf, isUnproven } from '../ledger/entry-check.ts';
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
import type { RecordPorts } from '../recording/record-ports.ts';
import { believedSubject } from '../subjects/believed-subject.ts';
import { subjectName } from '../subjects/subject-hash.ts';
import { witnessedFrom } from './forgotten.ts';
import type { LedgerWitness } from './ledger-witness.ts';
import { mendedEntry } from './replay-entry.ts';
import { type ArchivedEvent, mendEvents } from './replay-events.ts';

/** What mending needs. */
export interface MendPorts extends RecordPorts {
  readonly policy: RetentionPolicy;
  readonly witness: LedgerWitness;
  /** Keeps the categories that do not answer. */
  readonly gathering: Gathering;
  /** The closures of these entries, as far as the archive has copies. */
  readonly closuresOf: (ids: ReadonlySet<string>) => Promise<ArchivedClosures>;
}

/** What was mended. */
export interface Mended {
  /** Entries that were worked out again. */
  readonly entries: number;
  /** Entries that nobody can work out: what they owe, or to whom, stands nowhere else. */
  readonly unmended: number;
  /** The ids of open entries under a version of the subject key that the ring has not got. */
  readonly underLostKeys: readonly string[];
  /** Events that were written again from the archive. */
  readonly events: number;
  /** Events that were edited, and of which the archive has no copy: removed. */
  readonly removedEvents: number;
}

/** The archive's events of each subject, by its name under every version of the key. */
type BySubject = ReadonlyMap<string, readonly TerminationEvent[]>;

const bySubject = (archived: readonly ArchivedEvent[], { hashes }: RecordPorts): BySubject => {
  const named = archived.flatMap(({ event }) =>
    hashes(event.subject).map((hash) => ({ name: subjectName(hash), event })),
  );
  return new Map([...Map.groupBy(named, ({ name }) => name)].map(([name, of]) => [name, of.map(({ event }) => event)]));
};

/** A brake stays on an entry that is worked out again: the event log says so, or the altered entry. Only a confirmation takes it off. */
const heldAsBefore = async (
  mended: LedgerEntry,
  { entry }: ReadEntry,
  { events, proveConfirmation }: MendPorts,
): Promise<LedgerEntry> => {
  if (!isOpen(mended)) return mended;
  const decisions = await events(mended.category).decisions([mended.subject.hash]);
  const status = brakeStatus(mended, decisions, proveConfirmation);
  return status === 'braked' || (status === 'free' && entry.state === 'braked') ? braked(mended) : mended;
};

/** By which request an event came, its sealed copy tells: whoever may write into the event log may say another. */
const asArchived = (event: HeardEvent, copies: readonly TerminationEvent[]): HeardEvent => {
  const { type, at, immediate } = event;
  const copy = copies.find((each) => each.type === type && each.at === at && each.immediate === immediate);
  return copy === undefined ? event : { ...event, requestId: copy.requestId };
};

/** What an entry owes by the events of the log and of the archive. */
const workedOut = async (
  read: ReadEntry,
  rule: TerminationRule,
  archived: BySubject,
  closures: readonly Closure[],
  ports: MendPorts,
): Promise<LedgerEntry | undefined> => {
  const { events, hashes, withProof, clock, policy, witness } = ports;
  const { entry } = read;
  const keys = await witness.keys();
  const now = clock();
  const origin = originIn(entry.id);
  const own = subjectName(origin.hash);
  const atHome = { ...entry, trigger: origin.trigger, subject: origin.hash };
  // A name without its proof may be a guess: to take it up where the archive says nothing would tell that it is right.
  const named = keys && believedSubject(atHome, keys);
  const copies = archived.get(own) ?? [];
  const subject = copies[0]?.subject ?? named;
  const names = [own, ...(subject === undefined ? [] : hashes(subject).map(subjectName))];
  const index = new EventIndex(await events(origin.category).about(names.map(hashIn)));
  const heard = [
    ...heardOf(index.about(names), now).map((each) => asArchived(each, copies)),
    ...copies.map(({ type, at, immediate, requestId }) => ({ type, at, immediate, requestId, heardAt: now })),
  ];
  const recent = heard.filter(({ at }) => at >= witnessedFrom(policy, now));
  const owed = [heard, recent].map((each) => obligationOf(each, origin.trigger, rule));
  // What took an old termination back may be forgotten.
  if (heard.length === 0 || owed[0]?.terminatedAt !== owed[1]?.terminatedAt) return undefined;
  // One that is proven to be open was so when we wrote it last: a ledger that was restored, with its documents, owes what it says.
  const ours = closuresFor(atHome, named === undefined ? closures : [], keys).map((each) =>
    isUnproven(atHome, each, keys) ? { ...each, withoutReceipt: true } : each,
  );
  // How far the erasure had come nobody can tell who cannot prove it: somebody may have written it, and a receipt would say so.
  const progress = named === undefined ? NO_PROGRESS : entry.progress;
  const mended = mendedEntry({ ...entry, closures: ours, progress }, { ...origin, subject, events: heard }, rule, now);
  return mended && heldAsBefore(withProof(mended), read, ports);
};

const mendCategory = async (
  category: Category | undefined,
  archived: BySubject,
  ports: MendPorts,
): Promise<Pick<Mended, 'entries' | 'unmended' | 'underLostKeys'>> => {
  const rule = category?.rules.termination;
  const underLostKeys: string[] = [];
  let [entries, unmended] = [0, 0];
  if (category === undefined || rule === undefined) return { entries, unmended, underLostKeys };
  const altered = await ports.witness.altered(category, ports.clock());
  // What is no entry nobody can work out.
  const ids = [...altered].filter(([, alteration]) => alteration !== 'stranger').map(([id]) => id);
  unmended += altered.size - ids.length;
  const reads = await ports.ledger.read(ids);
  const closures = await ports.closuresOf(new Set(ids));
  for (const [id, read] of reads) {
    if (altered.get(id) === 'key') {
      underLostKeys.push(id);
      continue;
    }
    const isHidden = altered.get(id) === 'hidden' && !isMalformed(read.entry);
    // What is only indexed otherwise says what it did.
    const entry = isHidden ? read.entry : await workedOut(read, rule, archived, closures.get(id) ?? [], ports);
    const isWritten = entry !== undefined && (await ports.ledger.write([{ entry, read }])).size === 0;
    if (isWritten) entries += 1;
    else unmended += 1;
  }
  return { entries, unmended, underLostKeys };
};

/**
 * Mends what was edited by hand: events from the archive, then entries from their events. A category that does not answer is left as it is.
 * @param archived every copy: with one that does not open, what takes a termination back may be missing.
 */
export const mendLedger = async (
  archived: readonly ArchivedEvent[],
  ids: ReadonlySet<string>,
  ports: MendPorts,
): Promise<Mended> => {
  const { policy, gathering } = ports;
  const erasing = [...policy.categories.values()].flatMap(({ id, rules }) =>
    rules.termination === undefined ? [] : id,
  );
  const events = await gathering.each(erasing, (id) => mendEvents(id, archived, ids, policy, ports));
  const copies = bySubject(archived, ports);
  const found = await gathering.each(erasing, (id) => mendCategory(policy.categories.get(id), copies, ports));
  const [ofEvents, mended] = [[...events.values()], [...found.values()]];
  return {
    events: new Set(ofEvents.flatMap(({ again }) => again)).size,
    removedEvents: new Set(ofEvents.flatMap(({ removed }) => removed)).size,
    entries: mended.reduce((sum, each) => sum + each.entries, 0),
    unmended: mended.reduce((sum, each) => sum + each.unmended, 0),
    underLostKeys: mended.flatMap((each) => each.underLostKeys),
  };
};

/**
 * Removes open entries under a version of the key that the ring has not got, once the same account has one under the current version: an
 * archived event proves by its id that the old hash stood for it. Never removes one whose account nobody knows, nor one with a receipt
 * that is still due.
 * @param ids of the entries.
 * @returns how many were removed.
 */
export const moveFromLostKeys = async (
  ids: readonly string[],
  archived: readonly ArchivedEvent[],
  {
    gathering,
    ...ports
  }: Pick<MendPorts, 'ledger' | 'events' | 'hashes' | 'proveConfirmation' | 'clock' | 'gathering'>,
): Promise<number> => {
  const byCategory = Map.groupBy(ids, categoryOfEntry);
  const moved = await gathering.each(byCategory.keys(), (category) =>
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
    if (read.entry.state === 'braked') await holdBack(category, [{ read: carriedOn, reason: 'rate' }], ports);
    if ((await ledger.remove([read])).size === 0) moved += 1;
  }
  return moved;
};
