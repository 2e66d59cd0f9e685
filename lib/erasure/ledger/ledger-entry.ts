import type { TerminationTrigger } from '../../policy/termination-trigger.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { AccountEventType } from '../events/event-fields.ts';
import { type SubjectHash, subjectName } from '../subjects/subject-hash.ts';

/** The states of an entry or closure whose obligation was met. */
export const MET_STATES = ['erased', 'nothing-found'] as const;

/** The ended unit: an account with all its applications, or one application. */
export const SCOPES = ['account', 'application'] as const;

/**
 * One event as an entry stores it: the values that determine the obligation, and when and by which request it was first
 * recorded.
 */
export interface HeardEvent {
  readonly type: AccountEventType;
  readonly at: Instant;
  readonly immediate: boolean;
  readonly requestId: string;
  readonly heardAt: Instant;
}

/** The key that distinguishes events. */
export const eventKey = ({ type, at, immediate }: Pick<HeardEvent, 'type' | 'at' | 'immediate'>): string =>
  `${type} ${at} ${immediate}`;

/**
 * The state of an entry.
 * - `pending`: owed, and not begun. Its cancel window may not be over yet.
 * - `erasing`: begun, and not yet found to be complete.
 * - `erased`: a count after a refresh was zero.
 * - `nothing-found`: the count was zero before anything was erased.
 * - `cancelled`: reinstated before that, or never owed. If documents were or may have been erased before that,
 *   `progress` and `reinstatedAt` say so.
 * - `braked`: owed, but beyond a limit of the policy. Nothing is erased before a person confirms the erasure.
 * - `held`: due, but a legal hold delays it. The controls decide, not this state: a run erases for an entry in this
 *   state if no hold concerns it any more.
 * - `malformed`: the document does not have the shape of an entry, because somebody edited it. Never written.
 *
 * No state says that an entry is overdue: that is derived from `eraseBy`.
 */
export type EntryState = (typeof OPEN_STATES | typeof CLOSED_STATES)[number] | 'malformed';

/**
 * The erasure that is owed: documents dated up to `terminatedAt` (all documents after a deletion of the account) are
 * erased between `eraseFrom` and `eraseBy`.
 */
export interface Obligation {
  readonly requestId: string;
  readonly heardAt: Instant;
  readonly terminatedAt: Instant;
  readonly eraseFrom: Instant;
  readonly eraseBy: Instant;
  readonly immediate: boolean;
  /**
   * Proves that somebody with the subject key wrote account and dates. Only open entries have a proof: it is removed
   * together with the identifiers.
   */
  readonly proof?: string;
}

/** The progress of the current obligation's erasure. */
export interface ErasureProgress {
  /** Documents that were counted before our first destructive request and were not found afterwards. */
  readonly documentsErased: number;
  /**
   * Documents counted before the current or a crashed run. Documents that the next count does not find were erased. If
   * the termination is reinstated meanwhile, this stays until that run has counted again.
   */
  readonly claimed?: number;
  /** The termination for which they were counted. For another termination, some of them may be new use. */
  readonly claimedFor?: Instant;
  readonly firstErasedAt?: Instant;
  readonly verifiedAt?: Instant;
  /** Documents dated after the termination, which stay. */
  readonly newUse: number;
  /** Number of indices that the verification counted. */
  readonly indices: number;
}

/** The published promise for one category, as a receipt quotes it. */
interface QuotedPromise {
  readonly category: string;
  readonly title: string;
  readonly quote: string;
  readonly source: string;
  readonly sourceDate: string;
  readonly deadline: string;
}

/** The policy under which an obligation was met. The receipt may be issued under a later policy. */
export interface PolicyAtClosure {
  readonly policyVersion: string;
  readonly promise: QuotedPromise;
  /** The index patterns that were searched. */
  readonly patterns: readonly string[];
}

