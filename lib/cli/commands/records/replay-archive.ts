import { InputError, TransientError } from '../../../base/errors.ts';
import type { Archive, Archived } from '../../../erasure/archive/archive.ts';
import { replayReach } from '../../../erasure/archive/archive-periods.ts';
import { archivedClosures } from '../../../erasure/consistency/archived-closures.ts';
import { moveEntries, type Renaming, renamedCategory } from '../../../erasure/consistency/rename-category.ts';
import type { ArchivedEvent } from '../../../erasure/consistency/replay-events.ts';
import {
  moveFromLostKeys,
  type Restored,
  type RestorePorts,
  restoreLedger,
} from '../../../erasure/consistency/replay-ledger.ts';
import type { AccountEvent } from '../../../erasure/events/account-event.ts';
import { isTooFarAhead } from '../../../erasure/events/event-fields.ts';
import type { EventLog } from '../../../erasure/events/event-log.ts';
import { isOpen } from '../../../erasure/ledger/ledger-entry.ts';
import { unmatchedKeyIds } from '../../../erasure/ledger/unmatched-keys.ts';
import { issuedIdsBy } from '../../../erasure/receipts/closed-request.ts';
import { CategoryVisit, type Unreached } from '../../../erasure/recording/category-visit.ts';
import { keepEvent } from '../../../erasure/recording/keep-event.ts';
import { placesOf, recordAllEverywhere } from '../../../erasure/recording/record-everywhere.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { assertOurClock } from '../../clock-check.ts';
import type { Session } from '../../session.ts';
import { findMissing, type MissingCopies } from './missing-copies.ts';

/** The result of a replay. */
export interface Replayed extends MissingCopies {
  readonly events: number;
  /** Events that the ledger did not contain. */
  readonly recorded: number;
  readonly unreadable: number;
  /** The ids of copies that cannot be opened. */
  readonly unreadableIds: readonly string[];
  /** Files among the copies whose names are not ours. They are ignored. */
  readonly strangers: readonly string[];
  /** Terminations that were not recorded, because a reinstatement may be among the unreadable copies. */
  readonly withheld: number;
  /** Terminations that were left out, because their reinstatement may be forgotten. */
  readonly tooOld: number;
  /** Reinstatements that were left out, because they would cancel terminations that have not come yet. */
  readonly tooFarAhead: number;
  /** Entries that were moved to their category's new id. */
  readonly moved: number;
  /** Records that had been edited by hand, and what a replay could restore of them. */
  readonly restored: Restored;
  /** The number of entries that owe an erasure afterwards. */
  readonly owed: number;
  /** Categories whose records did not answer. The replay recorded nothing there, or only a part. */
  readonly unreached: readonly Unreached[];
}

const isReadable = (copy: Archived): copy is Extract<Archived, { content: object }> => 'content' in copy;
const isReinstatement = ({ type }: AccountEvent): boolean => type === 'account-reinstated';

const archivedEvents = async (archive: Archive) => {
  const copies: ArchivedEvent[] = [];
  const unreadableIds: string[] = [];
  const strangers: string[] = [];
  for await (const copy of archive.list('events')) {
    if (isReadable(copy)) copies.push({ id: copy.id, event: copy.content as AccountEvent });
    else (copy.unreadable === 'no-copy' ? strangers : unreadableIds).push(copy.id);
  }
  return { copies, unreadableIds, strangers };
};

/** Sorts events by arrival, so that the same events as before exceed the hourly limit. */
const byArrival = (a: ArchivedEvent, b: ArchivedEvent): number => (a.event.arrivedAt ?? 0) - (b.event.arrivedAt ?? 0);

const NOTHING_RESTORED: Restored = { entries: 0, notRestored: 0, underLostKeys: [], events: 0, removedEvents: 0 };

/**
 * Decides which events are recorded, and in which order. Reinstatements come first: if a run erases meanwhile, or this
 * process dies, nothing may be owed to a reinstated subject.
 * @param isWhole whether every copy was opened and none is lost.
 * @param now terminations older than `reach` before it, and reinstatements dated ahead of it, are left out.
 * @param reach milliseconds: as long as the reinstatement of a termination is certain to be in the archive.
 */
