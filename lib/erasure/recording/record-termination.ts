import type { Category } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Trigger } from '../../policy/trigger.ts';
import { brakeArrival, type Logged } from '../due/brake-arrivals.ts';
import { archiveCopy, keepEvent } from '../events/keep-event.ts';
import type { TerminationEvent } from '../events/termination-event.ts';
import type { Subject, TerminationType } from '../events/termination-type.ts';
import { applyEvent, newEntry } from '../ledger/apply-event.ts';
import type { ReadEntry } from '../ledger/ledger.ts';
import { entryId, isOpen, type LedgerEntry } from '../ledger/ledger-entry.ts';
import { type ChangedEntry, changedByOthers, openElsewhere, reachElsewhere, TRIES } from '../ledger/reach-entries.ts';
import type { SubjectHash } from '../subjects/subject-hash.ts';
import { ringTooOld, unmatchedKeyIds } from '../subjects/unmatched-keys.ts';
import type { RecordPorts } from './record-ports.ts';

/** A category in which an event is recorded: also one that the policy does not know, without a rule, where something may be owed. */
export type Place = Pick<Category, 'id' | 'rules'>;

/** What an event came to: the entries as they stand now. None, when no category has a rule for it, and no open entry is reached. */
export interface Recorded {
  /** Heard for the first time, or by an entry that had to be made. */
  readonly isNew: boolean;
  readonly entries: readonly LedgerEntry[];
  /** Those of them that were owed until this event took them back. */
  readonly cancelled: readonly LedgerEntry[];
}

/** What was erased and only watched when the event came is closed by it, as erased: nothing was taken back. */
const isCancelled = ({ entry, read }: ChangedEntry): boolean =>
  read !== undefined && isOpen(read.entry) && !isOpen(entry) && entry.closures.length === read.entry.closures.length;

/** The triggers whose entries an event changes: a termination its own, a reinstatement every one of its scope. */
const triggersOf = (type: TerminationType, { sdkAppId }: Subject, rule: TerminationRule): readonly Trigger[] =>
  rule.triggers.filter((trigger) =>
    type === 'account-reinstated' ? sdkAppId === undefined || trigger === 'feature-terminated' : trigger === type,
  );

/**
 * A reinstatement changes whatever entries there are, under whichever version of the key; a termination the first one. Where
 * there is none, it makes one under the current version.
 */
const entriesHearing = (
  { type }: TerminationEvent,
  hashes: readonly SubjectHash[],
  idOf: (hash: SubjectHash) => string,
  found: ReadonlyMap<string, ReadEntry>,
): readonly SubjectHash[] => {
  const known = hashes.filter((hash) => found.has(idOf(hash)));
  if (known.length === 0) return hashes.slice(0, 1);
  return type === 'account-reinstated' ? known : known.slice(0, 1);
};

const changeEntries = async (
  category: Place,
  rule: TerminationRule,
  trigger: Trigger,
  logged: Logged,
  ports: RecordPorts,
): Promise<readonly ChangedEntry[]> => {
  const { ledger, hashes, withProof, clock } = ports;
  const { event } = logged;
  const all = hashes(event.subject);
  const idOf = (hash: SubjectHash): string => entryId(category.id, trigger, hash);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const found = await ledger.read(all.map(idOf));
    const changes: ChangedEntry[] = [];
    for (const hash of entriesHearing(event, all, idOf, found)) {
      const read = found.get(idOf(hash));
      const before = read?.entry ?? newEntry(category.id, trigger, event.subject, hash);
      const after = withProof(applyEvent(before, event, rule, clock()), before);
      changes.push({ entry: await brakeArrival(before, after, logged, ports), read });
    }
    if ((await ledger.write(changes)).size === 0) return changes;
  }
  throw changedByOthers(event);
};

/** What an event came to in one category. */
export interface Part {
  readonly isNew: boolean;
  readonly changed: readonly ChangedEntry[];
}

const ownIds = ({ id, rules }: Place, event: TerminationEvent, hashes: readonly SubjectHash[]): ReadonlySet<string> => {
  const triggers = rules.termination === undefined ? [] : triggersOf(event.type, event.subject, rules.termination);
  return new Set(triggers.flatMap((trigger) => hashes.map((each) => entryId(id, trigger, each))));
};