/** A time in which a legal hold delayed an erasure. It never has the reason of the hold. */
export interface HeldSpan {
  /** The id of the hold. */
  readonly hold: string;
  readonly from: Instant;
  /** Absent while the hold is in force. */
  readonly to?: Instant;
}

/** An obligation that was met, with everything that its receipt will say. */
export interface Closure {
  readonly state: (typeof MET_STATES)[number];
  readonly obligation: Obligation;
  readonly progress: ErasureProgress;
  readonly closedAt: Instant;
  readonly metUnder: PolicyAtClosure;
  /** The holds that delayed this erasure, and when. Absent without any. */
  readonly held?: readonly HeldSpan[];
  /**
   * Opens the commitment. It is given to the requester, and exists only as long as both the entry and the key exist. A
   * plain text was left unsealed by an earlier version; the next run seals it.
   */
  readonly opening: SealedOpening | string;
  /** Represents the subject in the receipt. */
  readonly commitment: string;
  /** The receipt's id, after it has been issued. */
  readonly receipt?: string;
  /** Whether the closure cannot be proven, and a person has been told. It gets no receipt, and none is expected. */
  readonly withoutReceipt?: boolean;
  /**
   * When its data was found again. While the entry is open for the same termination, this erasure is owed once more.
   */
  readonly reopenedAt?: Instant;
  /**
   * The same instant, in the closure of the second erasure. The seal covers it, so both closures have their own
   * receipts.
   */
  readonly again?: Instant;
}

/**
 * The erasure that one category owes to one subject for one kind of termination. Only its events decide which erasure
 * is owed. It contains identifiers only while an erasure is owed.
 */
export interface LedgerEntry {
  /** `<category>/<trigger>/<kid>/<hash>`. */
  readonly id: string;
  readonly category: string;
  readonly trigger: TerminationTrigger;
  readonly scope: (typeof SCOPES)[number];
  readonly subject: SubjectHash;
  readonly uin?: string;
  readonly sdkAppId?: string;
  readonly events: readonly HeardEvent[];
  readonly state: EntryState;
  /** The last obligation that no reinstatement cancelled in time. */
  readonly obligation?: Obligation;
  readonly progress: ErasureProgress;
  /** When it was closed: erased, nothing found, or cancelled. */
  readonly closedAt?: Instant;
  /** Terminations up to this instant have been carried out. */
  readonly doneThrough?: Instant;
  /** When the overdue event was published. */
  readonly overdueSaidAt?: Instant;
  /** When the event about the current holds was published. */
  readonly heldSaidAt?: Instant;
  /** The holds that have delayed the current obligation. */
  readonly held?: readonly HeldSpan[];
  /**
   * The time of a reinstatement that came after the erasure, or after it had begun: too late for the documents that
   * were already erased.
   */
  readonly reinstatedAt?: Instant;
  /** The closure that applies if the next run finds nothing either. See *watched* in docs/glossary.md. */
  readonly watched?: Omit<Closure, 'obligation' | 'receipt' | 'withoutReceipt' | 'reopenedAt'>;
  /** The obligations that were met, in order. */
  readonly closures: readonly Closure[];
}

export const NO_PROGRESS: ErasureProgress = { documentsErased: 0, newUse: 0, indices: 0 };

/** Separates the four parts of an entry's id. None of them contains it. */
const SLASH = '/';
const PARTS = 4;

/** The id of an entry. It is the same for every event about that subject, category and trigger. */
export const entryId = (category: string, trigger: TerminationTrigger, subject: SubjectHash): string =>
  entryIdOf(category, trigger, subjectName(subject));

/** The id of an entry, made from its subject's name as events contain it. */
export const entryIdOf = (category: string, trigger: TerminationTrigger, subject: string): string =>
  [category, trigger, subject].join(SLASH);

/** Whether an id can be that of an entry. Other documents in a ledger owe no erasure. */
export const isEntryId = (id: string): boolean => id.split(SLASH).length === PARTS;

