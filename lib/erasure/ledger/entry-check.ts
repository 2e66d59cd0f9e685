import type { TerminationRule } from '../../policy/rules/rules.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import { isTooFarAhead } from '../events/event-fields.ts';
import { openingOf, provenOpening } from '../receipts/sealed-opening.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { doneThroughOf } from './done-through.ts';
import type { RememberedEvent } from './ledger.ts';
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
} from './ledger-entry.ts';
import { obligationOf } from './obligation.ts';
import { isProven } from './obligation-proof.ts';

/**
 * Why an entry is not believed. `altered`: account, proof or events do not agree. Which of them is told to nobody: whoever writes a guess
 * into a closed entry would learn whether it was right. `key`: nobody can tell, since the ring has not got that version of the key.
 * `closure`: it waits for the receipt of a closure that nobody can prove. `copied`: a closure in it was sealed for another entry. `shape`: it has not the shape of an entry. `stranger`: it is no entry of this category at all. `hidden`: searches do not find it by what it says.
 */
export type Alteration = 'altered' | 'closure' | 'copied' | 'hidden' | 'key' | 'shape' | 'stranger';

/** What an entry is compared with. */
export interface Evidence {
  /** In force. */
  readonly rule: TerminationRule;
  /** Absent for a look without a key ring: then it is not compared whose account an entry names. */
  readonly keys?: SubjectKeys;
  readonly now: Instant;
  /** What is dated before it a replay may have left out. */
  readonly memoryFrom: Instant;
}

/** Whether nobody can tell: there are no keys, or the version of the key is gone under which the opening was sealed. */
const isBeyondKeys = ({ opening }: Closure, keys: Evidence['keys']): keys is undefined =>
  keys === undefined || (typeof opening !== 'string' && !keys.subject.keys.has(opening.kid));

/**
 * Whether a closure may be ours: its opening opens for this entry and all that it says. Those of earlier versions open for the entry and
 * the instant alone: what they say to be done is never later than that.
 */
export const mayBeOurs = (entry: LedgerEntry, closure: Closure, keys: Evidence['keys']): boolean =>
  isBeyondKeys(closure, keys) ||
  provenOpening(entry, closure, keys) !== undefined ||
  (openingOf(entry, closure, keys) !== undefined && closure.obligation.terminatedAt <= closure.closedAt);

/** Whether a closure of an entry is of another one, or of none of ours: whoever copies an entry to another id cannot seal it anew. */
export const hasCopied = (entry: LedgerEntry, keys: Evidence['keys']): boolean =>
  !isMalformed(entry) && entry.closures.some((each) => !mayBeOurs(entry, each, keys));

/** Whether a closure waits for a receipt that it does not get: somebody may have written what it says, or an earlier version did. */
export const isUnproven = (entry: LedgerEntry, closure: Closure, keys: Evidence['keys']): boolean =>
  isReceiptDue(closure) && !isBeyondKeys(closure, keys) && provenOpening(entry, closure, keys) === undefined;

const isDoneByClosure = (entry: LedgerEntry, keys: Evidence['keys']): boolean =>
  entry.doneThrough === undefined ||
  entry.closures.some(
    (each) => doneThroughOf(entry.trigger, each) === entry.doneThrough && mayBeOurs(entry, each, keys),
  );

/** Of an event that does not say by which request it came. Of two that say the same, any other id comes before it. */
const UNKNOWN_REQUEST = '~unknown';

/** The events that count at an instant, as an entry hears them: none that takes back ahead of its day. */
export const heardOf = (
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
  // Its other dates may have been worked out under the periods of an earlier policy: then the proof covers them.
  const isUnderRule = eraseFrom === expected.eraseFrom && eraseBy === expected.eraseBy;
  return !isKeyless || isUnderRule || proof !== undefined;
};

/**
 * Whether all that an entry says it has heard is in the event log. What is dated before its memory may be forgotten there; and without keys
 * nobody knows what was kept under another version.
 */
const isHeard = ({ events }: LedgerEntry, heard: readonly HeardEvent[], { keys, memoryFrom }: Evidence): boolean => {
  if (keys === undefined) return true;
  const known = new Set(heard.map(eventKey));
  return events.every((event) => event.at < memoryFrom || known.has(eventKey(event)));
};

/** Whether a closed entry owes: by its own events, it would be opened, and named, by the next that it hears. */
const isClosedOwing = (
  { events, trigger, doneThrough }: LedgerEntry,
  expected: readonly (Obligation | undefined)[],
  { rule }: Evidence,
): boolean =>
  obligationOf(events, trigger, rule, doneThrough) !== undefined || expected.every((each) => each !== undefined);

/** Whether an open entry owes what its events owe, as far as its key can tell. Nothing holds an erasure yet. */
const isOpenTruly = (
  entry: LedgerEntry,
  expected: readonly (Obligation | undefined)[],
  heard: readonly HeardEvent[],
  evidence: Evidence,
): boolean => {
  const key = evidence.keys?.subject.keys.get(entry.subject.kid);
  const isAuthentic = key === undefined || isProven(entry, key);
  const isOwed = expected.some((each) => each !== undefined && owesSame(entry, each, key === undefined));
  return isAuthentic && isOwed && isHeard(entry, heard, evidence) && entry.state !== 'held';
};

/** How what an entry owes differs from what its events owe. */
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
  return isOpenTruly(entry, expected, heard, evidence) ? undefined : 'altered';
};

/**
 * Compares an entry with its own id, with its keyed hash and proof, and with what its events owe. Nothing is erased for one that differs: somebody
 * may have edited it in order to erase another account, or sooner, or to stop an erasure. What `progress` and `requestId` say is not compared. Pure.
 * @param events that the event log has about its subject, each as it was kept.
 * @returns undefined where nothing differs.
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
  return owedAlteration(entry, heardOf(events, now), evidence) ?? (isWithoutProof ? 'closure' : undefined);
};