/** Open entries of a category that a reinstatement reaches although no rule of the category asks for it. */
const reachedBeside = async (place: Place, event: TerminationEvent, { hashes, ledger }: RecordPorts) => {
  if (event.type !== 'account-reinstated') return [];
  const all = hashes(event.subject);
  return openElsewhere(place.id, all, ownIds(place, event, all), ledger);
};

/**
 * Whether an event has anything to say in a category. One with a termination rule keeps every event, also one that its rule does not ask
 * for: so it can tell whether its log lacks one that the archive has.
 * @throws InputError without a subject key; TransientError when the ledger does not answer.
 */
export const isConcerned = async (place: Place, event: TerminationEvent, ports: RecordPorts): Promise<boolean> =>
  place.rules.termination !== undefined || (await reachedBeside(place, event, ports)).length > 0;

/**
 * Records an event in one category that it concerns: in its event log, then in its entries. The copy outside the cluster is there.
 * @throws InputError without a subject key; TransientError when ledger or event log of a category do not answer.
 */
export const recordIn = async (
  place: Place,
  event: TerminationEvent,
  ports: RecordPorts,
  id?: string,
): Promise<Part> => {
  const { termination: rule } = place.rules;
  const changed: ChangedEntry[] = [];
  let isNew = false;
  if (rule !== undefined) {
    const triggers = triggersOf(event.type, event.subject, rule);
    const isNewHere = await keepEvent(event, place.id, ports, id);
    // A return is kept even where no trigger answers to it: one may again before a late termination comes.
    isNew = isNewHere && (event.type === 'account-reinstated' || triggers.length > 0);
    const logged = { event, isKnown: !isNewHere };
    for (const trigger of triggers) changed.push(...(await changeEntries(place, rule, trigger, logged, ports)));
  }
  const beside = await reachedBeside(place, event, ports);
  if (beside.length > 0) {
    isNew = (await keepEvent(event, place.id, ports, id)) || isNew;
    changed.push(...(await reachElsewhere(beside, event, rule, ports)));
  }
  return { isNew, changed };
};

/** What an event came to, of what it came to in each category. */
export const joined = (parts: readonly Part[]): Recorded => {
  const changed = parts.flatMap((part) => part.changed);
  return {
    // The event may be known, and the entry that heard it lost.
    isNew: parts.some(({ isNew }) => isNew) || changed.some(({ read }) => read === undefined),
    entries: changed.map(({ entry }) => entry),
    cancelled: changed.filter(isCancelled).map(({ entry }) => entry),
  };
};

/**
 * Records what an event means for these categories: what is owed, or no longer. Erases nothing. The event may come twice,
 * late and out of order: the ledger ends the same. A reinstatement reaches every open entry of its subject in these categories. What comes beyond the
 * limit of an hour is recorded too, and braked.
 *
 * The copy outside the cluster comes first, then the event in the log of each category, then the entries, so that after a death anywhere
 * the sender's retry completes what is missing.
 * @param id that of the event's copy in the archive, where it comes from there: it may be from before a rotation of the key.
 * @throws InputError without a subject key, and `ring-too-old` after all is recorded, where entries stand under a key that the ring has not
 * got; TransientError when archive or ledger do not answer.
 */
export const recordTermination = async (
  event: TerminationEvent,
  categories: readonly Place[],
  ports: RecordPorts,
  id?: string,
): Promise<Recorded> => {
  const known = new Set(ports.hashes(event.subject).map(({ kid }) => kid));
  const unmatched = new Map<string, readonly string[]>();
  for (const { id: category } of event.type === 'account-reinstated' ? categories : [])
    unmatched.set(category, await unmatchedKeyIds(category, known, ports.ledger, event.subject));
  const concerned: Place[] = [];
  for (const category of categories) if (await isConcerned(category, event, ports)) concerned.push(category);
  if (concerned.length > 0) await archiveCopy(event, ports, id);
  const parts: Part[] = [];
  for (const category of concerned) parts.push(await recordIn(category, event, ports, id));
  for (const [category, keyIds] of unmatched) if (keyIds.length > 0) throw ringTooOld(event, category, keyIds);
  return joined(parts);
};
