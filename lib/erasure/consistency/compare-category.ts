import { SUBJECTS_PER_RUN } from '../../criteria/due-criteria.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { RememberedEvent } from '../events/event-log.ts';
import { type Alteration, hasCopied } from '../ledger/entry-check.ts';
import type { ReadEntry } from '../ledger/ledger.ts';
import { CLOSED_STATES, categoryOfEntry, isEntryId, isOpen, OPEN_STATES } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';
import type { EventIndex } from './event-index.ts';
import { compareWithEvents, type JudgedEntries, judgedIds, judgeEntries } from './judge-entries.ts';
import { type CategoryEvidence, heardAtOf, type WitnessReadings } from './witness-readings.ts';
import { MAX_WITNESSED } from './witnesses.ts';

/** Number of entries read at once. */
const ENTRIES_AT_ONCE = 5_000;

/** An event that is in no entry, and the ids of the entries that should contain it. */
interface Unheard {
  readonly event: RememberedEvent;
  readonly ids: readonly string[];
}

/** The result of comparing the entries of one category with its events. */
export interface Comparison {
  /** Events that were in no entry when they were first looked up. */
  readonly missing: readonly Unheard[];
  /** Entries that are not believed, by id. */
  readonly altered: ReadonlyMap<string, Alteration>;
}

/**
 * The same for entries that should contain an event. It also has the entries that searches do not find, and the number
 * of closed entries.
 */
interface HeardComparison extends Comparison {
  readonly hidden: ReadonlySet<string>;
  readonly closed: number;
}

const addAll = (to: Set<string>, more: Iterable<string>): void => {
  for (const each of more) to.add(each);
};

/** Checks that every entry that should contain an event exists, and agrees with its events. */
const compareHeard = async (
  category: Category,
  index: EventIndex,
  evidence: CategoryEvidence,
  readings: WitnessReadings,
  known?: JudgedEntries,
): Promise<HeardComparison> => {
  const { ledger } = readings.witnesses;
  const judged = judgedIds(known);
  const events = index
    .expectedInEntries(evidence.now, evidence.keys)
    .map((event) => ({ event, ids: index.entryIds(event, category) }));
  const existingIds = new Set(judged);
  const suspects = new Map<string, ReadEntry>();
  const hidden = new Set(await ledger.hidden(category.id, known?.believed ?? []));
  let closed = 0;
  const ids = [...new Set(events.flatMap((each) => each.ids))].filter((id) => !judged.has(id));
  for (let offset = 0; offset < ids.length; offset += ENTRIES_AT_ONCE) {
    const reads = [...(await ledger.read(ids.slice(offset, offset + ENTRIES_AT_ONCE))).values()];
    for (const { entry } of reads) existingIds.add(entry.id);
    addAll(hidden, await ledger.hidden(category.id, reads));
    closed += reads.filter(({ entry }) => !isOpen(entry)).length;
    const { altered } = compareWithEvents(reads, index, evidence);
    for (const read of reads) if (altered.has(read.entry.id)) suspects.set(read.entry.id, read);
  }
  // If an account has entries under several versions of the key, the event is in one of them only.
  for (const { ids: siblings } of events)
    if (siblings.some((id) => existingIds.has(id) && !suspects.has(id))) for (const id of siblings) suspects.delete(id);
  const missing = events.filter((each) => each.ids.length > 0 && !each.ids.some((id) => existingIds.has(id)));
  const of = { category: category.id, rule: evidence.rule, now: evidence.now };
  const { altered } = await judgeEntries(of, [...suspects.values()], readings);
  return { missing, altered, closed, hidden };
};

/** A document that somebody wrote into a ledger under another kind of id is no entry. */
const isOfCategory = (id: string, category: string): boolean => isEntryId(id) && categoryOfEntry(id) === category;

/** Checks that the events of every open entry justify it. Only the most urgent entries are checked. */
const compareOpen = async (
  { id: category }: Category,
  rule: TerminationRule,
  now: Instant,
  readings: WitnessReadings,
  known?: JudgedEntries,
): Promise<Comparison['altered']> => {
  const { ledger } = readings.witnesses;
  const query = { category, states: OPEN_STATES };
  const judged = judgedIds(known);
  if (judged.size > 0 && (await ledger.find(query, 0)).total <= judged.size) return new Map();
  const { entries } = await ledger.find(query, SUBJECTS_PER_RUN);
  const others = entries.filter(({ entry }) => !judged.has(entry.id));
  return (await judgeEntries({ category, rule, now }, others, readings)).altered;
};

/**
 * Checks that the closures of closed entries were sealed for these entries. Otherwise a copied entry of another account
 * or trigger would make an erasure look done. Runs only if there are more closed entries than the events explain.
 */
const compareClosed = async (
  { id: category }: Category,
  rule: TerminationRule,
  evidence: CategoryEvidence,
  readings: WitnessReadings,
  known: number,
): Promise<Comparison['altered']> => {
  const { ledger } = readings.witnesses;
  const query = { category, states: CLOSED_STATES };
  if (evidence.keys === undefined || (await ledger.find(query, 0)).total <= known) return new Map();
  const suspects: ReadEntry[] = [];
  let looked = 0;
  for await (const { entries } of ledgerPages(ledger, query, ENTRIES_AT_ONCE)) {
    suspects.push(...entries.filter(({ entry }) => hasCopied(entry, evidence.keys)));
    looked += entries.length;
    if (looked >= MAX_WITNESSED || suspects.length >= SUBJECTS_PER_RUN) break;
  }
  return (await judgeEntries({ category, rule, now: evidence.now }, suspects, readings)).altered;
};

/**
 * Compares the entries of a category with its events.
 * @param known entries that were judged before.
 * @throws TransientError if ledger or event log do not answer.
 */
export const compareCategory = async (
  category: Category,
  now: Instant,
  readings: WitnessReadings,
  known?: JudgedEntries,
): Promise<Comparison> => {
  const rule = category.rules.termination;
  if (rule === undefined) return { missing: [], altered: new Map() };
  const evidence = await readings.evidence(category.id, rule, now);
  const index = await readings.events(category.id, now);
  const { missing, altered, closed, hidden } = await compareHeard(category, index, evidence, readings, known);
  const open = await compareOpen(category, rule, now, readings, known);
  const copied = await compareClosed(category, rule, evidence, readings, closed);
  const unfound = [...hidden, ...(await readings.witnesses.ledger.hidden(category.id))].map(
    (id) => [id, isOfCategory(id, category.id) ? 'hidden' : 'stranger'] as const,
  );
  return { missing, altered: new Map([...unfound, ...altered, ...open, ...copied, ...(known?.altered ?? [])]) };
};

/** Looks these events up again, after a wait if they are recent, and returns those that still are in no entry. */
export const findStillMissing = async (
  missing: Comparison['missing'],
  now: Instant,
  readings: WitnessReadings,
): Promise<Comparison['missing']> => {
  if (missing.length === 0) return [];
  await readings.waitIfYoung(heardAtOf(missing.map(({ event }) => event)), now);
  const still: Unheard[] = [];
  for (let offset = 0; offset < missing.length; offset += ENTRIES_AT_ONCE) {
    const some = missing.slice(offset, offset + ENTRIES_AT_ONCE);
    const found = await readings.witnesses.ledger.read(some.flatMap(({ ids }) => ids));
    still.push(...some.filter(({ ids }) => !ids.some((id) => found.has(id))));
  }
  return still;
};