const selectionOf = (copies: readonly ArchivedEvent[], isWhole: boolean, now: Instant, reach: number) => {
  const reinstatements = copies.filter(({ event }) => isReinstatement(event));
  const terminations = copies.filter(({ event }) => !isReinstatement(event));
  const isAhead = ({ event: { type, at } }: ArchivedEvent): boolean => isTooFarAhead(type, at, now);
  const isOld = ({ event: { at } }: ArchivedEvent): boolean => at < now - reach;
  const past = reinstatements.filter((copy) => !isAhead(copy));
  const recent = terminations.filter((copy) => !isOld(copy));
  return {
    inOrder: [...past, ...(isWhole ? recent.toSorted(byArrival) : [])],
    withheld: isWhole ? [] : recent,
    tooOld: terminations.filter(isOld),
    tooFarAhead: reinstatements.filter(isAhead),
  };
};

/**
 * Adds events that replay will never record to the event log, if they owe nothing there. Otherwise the archive would
 * seem to know more than the event log for as long as it contains the copies.
 */
const keepLeftOut = async (copies: readonly ArchivedEvent[], ports: RestorePorts): Promise<void> => {
  await ports.visit.each(erasingIn(ports.policy), async (category) => {
    for (const { id, event } of copies) await keepEvent(event, category, ports, id);
  });
};

const erasingIn = ({ categories }: Session['policy']): readonly string[] =>
  [...categories.values()].flatMap(({ id, rules }) => (rules.termination === undefined ? [] : id));

const move = async (
  { policy, ports: { clock }, erasure }: Session,
  renamings: readonly Renaming[],
): Promise<number> => {
  for (const renaming of renamings) renamedCategory(policy, renaming);
  let moved = 0;
  for (const renaming of renamings) {
    const result = await moveEntries(policy, renaming, erasure, clock());
    if (result.left > 0) throw entriesChanged(renaming, result.left);
    moved += result.moved;
  }
  return moved;
};

const entriesChanged = ({ from }: Renaming, left: number): TransientError =>
  new TransientError('ledger-conflict', {
    expected: `to move every entry of "${from}"`,
    found: `${left} that others changed meanwhile`,
    fix: 'Run the command again: it continues with them.',
  });

/** The ids among these that are in no event log of a category that answers. */
const missingInAll =
  ({ policy, erasure }: Session, visit: CategoryVisit): EventLog['missing'] =>
  async (ids) => {
    let missing: ReadonlySet<string> = new Set(ids);
    await visit.each(erasingIn(policy), async (id) => {
      missing = await erasure.events(id).missing([...missing]);
    });
    return missing;
  };

/** Events that are recorded together. */
const RECORDED_TOGETHER = 1_000;

/**
 * Splits events, in their order, into batches that are recorded together. A batch never contains two events of one
 * subject, nor a termination beside a reinstatement: every event of an earlier batch has been recorded before the next
 * batch begins.
 */
function* batchesOf(copies: readonly ArchivedEvent[]): Generator<readonly ArchivedEvent[]> {
  let batch: ArchivedEvent[] = [];
  let subjects = new Set<string>();
  for (const copy of copies) {
    const { uin, sdkAppId } = copy.event.subject;
    const subject = JSON.stringify([uin, sdkAppId]);
    const [last] = batch;
    const isOther = last !== undefined && isReinstatement(last.event) !== isReinstatement(copy.event);
    if (batch.length === RECORDED_TOGETHER || subjects.has(subject) || isOther) {
      yield batch;
      batch = [];
      subjects = new Set();
    }
    batch.push(copy);
    subjects.add(subject);
  }
  if (batch.length > 0) yield batch;
}

/**
 * Records these events where the records answer, and returns the results. A category that has failed once is not asked
 * again.
 */
