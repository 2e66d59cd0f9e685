import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { type Alteration, alterationOf, type Evidence } from '../ledger/entry-check.ts';
import type { ReadEntry } from '../ledger/ledger.ts';
import { EventIndex, hashIn, subjectNamesOf, subjectsOf } from './event-index.ts';
import { type CategoryEvidence, heardAtOf, type WitnessReadings } from './witness-readings.ts';

/** Entries after comparison with their events. */
export interface JudgedEntries {
  /** The believed entries, each in its last read state. */
  readonly believed: readonly ReadEntry[];
  /** The other entries, by id. */
  readonly altered: ReadonlyMap<string, Alteration>;
}

/** The ids of entries that were judged before. */
export const judgedIds = (known: JudgedEntries | undefined): ReadonlySet<string> =>
  new Set([...(known?.believed ?? []).map(({ entry }) => entry.id), ...(known?.altered.keys() ?? [])]);

/** Compares entries with the events of an index. */
export const compareWithEvents = (
  entries: readonly ReadEntry[],
  index: EventIndex,
  evidence: Evidence,
): JudgedEntries => {
  const believed: ReadEntry[] = [];
  const altered = new Map<string, Alteration>();
  for (const read of entries) {
    const events = index.about(subjectNamesOf(read.entry, evidence.keys));
    const alteration = alterationOf(read.entry, events, evidence);
    if (alteration === undefined) believed.push(read);
    else altered.set(read.entry.id, alteration);
  }
  return { believed, altered };
};

const subjectsIn = (entries: readonly ReadEntry[], { keys }: Evidence): readonly string[] =>
  entries.flatMap(({ entry }) => subjectNamesOf(entry, keys));

/** @param more further subject names under which events of these entries may be stored. */
const compareNow = async (
  entries: readonly ReadEntry[],
  evidence: CategoryEvidence,
  readings: WitnessReadings,
  more: readonly string[] = [],
): Promise<JudgedEntries> => {
  const subjects = [...subjectsIn(entries, evidence), ...more];
  const found = await readings.witnesses.events(evidence.of).about(subjects.map(hashIn));
  // If an event is indexed under another hash than it contains, a search by date still finds it.
  const read = (await readings.events(evidence.of, evidence.now)).about(subjects);
  const known = new Set(found.map(({ id }) => id));
  return compareWithEvents(entries, new EventIndex([...found, ...read.filter(({ id }) => !known.has(id))]), evidence);
};

/**
 * Compares altered entries again: an event or entry may have been written between the two reads. Waits first if
 * something is recent.
 */
const lookAgain = async (
  first: JudgedEntries,
  entries: readonly ReadEntry[],
  evidence: CategoryEvidence,
  readings: WitnessReadings,
): Promise<JudgedEntries> => {
  const { witnesses } = readings;
  // Strangers are not read again: they cannot become entries, and are not found by an entry's id.
  const strangers = [...first.altered].filter(([, alteration]) => alteration === 'stranger');
  const left = new Set(strangers.map(([id]) => id));
  const suspects = entries.filter(({ entry: { id } }) => first.altered.has(id) && !left.has(id));
  const events = await witnesses.events(evidence.of).about(subjectsIn(suspects, evidence).map(hashIn));
  const heard = suspects.flatMap(({ entry }) => entry.events.map(({ heardAt }) => heardAt));
  await readings.waitIfYoung([...heardAtOf(events), ...heard], evidence.now);
  const fresh = await witnesses.ledger.read(suspects.map(({ entry }) => entry.id));
  const second = await compareNow([...fresh.values()], evidence, readings, events.flatMap(subjectsOf));
  return { believed: [...first.believed, ...second.believed], altered: new Map([...strangers, ...second.altered]) };
};

/**
 * Compares entries of a category with their hashes and events, as they are now.
 * @throws TransientError if ledger or event log do not answer.
 */
export const judgeEntries = async (
  { category, rule, now }: { readonly category: string; readonly rule: TerminationRule; readonly now: Instant },
  entries: readonly ReadEntry[],
  readings: WitnessReadings,
): Promise<JudgedEntries> => {
  if (entries.length === 0) return { believed: [], altered: new Map() };
  const evidence = await readings.evidence(category, rule, now);
  const first = await compareNow(entries, evidence, readings);
  return first.altered.size === 0 ? first : lookAgain(first, entries, evidence, readings);
};
