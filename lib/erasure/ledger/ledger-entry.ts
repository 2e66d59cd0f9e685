import type { Instant } from '../../policy/time/instant.ts';
import type { Trigger } from '../../policy/trigger.ts';
import type { TerminationType } from '../events/termination-type.ts';
import type { ReceiptPromise } from '../receipts/receipt.ts';
import { OUTCOMES, type SCOPES } from '../receipts/receipt-schema.ts';
import { type SubjectHash, subjectName } from '../subjects/subject-hash.ts';

/** One event as an entry remembers it: what the fold needs, and when and by which request it was heard of first. */
export interface HeardEvent {
  readonly type: TerminationType;
  readonly at: Instant;
  readonly immediate: boolean;
  readonly requestId: string;
  readonly heardAt: Instant;
}

/** By what the fold tells events apart. */
export const eventKey = ({ type, at, immediate }: Pick<HeardEvent, 'type' | 'at' | 'immediate'>): string =>
  `${type} ${at} ${immediate}`;

/**
 * Where an entry stands. `pending`: owed, or not due yet. `erasing`: begun, and not yet found to be at an end. `erased`: a
 * count after a refresh was zero. `nothing-found`: it was zero before anything was erased. `cancelled`: taken back before
 * that, or never owed; where documents had been erased by then, or may have been, `progress` and `reinstatedAt` say so. `braked`: owed, and beyond a
 * limit of the policy: nothing is erased before a person confirms it. `held`: kept back by a legal hold (nothing sets it yet).
 * `malformed`: what stands in the ledger has not the shape of an entry, since somebody edited it; never written.
 * Overdue is no state: it is derived from `eraseBy`.
 */
export type EntryState = (typeof OPEN_STATES | typeof CLOSED_STATES)[number] | 'malformed';

/** What is owed: documents dated up to `terminatedAt` (all, after a deletion), erased from `eraseFrom` on, by `eraseBy`. */
export interface Obligation {
  readonly requestId: string;
  readonly heardAt: Instant;
  readonly terminatedAt: Instant;
  readonly eraseFrom: Instant;
  readonly eraseBy: Instant;
  readonly immediate: boolean;
  /** That account and dates were written by somebody who has the subject key. Only open entries have it: it goes with the name. */
  readonly proof?: string;
}

/** How far the erasure of the current obligation has come. */
export interface ErasureProgress {
  /** Documents that were counted before a request of ours destroyed anything, and not found any more after. */
  readonly documentsErased: number;
  /**
   * Documents counted before the run that is at work, or that died: what is missing of them at the next count was erased. It stays where the
   * erasure is taken back meanwhile, until that run has counted again.
   */
  readonly claimed?: number;
  /** The termination for which they were counted: another one divides what is owed from new use elsewhere. */
  readonly claimedFor?: Instant;
  readonly firstErasedAt?: Instant;
  readonly verifiedAt?: Instant;
  /** Documents dated after the termination, which stay. */
  readonly newUse: number;
  /** Indices that the verification counted. */
  readonly indices: number;
}

/** The policy by which an obligation was met: a receipt may be issued under a later one. */
export interface MetUnder {
  readonly policyVersion: string;
  readonly promise: ReceiptPromise;
  /** The index patterns that were searched. */
  readonly patterns: readonly string[];
}

/** An obligation that was met: all that its receipt will say. */
export interface Closure {
  readonly state: (typeof OUTCOMES)[number];
  readonly obligation: Obligation;
  readonly progress: ErasureProgress;
  readonly closedAt: Instant;
  readonly metUnder: MetUnder;
  /**
   * Opens the commitment: handed to the requester, and kept only as long as the entry is, and the key. A text is one that an earlier
   * version left open; the next run seals it.
   */
  readonly opening: SealedOpening | string;
  /** Stands for the subject in the receipt. */
  readonly commitment: string;
  /** The receipt's id, once it is issued. */
  readonly receipt?: string;
  /** Nobody can prove what it says, and a person has been told: it gets no receipt, and none is waited for. */
  readonly withoutReceipt?: boolean;
}

/**
 * What one category owes to one subject for one kind of termination. Its events alone decide what is owed; the raw
 * identifiers are there only as long as something is.
 */