const recordAll = async (copies: readonly ArchivedEvent[], ports: RestorePorts) => {
  const places = await placesOf(ports.policy, ports.ledger);
  const open = new Map<string, boolean>();
  let recorded = 0;
  for (const batch of batchesOf(copies))
    for (const { isNew, entries } of await recordAllEverywhere(batch, places, ports, ports.visit)) {
      if (isNew) recorded += 1;
      for (const entry of entries) open.set(entry.id, isOpen(entry));
    }
  return { recorded, owed: [...open.values()].filter(Boolean).length };
};

/** An entry under a lost key may have been moved to the current key meanwhile. */
const clearDoubts = async ({ erasure }: Session, visit: CategoryVisit): Promise<void> => {
  const known = new Set((await erasure.subjectKeys()).subject.keys.keys());
  await visit.clearDoubts(async (category) => (await unmatchedKeyIds(category, known, erasure.ledger)).length === 0);
};

/**
 * Moves entries to new category ids, rebuilds records that were edited by hand, then records every event of the archive
 * again.
 * @param despiteMissing whether terminations are recorded although the content of some missing copies is unknown.
 * @throws InputError `bad-renaming`, or without keys or archive; TransientError if the archive, or a renamed category,
 *   does not answer.
 */
export const replay = async (
  session: Session,
  renamings: readonly Renaming[],
  despiteMissing: boolean,
): Promise<Replayed> => {
  const { policy, ports: own, erasure } = session;
  await assertOurClock(session);
  const [archive, record] = [await erasure.archive(), await erasure.openRecord()];
  const visit = new CategoryVisit();
  const receiptIdOf = issuedIdsBy(await erasure.subjectKeys());
  const closuresOf = (of: ReadonlySet<string>) => archivedClosures(of, archive, receiptIdOf);
  const moved = await move(session, renamings);
  const { copies, unreadableIds, strangers } = await archivedEvents(archive);
  const unreadable = unreadableIds.length;
  const ids = new Set([...copies.map(({ id }) => id), ...unreadableIds]);
  // A copy that has just been read need not be written again.
  const archiveEvent: typeof record.archiveEvent = async (id, event) =>
    ids.has(id) ? undefined : record.archiveEvent(id, event);
  const ports: RestorePorts = { ...record, archiveEvent, policy, witness: own.witness, visit, closuresOf };
  const missing = await findMissing(archive, ids, { missing: missingInAll(session, visit) }, policy, own.clock());
  const isWhole = unreadable === 0 && (missing.lost === 0 || despiteMissing);
  const { inOrder, withheld, tooOld, tooFarAhead } = selectionOf(copies, isWhole, own.clock(), replayReach(policy));
  // A reinstatement may be among the unreadable or lost copies.
  const restored = isWhole ? await restoreLedger(copies, new Set(copies.map(({ id }) => id)), ports) : NOTHING_RESTORED;
  const { recorded, owed } = await recordAll(inOrder, ports);
  await keepLeftOut([...tooOld, ...tooFarAhead], ports);
  const lost = restored.underLostKeys;
  const movedFromLostKeys = await moveFromLostKeys(lost, copies, ports);
  await clearDoubts(session, visit);
  return {
    events: copies.length + unreadable,
    recorded,
    unreadable,
    unreadableIds,
    strangers,
    withheld: withheld.length,
    tooOld: tooOld.length,
    tooFarAhead: tooFarAhead.length,
    moved,
    restored: {
      ...restored,
      entries: restored.entries + movedFromLostKeys,
      notRestored: restored.notRestored + lost.length - movedFromLostKeys,
    },
    owed,
    unreached: visit.unreached,
    ...missing,
  };
};

/**
 * Reads the values of `--renamed`.
 * @throws InputError `bad-renaming`
 */
export const readRenamings = (texts: readonly string[] = []): readonly Renaming[] =>
  texts.map((text) => {
    const [from, to, ...more] = text.split('=');
    if (from && to && more.length === 0) return { from, to };
    throw new InputError('bad-renaming', {
      expected: '--renamed <old name>=<new name>',
      found: `"${text}"`,
      fix: 'Give the name of the category in the ledger first, then its name in the policy.',
    });
  });
