import type { KeyObject } from 'node:crypto';
import { type Instant, isoInstant, parseInstant } from '../../policy/time/instant.ts';
import type { Trigger } from '../../policy/trigger.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { digest, keyedDigest } from '../subjects/digest.ts';

const PURPOSE = 'es-retention/confirmation/1';

/** What is decided about an erasure: that a limit holds it back, or that a person wants it all the same. */
export const DECISION_TYPES = ['erasure-braked', 'erasure-confirmed'] as const;

/** Why an erasure is braked. `rate`: too many messages in an hour from one source. `share`: too many accounts in one run. */
export type BrakeReason = 'rate' | 'share';

/** A decision as the event log keeps it: created once, and never changed. */
export interface KeptDecision {
  /** The same for the same decision about the same termination. */
  readonly id: string;
  readonly type: (typeof DECISION_TYPES)[number];
  readonly kid: string;
  readonly hash: string;
  readonly trigger: Trigger;
  /** The termination that is meant. */
  readonly at: string;
  /** When it was decided. */
  readonly heardAt: string;
  readonly reason?: BrakeReason;
  /** Of a confirmation: that somebody wrote it who has the subject key. */
  readonly proof?: string;
}

/** What decisions refer to: an entry, or what is left of one. */
type Decided = Pick<LedgerEntry, 'id' | 'subject' | 'trigger' | 'obligation'>;

/** What the decisions about an entry come to: `free` of any, `braked`, or `confirmed` by a person. */
export type BrakeStatus = 'free' | 'braked' | 'confirmed';

/** Proves that a confirmation comes from somebody who has the subject key: HMAC-SHA-256 over the entry's id and the termination. */
export type ProveConfirmation = (entry: Pick<LedgerEntry, 'id' | 'subject'>, at: Instant) => string | undefined;

/**
 * Proves confirmations by these versions of the subject key.
 * @returns what answers undefined for an entry under a version that is not among them.
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
  // Nobody without the key can tell the id in advance, and put something else in its place. An entry under a lost key is not believed.
  const secret = prove({ id: entryId, subject }, terminatedAt) ?? '';
  const id = digest(type, subject.kid, subject.hash, trigger, terminatedAt, secret);
  return { id, type, ...subject, trigger, at: isoInstant(terminatedAt), heardAt: isoInstant(now) };
};

/** That a limit holds back what an entry owes now; undefined where it owes nothing. */
export const brakeOn = (
  entry: Decided,
  reason: BrakeReason,
  prove: ProveConfirmation,
  now: Instant,
): KeptDecision | undefined => {
  const decision = decisionAbout(entry, 'erasure-braked', prove, now);
  return decision && { ...decision, reason };
};

/** That a person wants what an entry owes now to be erased; undefined where it owes nothing, or its key is not known. */
export const confirmationOf = (entry: Decided, prove: ProveConfirmation, now: Instant): KeptDecision | undefined => {
  const decision = decisionAbout(entry, 'erasure-confirmed', prove, now);
  const proof = entry.obligation && prove(entry, entry.obligation.terminatedAt);
  return decision === undefined || proof === undefined ? undefined : { ...decision, proof };
};

/** What is no instant is long past: it is about nothing that is owed now. */
const instantOf = (text: string): Instant => parseInstant(text) ?? Number.NEGATIVE_INFINITY;

/** The decisions about what an entry owes now. Those about terminations that were taken back, or carried out, are left out. */
const aboutNow = ({ subject, trigger, obligation }: Decided, decisions: readonly KeptDecision[]) =>
  decisions.filter(
    ({ kid, hash, trigger: of, at }) =>
      kid === subject.kid &&
      hash === subject.hash &&
      of === trigger &&
      obligation !== undefined &&
      instantOf(at) >= obligation.terminatedAt,
  );

/**
 * What the decisions about an entry come to. A confirmation counts for all that the entry owes, whatever is braked before or after it, until
 * that is erased or taken back. Whoever adds a brake can only delay; so only a confirmation needs a proof. Pure.
 * @param prove undefined where a command has no key ring: then every confirmation is believed, and nothing is erased by that command.
 */
export const brakeStatus = (
  entry: Decided,
  decisions: readonly KeptDecision[],
  prove: ProveConfirmation | undefined,
): BrakeStatus => {
  const own = aboutNow(entry, decisions);
  const isProven = ({ at, proof }: KeptDecision): boolean =>
    prove === undefined || (proof !== undefined && proof === prove(entry, instantOf(at)));
  if (own.some((each) => each.type === 'erasure-confirmed' && isProven(each))) return 'confirmed';
  return own.some(({ type }) => type === 'erasure-braked') ? 'braked' : 'free';
};

/** Why an entry is braked, and since when, by the first brake on what it owes now. Undefined where the log does not say. */
export const firstBrake = (entry: Decided, decisions: readonly KeptDecision[]): KeptDecision | undefined =>
  aboutNow(entry, decisions)
    .filter(({ type }) => type === 'erasure-braked')
    .toSorted((a, b) => instantOf(a.heardAt) - instantOf(b.heardAt))[0];

/** The entry as a limit holds it back: what it owes, and by when, stays as it is. */
export const braked = (entry: LedgerEntry): LedgerEntry => ({ ...entry, state: 'braked' });

/** The entry once a person has confirmed it: it goes on where it was. */
export const released = (entry: LedgerEntry): LedgerEntry => {
  const { claimed, documentsErased } = entry.progress;
  return { ...entry, state: claimed !== undefined || documentsErased > 0 ? 'erasing' : 'pending' };
};
