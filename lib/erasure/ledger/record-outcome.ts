import { mayHaveDocuments, type SubjectCounts } from '../../criteria/counts.ts';
import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { subjectCommitment } from '../subjects/subject-commitment.ts';
import { withoutIdentifiers } from './apply-event.ts';
import { doneThroughOf } from './done-through.ts';
import {
  type ErasureProgress,
  type LedgerEntry,
  NO_PROGRESS,
  type PolicyAtClosure,
  reopenedClosure,
} from './ledger-entry.ts';
import { deadlineOf, obligationOf } from './obligation.ts';
import { withoutProof } from './obligation-proof.ts';
import type { ClosureFacts, SealOpening } from './sealed-opening.ts';

/** The result of a verification for one subject. */
export interface VerifiedSubject extends SubjectCounts {
  /** Number of counted indices. */
  readonly indices: number;
  /**
   * Whether every index of the category answered, with a mapping in which accounts can be found. Otherwise no subject
   * can be called gone.
   */
  readonly isWhole: boolean;
  /**
   * Whether every index in which the claim was counted answered again, or is gone. Otherwise missing documents do not
   * count as erased.
   */
  readonly coversClaim: boolean;
  readonly verifiedAt: Instant;
  /** The next run starts no later than this. */
  readonly nextRunBy: Instant;
}

/**
 * The number of erased documents: those that were counted before the destruction and are not found any more. If they
 * were counted for another termination, some may now be new use. Therefore new use and shared documents count as found.
 */
const credited = (
  { trigger, obligation, progress }: LedgerEntry,
  { due, newUse, shared, held = 0 }: SubjectCounts,
): number => {
  const isMoved = trigger === 'feature-terminated' && progress.claimedFor !== obligation?.terminatedAt;
  return Math.max(0, (progress.claimed ?? 0) - due - held - (isMoved ? newUse + shared : 0));
};

/**
 * The claim of a run before it erases: the number of due documents and of held documents. Before the next count, a held
 * document may be released, or a due document may become held. So documents that the next count finds neither as due
 * nor as held have been erased.
 */
export const claimable = ({ due, held = 0 }: SubjectCounts): number => (due > 0 ? due + held : 0);

const claimOf = ({ obligation }: LedgerEntry, claimed: number): Pick<ErasureProgress, 'claimed' | 'claimedFor'> => ({
  claimed,
  ...(obligation !== undefined && { claimedFor: obligation.terminatedAt }),
});

/** The counts of a plan for one subject. */
type PlannedSubject = SubjectCounts & Pick<VerifiedSubject, 'isWhole'>;

/**
 * The entry as it is recorded before the first destructive request, with the plan's count. Documents that a crashed run
 * had counted and that are gone now are added to the erased documents, unless they may be in an index that does not
 * answer.
 */
export const beginEntry = (entry: LedgerEntry, planned: PlannedSubject, now: Instant): LedgerEntry => {
  if (!planned.isWhole && entry.progress.claimed !== undefined) return { ...entry, state: 'erasing' };
  const erased = credited(entry, planned);
  const documentsErased = entry.progress.documentsErased + erased;
  const { watched, ...begun } = entry;
  return {
    ...begun,
    // Documents that have appeared since must be erased before anything is closed.
    ...(watched !== undefined && planned.isWhole && planned.due === 0 && { watched }),
    state: 'erasing',
    progress: {
      ...entry.progress,
      documentsErased,
      ...claimOf(entry, claimable(planned)),
      ...(documentsErased > 0 && { firstErasedAt: entry.progress.firstErasedAt ?? now }),
    },
  };
};

/**
 * Whether an entry is watched until the next run. After the deletion of an account, documents written late must be
 * erased too. So the next run counts again, if it comes before the deadline.
 */
const isWatched = ({ trigger, obligation }: LedgerEntry, erased: number, { nextRunBy }: VerifiedSubject): boolean =>
  trigger === 'account-deleted' && erased > 0 && obligation !== undefined && nextRunBy < obligation.eraseBy;

const progressAfter = (entry: LedgerEntry, found: VerifiedSubject): ErasureProgress => {
  const { claimed, claimedFor, ...progress } = entry.progress;
  const documentsErased = progress.documentsErased + (found.coversClaim ? credited(entry, found) : 0);
  // Some of the documents that are still owed may be erased before the next count.
  const own = found.due > 0 ? claimOf(entry, claimable(found)) : {};
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

/** The further data for a closure, beside the entry. */
export interface ClosingContext {
  readonly rule: TerminationRule;
  readonly metUnder: PolicyAtClosure;
  /** 32 fresh random bytes, base64url. */
  readonly opening: string;
  readonly seal: SealOpening;
}

const closureFacts = (
  entry: LedgerEntry,
  found: VerifiedSubject,
  { metUnder, opening }: ClosingContext,
): ClosureFacts | undefined => {
  const { uin, sdkAppId, progress } = entry;
  if (uin === undefined) return undefined;
  const state = progress.documentsErased > 0 ? 'erased' : 'nothing-found';
  const commitment = subjectCommitment({ uin, ...(sdkAppId !== undefined && { sdkAppId }) }, opening);
  const { held } = entry;
  const holds = held === undefined ? {} : { held: held.map((span) => ({ ...span, to: span.to ?? found.verifiedAt })) };
  const again = reopenedClosure(entry)?.reopenedAt;
  return {
    state,
    progress,
    closedAt: found.verifiedAt,
    metUnder,
    commitment,
    ...holds,
    ...(again !== undefined && { again }),
  };
};

const closeEntry = (entry: LedgerEntry, last: ClosureFacts, { rule, opening, seal }: ClosingContext): LedgerEntry => {
  const { obligation } = entry;
  if (obligation === undefined) return entry;
  const { state, closedAt } = last;
  const metClosure = { ...last, obligation: { ...withoutProof(obligation), eraseBy: deadlineOf(obligation, rule) } };
  // An erasure that was carried out stays carried out, even if new use has begun since.
  const through = Math.max(doneThroughOf(entry.trigger, metClosure), entry.doneThrough ?? -Infinity);
  const closure = { ...metClosure, opening: seal(opening, { entry, facts: metClosure }) };
  const closed = { ...entry, closures: [...entry.closures, closure], doneThrough: through };
  const next = obligationOf(entry.events, entry.trigger, rule, through);
  return next === undefined
    ? { ...withoutIdentifiers(closed), state, closedAt }
    : { ...closed, state: 'pending', obligation: next, progress: NO_PROGRESS };
};

/**
 * Applies the result of a verification to an entry whose erasure was begun. If the whole category was counted and
 * nothing is left, the entry is closed as erased or nothing found. Otherwise it stays open. If its events owe a further
 * erasure (of new use that was also terminated), the entry continues with it.
 */
export const recordOutcome = (entry: LedgerEntry, found: VerifiedSubject, context: ClosingContext): LedgerEntry => {
  const { watched, ...recorded } = { ...entry, progress: progressAfter(entry, found) };
  if (!found.isWhole || mayHaveDocuments(found)) return recorded;
  const last = closureFacts(recorded, found, context);
  if (last === undefined) return recorded;
  return isWatched(entry, credited(entry, found), found)
    ? { ...recorded, watched: { ...last, opening: context.seal(context.opening, { entry, facts: last }) } }
    : closeEntry(recorded, last, context);
};