/** The parts of an entry's id, which nobody can edit. */
export const originIn = (id: string) => {
  const [category = '', trigger = '', kid = '', hash = ''] = id.split(SLASH);
  return { category, trigger: trigger as TerminationTrigger, hash: { kid, hash } };
};

/** The category of an entry, from its id. */
export const categoryOfEntry = (id: string): string => originIn(id).category;

/** Whether an entry contains an unsealed opening. */
export const hasUnsealedOpening = ({ closures, watched }: LedgerEntry): boolean =>
  [...closures, ...(watched === undefined ? [] : [watched])].some(({ opening }) => typeof opening === 'string');

/** Whether a closure waits for its receipt. */
export const isReceiptDue = ({ receipt, withoutReceipt }: Pick<Closure, 'receipt' | 'withoutReceipt'>): boolean =>
  receipt === undefined && withoutReceipt !== true;

/** The states of entries with an erasure that no count has confirmed yet. */
export const OPEN_STATES = ['pending', 'erasing', 'braked', 'held'] as const;

/** The states in which an entry becomes overdue after its deadline. A hold suspends the deadline; a brake does not. */
export const UNDER_WAY = ['pending', 'erasing', 'braked'] as const satisfies readonly EntryState[];

/** The states of entries whose erasures runs carry out when they are due. */
export const TO_ERASE = ['pending', 'erasing'] as const satisfies readonly EntryState[];

/** The states of entries that are checked when they are due: a hold may have been released. */
export const MAY_BE_DUE = [...TO_ERASE, 'held'] as const satisfies readonly EntryState[];

/** The states of entries that owe no erasure any more. */
export const CLOSED_STATES = [...MET_STATES, 'cancelled'] as const;

/** Whether somebody edited the document so that it is no longer an entry. */
export const isMalformed = ({ state }: Pick<LedgerEntry, 'state'>): boolean => state === 'malformed';

/** Whether an entry owes an erasure that no count has confirmed yet. */
export const isOpen = ({ state }: LedgerEntry): boolean => OPEN_STATES.some((open) => open === state);

/** The closure whose data has come back, if the obligation of an entry is about this data. */
export const reopenedClosure = ({
  closures,
  obligation,
}: Pick<LedgerEntry, 'closures' | 'obligation'>): (Closure & { readonly reopenedAt: Instant }) | undefined => {
  const last = closures.at(-1);
  if (last?.reopenedAt === undefined || obligation?.terminatedAt !== last.obligation.terminatedAt) return undefined;
  return { ...last, reopenedAt: last.reopenedAt };
};

/** Whether an entry was closed, and owes the same erasure again because its data has come back. */
export const isReopened = (entry: LedgerEntry): boolean => isOpen(entry) && reopenedClosure(entry) !== undefined;

/**
 * Whether a run may carry out the erasure of an entry now: its cancel window is over, and no hold or brake stops it.
 */
export const isDue = ({ state, obligation }: LedgerEntry, now: Instant): boolean =>
  TO_ERASE.some((each) => each === state) && obligation !== undefined && obligation.eraseFrom <= now;

/** Like {@link isDue}, but also true for an entry that was held when a run last read it. */
export const mayBeDue = ({ state, obligation }: LedgerEntry, now: Instant): boolean =>
  MAY_BE_DUE.some((each) => each === state) && obligation !== undefined && obligation.eraseFrom <= now;

/** Whether the deadline of an open entry has passed. */
export const isOverdue = ({ state, obligation }: LedgerEntry, now: Instant): boolean =>
  UNDER_WAY.some((each) => each === state) && obligation !== undefined && obligation.eraseBy < now;

/** An opening in the ledger. It is encrypted, so that nobody without the key can test accounts against a commitment. */
export interface SealedOpening {
  /** The version of the subject key that sealed it. */
  readonly kid: string;
  /** Nonce, ciphertext and tag, as base64url. */
  readonly sealed: string;
}