export interface LedgerEntry {
  /** `<category>/<trigger>/<kid>/<hash>`. */
  readonly id: string;
  readonly category: string;
  readonly trigger: Trigger;
  readonly scope: (typeof SCOPES)[number];
  readonly subject: SubjectHash;
  readonly uin?: string;
  readonly sdkAppId?: string;
  readonly events: readonly HeardEvent[];
  readonly state: EntryState;
  /** Of the last obligation there was that was not taken back in time. */
  readonly obligation?: Obligation;
  readonly progress: ErasureProgress;
  /** When it was closed: erased, nothing found, or cancelled. */
  readonly closedAt?: Instant;
  /** Terminations up to here have been carried out. */
  readonly doneThrough?: Instant;
  /** When the bus was told that the obligation is overdue. */
  readonly overdueSaidAt?: Instant;
  /** Reinstated after the erasure, or after it had begun: recorded, and too late for what was erased by then. */
  readonly reinstatedAt?: Instant;
  /** What closes it if nothing turns up any more: nothing was left, and the next run looks once more. */
  readonly watched?: Omit<Closure, 'obligation' | 'receipt' | 'withoutReceipt'>;
  /** The obligations that were met, in their order. */
  readonly closures: readonly Closure[];
}

export const NO_PROGRESS: ErasureProgress = { documentsErased: 0, newUse: 0, indices: 0 };

/** Between the four parts of an entry's id, none of which has one. */
const SLASH = '/';
const PARTS = 4;

/** The id of the entry: the same for every event about that subject, category and trigger. */
export const entryId = (category: string, trigger: Trigger, subject: SubjectHash): string =>
  entryIdOf(category, trigger, subjectName(subject));

/** The same by the subject's name, as events give it. */
export const entryIdOf = (category: string, trigger: Trigger, subject: string): string =>
  [category, trigger, subject].join(SLASH);

/** Whether an id may be an entry's: what somebody else has written into a ledger owes nothing. */
export const isEntryId = (id: string): boolean => id.split(SLASH).length === PARTS;

/** What the id of an entry says, which nobody can edit. */
export const originIn = (id: string) => {
  const [category = '', trigger = '', kid = '', hash = ''] = id.split(SLASH);
  return { category, trigger: trigger as Trigger, hash: { kid, hash } };
};

/** The category of an entry, by its id. */
export const categoryOfEntry = (id: string): string => originIn(id).category;

/** Whether an opening stands in it that is not sealed. */
export const hasOpenOpening = ({ closures, watched }: LedgerEntry): boolean =>
  [...closures, ...(watched === undefined ? [] : [watched])].some(({ opening }) => typeof opening === 'string');

/** Whether a closure waits for its receipt. */
export const isReceiptDue = ({ receipt, withoutReceipt }: Pick<Closure, 'receipt' | 'withoutReceipt'>): boolean =>
  receipt === undefined && withoutReceipt !== true;

/** The states of entries in which something is owed and not yet found to be gone. */
export const OPEN_STATES = ['pending', 'erasing', 'braked', 'held'] as const;

/** The states of entries that are late once their deadline is past. A hold sets the deadline aside; a brake does not. */
export const UNDER_WAY = ['pending', 'erasing', 'braked'] as const satisfies readonly EntryState[];

/** The states of entries that runs erase for, once they are due. */
export const TO_ERASE = ['pending', 'erasing'] as const satisfies readonly EntryState[];

/** The states of entries in which nothing is owed any more. */
export const CLOSED_STATES = [...OUTCOMES, 'cancelled'] as const;

/** Whether it was edited into something that is no entry. */
export const isMalformed = ({ state }: Pick<LedgerEntry, 'state'>): boolean => state === 'malformed';

/** Whether something is owed and not yet found to be gone. */
export const isOpen = ({ state }: LedgerEntry): boolean => OPEN_STATES.some((open) => open === state);

/** Whether a run may erase for it now: the cancel window is over, and nothing keeps it back. */
export const isDue = ({ state, obligation }: LedgerEntry, now: Instant): boolean =>
  TO_ERASE.some((each) => each === state) && obligation !== undefined && obligation.eraseFrom <= now;

/** Whether it should have been erased before now. */
export const isOverdue = ({ state, obligation }: LedgerEntry, now: Instant): boolean =>
  UNDER_WAY.some((each) => each === state) && obligation !== undefined && obligation.eraseBy < now;

/** An opening as the ledger keeps it: encrypted, so that nobody can try accounts against a commitment without the key. */
export interface SealedOpening {
  /** The version of the subject key under which it is sealed. */
  readonly kid: string;
  /** Nonce, ciphertext and tag, as base64url. */
  readonly sealed: string;
}
