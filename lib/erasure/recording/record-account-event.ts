import type { Category } from '../../policy/retention-policy.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { TerminationTrigger } from '../../policy/termination-trigger.ts';
import type { AccountEvent } from '../events/account-event.ts';
import type { AccountEventType } from '../events/event-fields.ts';
import { applyEvent, newEntry } from '../ledger/apply-event.ts';
import type { ReadEntry } from '../ledger/ledger.ts';
import { entryId, isOpen, type LedgerEntry } from '../ledger/ledger-entry.ts';
import { ringTooOld, unmatchedKeyIds } from '../ledger/unmatched-keys.ts';
import type { Subject } from '../subjects/subject.ts';
import type { SubjectHash } from '../subjects/subject-hash.ts';
import { brakeArrival, type Logged } from './brake-arrivals.ts';
import { archiveCopy, keepEvent } from './keep-event.ts';
import { type ChangedEntry, changedByOthers, openElsewhere, reinstateFoundEntries, TRIES } from './reach-entries.ts';
import type { RecordPorts } from './record-ports.ts';

/**
 * A category in which an event is recorded. An event is recorded even in a category that is not in the policy or has no
 * rule, if that category may owe an erasure.
 */
export type RecordingCategory = Pick<Category, 'id' | 'rules'>;

/** The effect of an event: the changed entries. Empty if no category has a rule for it and it reaches no open entry. */
export interface Recorded {
  /** Whether the event was recorded for the first time, or an entry had to be created. */
  readonly isNew: boolean;
  readonly entries: readonly LedgerEntry[];
  /** The entries that owed an erasure until this event cancelled it. */
  readonly cancelled: readonly LedgerEntry[];
}

/** If the entry was watched, the event closes it as erased, and cancels nothing. */
const isCancelled = ({ entry, read }: ChangedEntry): boolean =>
  read !== undefined && isOpen(read.entry) && !isOpen(entry) && entry.closures.length === read.entry.closures.length;

/**
 * The triggers whose entries an event changes: for a termination its own trigger, for a reinstatement all triggers of
 * its scope.
 */
const triggersOf = (
  type: AccountEventType,
  { sdkAppId }: Subject,
  rule: TerminationRule,
): readonly TerminationTrigger[] =>
  rule.triggers.filter((trigger) =>
    type === 'account-reinstated' ? sdkAppId === undefined || trigger === 'feature-terminated' : trigger === type,
  );

/**
 * The entries that an event changes. A reinstatement changes all existing entries, under any key version. A termination
 * changes only the first entry; if there is none, an entry is created under the current version.
 */
const entriesHearing = (
  { type }: AccountEvent,
  hashes: readonly SubjectHash[],
  idOf: (hash: SubjectHash) => string,
  found: ReadonlyMap<string, ReadEntry>,
): readonly SubjectHash[] => {
  const known = hashes.filter((hash) => found.has(idOf(hash)));
  if (known.length === 0) return hashes.slice(0, 1);
  return type === 'account-reinstated' ? known : known.slice(0, 1);
};

