import type { TerminationRule } from '../../policy/rules/rules.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import { isTooFarAhead } from '../events/event-fields.ts';
import type { RememberedEvent } from '../events/event-log.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { doneThroughOf } from './done-through.ts';
import {
  type Closure,
  entryId,
  eventKey,
  type HeardEvent,
  isMalformed,
  isOpen,
  isReceiptDue,
  type LedgerEntry,
  type Obligation,
  reopenedClosure,
} from './ledger-entry.ts';
import { newestReinstatement, obligationOf } from './obligation.ts';
import { isProven, isWhollyProvenBy } from './obligation-proof.ts';
import { openingOf, provenOpening } from './sealed-opening.ts';

/**
 * Why an entry is not believed.
 * - `altered`: account, proof or events do not agree. Nobody is told which of them differs. Otherwise somebody could
 *   write a guess into a closed entry and learn whether it is right.
 * - `key`: its key version is not in the key ring, so nothing can be checked.
 * - `closure`: it waits for the receipt of a closure that cannot be proven.
 * - `copied`: it contains a closure that was sealed for another entry.
 * - `shape`: it does not have the shape of an entry.
 * - `stranger`: it is no entry of this category.
 * - `hidden`: searches do not find it by its content.
 */
export type Alteration = 'altered' | 'closure' | 'copied' | 'hidden' | 'key' | 'shape' | 'stranger';

/** The data with which entries are compared. */
export interface Evidence {
  /** The rule in force. */
  readonly rule: TerminationRule;
  /** Absent without a key ring. Then the account that an entry names is not checked. */
  readonly keys?: SubjectKeys;
  readonly now: Instant;
  /** A replay may have left out events dated before this instant. */
  readonly memoryFrom: Instant;
}

/** Whether a closure cannot be checked: there are no keys, or the key version that sealed its opening is gone. */
const isBeyondKeys = ({ opening }: Closure, keys: Evidence['keys']): keys is undefined =>
  keys === undefined || (typeof opening !== 'string' && !keys.subject.keys.has(opening.kid));

/**
 * Whether a closure may be ours: its opening is bound to this entry and to everything the closure says. Openings of
 * earlier versions are bound only to the entry and the instant; the closures of such openings never cover terminations
 * later than that instant.
 */
export const mayBeOurs = (entry: LedgerEntry, closure: Closure, keys: Evidence['keys']): boolean =>
  isBeyondKeys(closure, keys) ||
  provenOpening(entry, closure, keys) !== undefined ||
  (openingOf(entry, closure, keys) !== undefined && closure.obligation.terminatedAt <= closure.closedAt);

/**
 * Whether an entry contains a closure of another entry, or one that is not ours: somebody who copies an entry to
 * another id cannot seal it anew.
 */
export const hasCopied = (entry: LedgerEntry, keys: Evidence['keys']): boolean =>
  !isMalformed(entry) && entry.closures.some((each) => !mayBeOurs(entry, each, keys));

/**
 * Whether a closure waits for a receipt that it will not get, because its content comes from an earlier version or may
 * come from somebody else.
 */
export const isUnproven = (entry: LedgerEntry, closure: Closure, keys: Evidence['keys']): boolean =>
  isReceiptDue(closure) && !isBeyondKeys(closure, keys) && provenOpening(entry, closure, keys) === undefined;

const isDoneByClosure = (entry: LedgerEntry, keys: Evidence['keys']): boolean =>
  entry.doneThrough === undefined ||
  entry.closures.some(
    (each) => doneThroughOf(entry.trigger, each) === entry.doneThrough && mayBeOurs(entry, each, keys),
  );

/**
 * The request id of an event that has none. It sorts after every other id, so that a known id wins when two equal
 * events are joined.
 */
const UNKNOWN_REQUEST = '~unknown';

/** The events that count for an entry at an instant: all except reinstatements that are dated too far ahead. */
export const countedEvents = (
  events: readonly (RememberedEvent & { readonly requestId?: string })[],
  now: Instant,
): readonly HeardEvent[] =>
  events.flatMap(({ type, at, immediate, heardAt, requestId = UNKNOWN_REQUEST }) => {
    const [effective, heard] = [parseInstant(at), parseInstant(heardAt)];
    if (effective === undefined || heard === undefined || isTooFarAhead(type, effective, now)) return [];
    return { type, at: effective, immediate, heardAt: heard, requestId };
  });

const owesSame = ({ obligation }: LedgerEntry, expected: Obligation, isKeyless: boolean): boolean => {
  if (obligation === undefined) return false;
  const { terminatedAt, immediate, eraseFrom, eraseBy, proof } = obligation;
  if (terminatedAt !== expected.terminatedAt || immediate !== expected.immediate) return false;
  // Its other dates may have been computed with the periods of an earlier policy. Then the proof covers these dates.
  const isUnderRule = eraseFrom === expected.eraseFrom && eraseBy === expected.eraseBy;
  return !isKeyless || isUnderRule || proof !== undefined;
};

