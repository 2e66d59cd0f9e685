import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { SubjectCounts } from '../../purge/document-store.ts';
import type { ClosureFacts, SealOpening } from '../receipts/sealed-opening.ts';
import { subjectCommitment } from '../subjects/subject-commitment.ts';
import { withoutIdentifiers } from './apply-event.ts';
import { doneThroughOf } from './done-through.ts';
import { type ErasureProgress, type LedgerEntry, type MetUnder, NO_PROGRESS } from './ledger-entry.ts';
import { deadlineOf, obligationOf } from './obligation.ts';
import { withoutProof } from './obligation-proof.ts';

/** What a verification found of one subject. */
export interface Found extends SubjectCounts {
  /** Indices that were counted. */
  readonly indices: number;
  /** Every index of the category answered, and its mapping finds accounts. Otherwise nothing can be called gone. */
  readonly isWhole: boolean;
  /** Every index in which the claim was counted answered again, or is gone. Otherwise what is missing is not erased. */
  readonly coversClaim: boolean;
  readonly verifiedAt: Instant;
  /** The run after this one comes no later than this. */
  readonly nextRunBy: Instant;
}

/**
 * What is missing of the documents that were counted before we destroyed anything has been erased. If they were counted for
 * another termination, some of them may be new use by now: only what is found as nothing at all is missing.
 */
const credited = ({ trigger, obligation, progress }: LedgerEntry, { owed, newUse, shared }: SubjectCounts): number => {
  const isMoved = trigger === 'feature-terminated' && progress.claimedFor !== obligation?.terminatedAt;
  return Math.max(0, (progress.claimed ?? 0) - owed - (isMoved ? newUse + shared : 0));
};

const claimOf = ({ obligation }: LedgerEntry, claimed: number): Pick<ErasureProgress, 'claimed' | 'claimedFor'> => ({
  claimed,
  ...(obligation !== undefined && { claimedFor: obligation.terminatedAt }),
});

/** What a plan counted of one subject. */
type Planned = SubjectCounts & Pick<Found, 'isWhole'>;

/**
 * The entry as it is written down before the first destructive request, with what was counted. What a run that died had
 * counted and is not there any more is credited to it here, unless it may be in an index that does not answer.
 */
export const beginEntry = (entry: LedgerEntry, planned: Planned, now: Instant): LedgerEntry => {
  if (!planned.isWhole && entry.progress.claimed !== undefined) return { ...entry, state: 'erasing' };
  const erased = credited(entry, planned);
  const documentsErased = entry.progress.documentsErased + erased;
  const { watched, ...begun } = entry;
  return {
    ...begun,
    // What has turned up since is to be erased too before anything is closed.
    ...(watched !== undefined && planned.isWhole && planned.owed === 0 && { watched }),
    state: 'erasing',
    progress: {
      ...entry.progress,
      documentsErased,
      ...claimOf(entry, planned.owed),
      ...(documentsErased > 0 && { firstErasedAt: entry.progress.firstErasedAt ?? now }),
    },
  };
};

/**
 * After the deletion of an account whatever is written late is residue. So an entry that has just erased something is looked
 * at once more by the next run, as long as that comes before the deadline.
 */
const isWatched = ({ trigger, obligation }: LedgerEntry, erased: number, { nextRunBy }: Found): boolean =>
  trigger === 'account-deleted' && erased > 0 && obligation !== undefined && nextRunBy < obligation.eraseBy;

const progressAfter = (entry: LedgerEntry, found: Found): ErasureProgress => {
  const { claimed, claimedFor, ...progress } = entry.progress;
  const documentsErased = progress.documentsErased + (found.coversClaim ? credited(entry, found) : 0);
  // What is still owed may go in part before we look again.
  const own = found.owed > 0 ? claimOf(entry, found.owed) : {};
  const unchangedClaim = { ...(claimed !== undefined && { claimed }), ...(claimedFor !== undefined && { claimedFor }) };
  return {
    ...progress,
    documentsErased,
    ...(documentsErased > 0 && { firstErasedAt: progress.firstErasedAt ?? found.verifiedAt }),
    ...(found.coversClaim ? own : unchangedClaim),
    verifiedAt: found.verifiedAt,
    newUse: found.newUse,
    indices: found.indices,
  };
};

/** What a closing needs beside the entry. */
export interface Closing {
  readonly rule: TerminationRule;
  readonly metUnder: MetUnder;
  /** 32 fresh random bytes, base64url. */
  readonly opening: string;
  readonly seal: SealOpening;
}

const closing = (entry: LedgerEntry, found: Found, { metUnder, opening }: Closing): ClosureFacts | undefined => {
  const { uin, sdkAppId, progress } = entry;
  if (uin === undefined) return undefined;
  const state = progress.documentsErased > 0 ? 'erased' : 'nothing-found';
  const commitment = subjectCommitment({ uin, ...(sdkAppId !== undefined && { sdkAppId }) }, opening);
  return { state, progress, closedAt: found.verifiedAt, metUnder, commitment };
};

const close = (entry: LedgerEntry, last: ClosureFacts, { rule, opening, seal }: Closing): LedgerEntry => {
  const { obligation } = entry;
  if (obligation === undefined) return entry;
  const { state, closedAt } = last;
  const met = { ...last, obligation: { ...withoutProof(obligation), eraseBy: deadlineOf(obligation, rule) } };
  const through = doneThroughOf(entry.trigger, met);
  const closure = { ...met, opening: seal(opening, { entry, facts: met }) };
  const closed = { ...entry, closures: [...entry.closures, closure], doneThrough: through };
  const next = obligationOf(entry.events, entry.trigger, rule, through);
  return next === undefined
    ? { ...withoutIdentifiers(closed), state, closedAt }
    : { ...closed, state: 'pending', obligation: next, progress: NO_PROGRESS };
};

/** Whether there are documents of the subject that are to go, or may be. */
const isLeft = ({ owed, shared, unclear, unindexed, unreadable }: SubjectCounts): boolean =>
  owed + shared + unclear + unindexed + unreadable > 0;

/**
 * What a verification makes of an entry that was begun: erased or nothing found, and closed, if the whole category was
 * counted and nothing is left; otherwise it stays open. Where its events owe more (new use that was terminated in its turn),
 * it goes on with that. Pure.
 */
export const recordOutcome = (entry: LedgerEntry, found: Found, context: Closing): LedgerEntry => {
  const { watched: _, ...recorded } = { ...entry, progress: progressAfter(entry, found) };
  if (!found.isWhole || isLeft(found)) return recorded;
  const last = closing(recorded, found, context);
  if (last === undefined) return recorded;
  return isWatched(entry, credited(entry, found), found)
    ? { ...recorded, watched: { ...last, opening: context.seal(context.opening, { entry, facts: last }) } }
    : close(recorded, last, context);
};