const changeEntries = async (
  category: RecordingCategory,
  rule: TerminationRule,
  trigger: TerminationTrigger,
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

/** The effect of an event in one category. */
export interface Part {
  readonly isNew: boolean;
  readonly changed: readonly ChangedEntry[];
}

const ownIds = (
  { id, rules }: RecordingCategory,
  event: AccountEvent,
  hashes: readonly SubjectHash[],
): ReadonlySet<string> => {
  const triggers = rules.termination === undefined ? [] : triggersOf(event.type, event.subject, rules.termination);
  return new Set(triggers.flatMap((trigger) => hashes.map((each) => entryId(id, trigger, each))));
};

/** Open entries that a reinstatement cancels although the present rule of the category no longer has their trigger. */
const otherReachedEntries = async (place: RecordingCategory, event: AccountEvent, { hashes, ledger }: RecordPorts) => {
  if (event.type !== 'account-reinstated') return [];
  const all = hashes(event.subject);
  return openElsewhere(place.id, all, ownIds(place, event, all), ledger);
};

/**
 * Whether an event must be recorded in a category. A category with a termination rule records every event, even one
 * that its rule does not react to. So its log can be compared with the archive.
 * @throws InputError without a subject key; TransientError if the ledger does not answer.
 */
export const isConcerned = async (
  place: RecordingCategory,
  event: AccountEvent,
  ports: RecordPorts,
): Promise<boolean> =>
  place.rules.termination !== undefined || (await otherReachedEntries(place, event, ports)).length > 0;

/**
 * Records an event in one category, first in its event log, then in its entries. The copy outside the cluster must
 * exist already.
 * @throws InputError without a subject key; TransientError if ledger or event log of the category do not answer.
 */
export const recordIn = async (
  place: RecordingCategory,
  event: AccountEvent,
  ports: RecordPorts,
  id?: string,
): Promise<Part> => {
  const { termination: rule } = place.rules;
  const changed: ChangedEntry[] = [];
  let isNew = false;
  if (rule !== undefined) {
    const triggers = triggersOf(event.type, event.subject, rule);
    const isNewHere = await keepEvent(event, place.id, ports, id);
    // A reinstatement is recorded even without a matching trigger: a later policy may have one when a late termination
    // arrives.
    isNew = isNewHere && (event.type === 'account-reinstated' || triggers.length > 0);
    const logged = { event, isKnown: !isNewHere };
    for (const trigger of triggers) changed.push(...(await changeEntries(place, rule, trigger, logged, ports)));
  }
  const beside = await otherReachedEntries(place, event, ports);
  if (beside.length > 0) {
    isNew = (await keepEvent(event, place.id, ports, id)) || isNew;
    changed.push(...(await reinstateFoundEntries(beside, event, rule, ports)));
  }
  return { isNew, changed };
};

/** Joins the effects of an event in all categories. */
export const joined = (parts: readonly Part[]): Recorded => {
  const changed = parts.flatMap((part) => part.changed);
  return {
    // The event may be known even if its entry is lost.
    isNew: parts.some(({ isNew }) => isNew) || changed.some(({ read }) => read === undefined),
    entries: changed.map(({ entry }) => entry),
    cancelled: changed.filter(isCancelled).map(({ entry }) => entry),
  };
};

/**
 * Records an event in these categories: an erasure is owed, or no longer owed. Erases nothing. The event may be
 * repeated, late and out of order; the result is the same. A reinstatement reaches every open entry of its subject in
 * these categories. Terminations beyond the hourly limit are recorded too, but braked. The copy outside the cluster
 * comes first, then the event log of each category, then the entries. So after a crash at any point, the sender's retry
 * completes the missing writes.
 * @param id of the event's copy, if it comes from the archive. The copy may have been made before a key rotation.
 * @throws InputError without a subject key, and `ring-too-old` after everything is recorded, if entries are under a key
 *   that is missing in the ring; TransientError if archive or ledger do not answer.
 */
export const recordAccountEvent = async (
  event: AccountEvent,
  categories: readonly RecordingCategory[],
  ports: RecordPorts,
  id?: string,
): Promise<Recorded> => {
  const known = new Set(ports.hashes(event.subject).map(({ kid }) => kid));
  const unmatched = new Map<string, readonly string[]>();
  for (const { id: category } of event.type === 'account-reinstated' ? categories : [])
    unmatched.set(category, await unmatchedKeyIds(category, known, ports.ledger, event.subject));
  const concerned: RecordingCategory[] = [];
  for (const category of categories) if (await isConcerned(category, event, ports)) concerned.push(category);
  if (concerned.length > 0) await archiveCopy(event, ports, id);
  const parts: Part[] = [];
  for (const category of concerned) parts.push(await recordIn(category, event, ports, id));
  for (const [category, keyIds] of unmatched) if (keyIds.length > 0) throw ringTooOld(event, category, keyIds);
  return joined(parts);
};