/**
 * Whether the event log contains all events of an entry. Events before the ledger's memory may be forgotten there.
 * Without keys, events under other key versions cannot be matched, so the answer is true.
 */
const isHeard = ({ events }: LedgerEntry, heard: readonly HeardEvent[], { keys, memoryFrom }: Evidence): boolean => {
  if (keys === undefined) return true;
  const known = new Set(heard.map(eventKey));
  return events.every((event) => event.at < memoryFrom || known.has(eventKey(event)));
};

/**
 * Whether a closed entry owes an erasure according to its events. The next event would open it and name its subject.
 */
const isClosedOwing = (
  { events, trigger, doneThrough }: LedgerEntry,
  expected: readonly (Obligation | undefined)[],
  { rule }: Evidence,
): boolean =>
  obligationOf(events, trigger, rule, doneThrough) !== undefined || expected.every((each) => each !== undefined);

/**
 * Whether an open entry owes the same erasure as its events, as far as its key can tell. Its state does not matter: the
 * event log decides about brakes, and the controls about holds.
 */
const isOpenTruly = (
  entry: LedgerEntry,
  expected: readonly (Obligation | undefined)[],
  heard: readonly HeardEvent[],
  evidence: Evidence,
): boolean => {
  const key = evidence.keys?.subject.keys.get(entry.subject.kid);
  const isAuthentic = key === undefined || isProven(entry, key);
  const isOwed = expected.some((each) => each !== undefined && owesSame(entry, each, key === undefined));
  return isAuthentic && isOwed && isHeard(entry, heard, evidence);
};

const isSameObligation = (a: Obligation | undefined, b: Obligation): boolean =>
  a?.terminatedAt === b.terminatedAt &&
  a.eraseFrom === b.eraseFrom &&
  a.eraseBy === b.eraseBy &&
  a.immediate === b.immediate;

/**
 * Whether a reopened entry owes the erasure again that its closure has recorded: the key proves both, and there is no
 * reinstatement at or after the termination. Its events may be forgotten already, so they are not needed. Without keys,
 * as for closures, the answer is true.
 */
const isReopenedTruly = (
  entry: LedgerEntry,
  closure: Closure,
  heard: readonly HeardEvent[],
  { keys }: Evidence,
): boolean =>
  newestReinstatement([...entry.events, ...heard]) < closure.obligation.terminatedAt &&
  isSameObligation(entry.obligation, closure.obligation) &&
  (keys === undefined || (isWhollyProvenBy(entry, keys) && provenOpening(entry, closure, keys) !== undefined));

/** How the obligation of an entry differs from the obligation that its events give. */
const owedAlteration = (
  entry: LedgerEntry,
  heard: readonly HeardEvent[],
  evidence: Evidence,
): 'altered' | 'key' | undefined => {
  const { rule, keys, memoryFrom } = evidence;
  const recent = heard.filter(({ at }) => at >= memoryFrom);
  const expected = [heard, recent].map((each) => obligationOf(each, entry.trigger, rule, entry.doneThrough));
  if (!isOpen(entry)) return isClosedOwing(entry, expected, evidence) ? 'altered' : undefined;
  if (keys !== undefined && !keys.subject.keys.has(entry.subject.kid)) return 'key';
  const closure = reopenedClosure(entry);
  const isTrue =
    closure === undefined
      ? isOpenTruly(entry, expected, heard, evidence)
      : isHeard(entry, heard, evidence) && isReopenedTruly(entry, closure, heard, evidence);
  return isTrue ? undefined : 'altered';
};

/**
 * Compares an entry with its id, its keyed hash, its proof, and the obligation that its events give. Nothing is erased
 * for an entry that differs: somebody may have edited it to erase another account, to erase sooner, or to stop an
 * erasure. `progress` and `requestId` are not compared.
 * @param events of its subject from the event log, each as it was recorded.
 * @returns undefined if nothing differs.
 */
export const alterationOf = (
  entry: LedgerEntry,
  events: readonly RememberedEvent[],
  evidence: Evidence,
): Alteration | undefined => {
  const { keys, now } = evidence;
  const isAtHome = entry.id === entryId(entry.category, entry.trigger, entry.subject);
  if (isMalformed(entry)) return isAtHome ? 'shape' : 'stranger';
  if (!isAtHome) return 'altered';
  const isWithoutProof = entry.closures.some((each) => isUnproven(entry, each, keys));
  const isCopied = !isWithoutProof && hasCopied(entry, keys);
  if (isCopied && !isOpen(entry)) return 'copied';
  if (isCopied || !isDoneByClosure(entry, keys)) return 'altered';
  return owedAlteration(entry, countedEvents(events, now), evidence) ?? (isWithoutProof ? 'closure' : undefined);
};
