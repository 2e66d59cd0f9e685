import type { KeyObject } from 'node:crypto';
import { type Instant, isoInstant, parseInstant } from '../../policy/time/instant.ts';
import type { BrakeReason, KeptDecision } from '../events/event-log.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { digest, keyedDigest } from '../subjects/digest.ts';

const PURPOSE = 'es-retention/confirmation/1';

/** The parts of an entry that decisions refer to. */
type Decided = Pick<LedgerEntry, 'id' | 'subject' | 'trigger' | 'obligation'>;

/** The combined result of all decisions about an entry: `free` (none), `braked`, or `confirmed` by a person. */
export type BrakeStatus = 'free' | 'braked' | 'confirmed';

/**
 * Proves that the author of a confirmation has the subject key: HMAC-SHA-256 over the entry's id and the termination.
 */
export type ProveConfirmation = (entry: Pick<LedgerEntry, 'id' | 'subject'>, at: Instant) => string | undefined;

/**
 * Proves confirmations with these versions of the subject key.
 * @returns a function that returns undefined for an entry under another version.
 */
export const proofsBy =
  (keys: ReadonlyMap<string, KeyObject>): ProveConfirmation =>
  ({ id, subject }, at) => {
    const key = keys.get(subject.kid);
    return key && keyedDigest(key, 'base64url', PURPOSE, id, at);
  };

const decisionAbout = (
  { id: entryId, subject, trigger, obligation }: Decided,
  type: KeptDecision['type'],
  prove: ProveConfirmation,
  now: Instant,
): KeptDecision | undefined => {
  if (obligation === undefined) return undefined;
  const { terminatedAt } = obligation;
  // The proof makes the id unpredictable without the key, so that nobody can occupy it in advance. An entry under a
  // lost key is not believed anyway.
  const secret = prove({ id: entryId, subject }, terminatedAt) ?? '';
  const id = digest(type, subject.kid, subject.hash, trigger, terminatedAt, secret);
  return { id, type, ...subject, trigger, at: isoInstant(terminatedAt), heardAt: isoInstant(now) };
};

/** The decision that a limit brakes the erasure that an entry owes now; undefined if it owes no erasure. */
export const brakeOn = (
  entry: Decided,
  reason: BrakeReason,
  prove: ProveConfirmation,
  now: Instant,
): KeptDecision | undefined => {
  const decision = decisionAbout(entry, 'erasure-braked', prove, now);
  return decision && { ...decision, reason };
};

/**
 * The decision of a person to carry out the erasure that an entry owes now; undefined if it owes no erasure, or if its
 * key is unknown.
 */
export const confirmationOf = (entry: Decided, prove: ProveConfirmation, now: Instant): KeptDecision | undefined => {
  const decision = decisionAbout(entry, 'erasure-confirmed', prove, now);
  const proof = entry.obligation && prove(entry, entry.obligation.terminatedAt);
  return decision === undefined || proof === undefined ? undefined : { ...decision, proof };
};

/** A text that is no instant counts as long past, so that the decision does not concern a present erasure. */
const instantOf = (text: string): Instant => parseInstant(text) ?? Number.NEGATIVE_INFINITY;

/**
 * The decisions about the erasure that an entry owes now, without decisions about terminations that were reinstated or
 * carried out.
 */
const decisionsAboutNow = ({ subject, trigger, obligation }: Decided, decisions: readonly KeptDecision[]) =>
  decisions.filter(
    ({ kid, hash, trigger: of, at }) =>
      kid === subject.kid &&
      hash === subject.hash &&
      of === trigger &&
      obligation !== undefined &&
      instantOf(at) >= obligation.terminatedAt,
  );

/**
 * Combines the decisions about an entry. A confirmation covers everything that the entry owes until that is erased or
 * reinstated, whatever is braked before or after. Only a confirmation needs a proof, since a forged brake can only
 * delay an erasure.
 * @param prove undefined if a command has no key ring. Then every confirmation is believed, but that command erases
 *   nothing.
 */
export const brakeStatus = (
  entry: Decided,
  decisions: readonly KeptDecision[],
  prove: ProveConfirmation | undefined,
): BrakeStatus => {
  const own = decisionsAboutNow(entry, decisions);
  const isProven = ({ at, proof }: KeptDecision): boolean =>
    prove === undefined || (proof !== undefined && proof === prove(entry, instantOf(at)));
  if (own.some((each) => each.type === 'erasure-confirmed' && isProven(each))) return 'confirmed';
  return own.some(({ type }) => type === 'erasure-braked') ? 'braked' : 'free';
};

/**
 * The first brake on the erasure that an entry owes now: why and since when it is braked. Undefined if the event log
 * has none.
 */
export const firstBrake = (entry: Decided, decisions: readonly KeptDecision[]): KeptDecision | undefined =>
  decisionsAboutNow(entry, decisions)
    .filter(({ type }) => type === 'erasure-braked')
    .toSorted((a, b) => instantOf(a.heardAt) - instantOf(b.heardAt))[0];

/** The entry in the state `braked`. Its obligation and deadline do not change. */
export const braked = (entry: LedgerEntry): LedgerEntry => ({ ...entry, state: 'braked' });

/** The entry after a person has confirmed it, in the state before the brake. */
export const released = (entry: LedgerEntry): LedgerEntry => {
  const { claimed, documentsErased } = entry.progress;
  return { ...entry, state: claimed !== undefined || documentsErased > 0 ? 'erasing' : 'pending' };
};
