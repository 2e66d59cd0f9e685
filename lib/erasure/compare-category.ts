import type { Instant } from '../policy/instant.ts';
import type { Category, TerminationRule } from '../policy/retention-policy.ts';
import { SUBJECTS_AT_ONCE } from '../purge/document-store.ts';
import type { Alteration } from './entry-check.ts';
import type { EventIndex } from './event-index.ts';
import { compared, type Judged, judgedIds, judgeEntries } from './judge-entries.ts';
import type { ReadEntry, RememberedEvent } from './ledger.ts';
import { OPEN_STATES } from './ledger-entry.ts';
import { type CategoryEvidence, heardAtOf, type WitnessReadings } from './witness-readings.ts';

/** Entries that are read at a time. */
const READ_AT_ONCE = 5_000;

/** An event that no entry has heard, and the ids under which it would stand. */
interface Unheard {
  readonly event: RememberedEvent;
  readonly ids: readonly string[];
}

/** What one category's entries and events say of each other. */
export interface Comparison {
  /** Events that no entry has heard, at the first look. */
  readonly missing: readonly Unheard[];
  /** Entries that are not believed, by id. */
  readonly altered: ReadonlyMap<string, Alteration>;
}

/** Every entry that must have heard an event is there, and says what its events say. */
const compareHeard = async (
  category: Category,
  index: EventIndex,
  evidence: CategoryEvidence,
  readings: WitnessReadings,
  known?: Judged,
): Promise<Comparison> => {
  const { ledger } = readings.witnesses;
  const judged = judgedIds(known);
  const events = index
    .telling(evidence.now, evidence.keys)
    .map((event) => ({ event, ids: index.entryIds(event, category) }));
  const there = new Set(judged);
  const suspects = new Map<string, ReadEntry>();
  const ids = [...new Set(events.flatMap((each) => each.ids))].filter((id) => !judged.has(id));
  for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
    const reads = [...(await ledger.read(ids.slice(at, at + READ_AT_ONCE))).values()];
    for (const { entry } of reads) there.add(entry.id);
    const { altered } = compared(reads, index, evidence);
    for (const read of reads) if (altered.has(read.entry.id)) suspects.set(read.entry.id, read);
  }
  // Where an account has entries under several versions of the key, one of them hears an event.
  for (const { ids: siblings } of events)
    if (siblings.some((id) => there.has(id) && !suspects.has(id))) for (const id of siblings) suspects.delete(id);
  const missing = events.filter((each) => each.ids.length > 0 && !each.ids.some((id) => there.has(id)));
  const of = { category: category.id, rule: evidence.rule, now: evidence.now };
  const { altered } = await judgeEntries(of, [...suspects.values()], readings);
  return { missing, altered };
};

/** Every open entry has events that say so; the most urgent are looked at. */
const compareOpen = async (
  { id: category }: Category,
  rule: TerminationRule,
  now: Instant,
  readings: WitnessReadings,
  known?: Judged,
): Promise<Comparison['altered']> => {
  const { ledger } = readings.witnesses;
  const query = { category, states: OPEN_STATES };
  const judged = judgedIds(known);
  if (judged.size > 0 && (await ledger.find(query, 0)).total <= judged.size) return new Map();
  const { entries } = await ledger.find(query, SUBJECTS_AT_ONCE);
  const others = entries.filter(({ entry }) => !judged.has(entry.id));
  return (await judgeEntries({ category, rule, now }, others, readings)).altered;
};

/**
 * Compares the entries of a category with its events.
 * @param known entries that were judged before.
 * @throws WorldError when ledger or event log do not answer.
 */
export const compareCategory = async (
  category: Category,
  now: Instant,
  readings: WitnessReadings,
  known?: Judged,
): Promise<Comparison> => {
  const rule = category.rules.termination;
  if (rule === undefined) return { missing: [], altered: new Map() };
  const evidence = await readings.evidence(category.id, rule, now);
  const index = await readings.events(category.id, now);
  const { missing, altered } = await compareHeard(category, index, evidence, readings, known);
  const open = await compareOpen(category, rule, now, readings, known);
  return { missing, altered: new Map([...altered, ...open, ...(known?.altered ?? [])]) };
};

/** How many of these events no entry has heard at a second look, after a moment where they are young. */
export const stillMissing = async (
  missing: Comparison['missing'],
  now: Instant,
  readings: WitnessReadings,
): Promise<number> => {
  if (missing.length === 0) return 0;
  await readings.waitIfYoung(heardAtOf(missing.map(({ event }) => event)), now);
  let still = 0;
  for (let at = 0; at < missing.length; at += READ_AT_ONCE) {
    const some = missing.slice(at, at + READ_AT_ONCE);
    const there = await readings.witnesses.ledger.read(some.flatMap(({ ids }) => ids));
    still += some.filter(({ ids }) => !ids.some((id) => there.has(id))).length;
  }
  return still;
};
