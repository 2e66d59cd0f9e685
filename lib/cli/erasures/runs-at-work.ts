import type { LedgerEntry } from '../../erasure/ledger/ledger-entry.ts';
import { CategoryVisit } from '../../erasure/recording/category-visit.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import type { LeaseOwner } from '../../purge/lease.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { count, minute, number } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import { printableIdentifier } from '../output/printable.ts';
import type { Session } from '../session.ts';

/** Runs that were active when erasures were cancelled, and that may have been carrying them out. */
export interface RunsAtWork {
  /** The runs by category. */
  readonly runs: ReadonlyMap<string, LeaseOwner>;
  /** Categories whose leases could not be read. */
  readonly unknown: readonly string[];
  /** Cancelled erasures that a run had begun, so that documents were, or may have been, erased. */
  readonly begun: {
    readonly erasures: number;
    readonly documentsErased: number;
    /** Documents counted by a run that has not yet reported what it erased. */
    readonly mayBeErasedToo: number;
  };
}

const begunOf = (cancelled: readonly LedgerEntry[]): RunsAtWork['begun'] => {
  const begun = cancelled.filter(
    ({ state, progress: { documentsErased, claimed = 0 } }) => state === 'cancelled' && documentsErased + claimed > 0,
  );
  return {
    erasures: begun.length,
    documentsErased: begun.reduce((sum, { progress }) => sum + progress.documentsErased, 0),
    mayBeErasedToo: begun.reduce((sum, { progress: { claimed = 0 } }) => sum + claimed, 0),
  };
};

/** `1 erasure had begun: 0 to 3 documents erased`; empty if none had begun. */
export const begunClauses = ({
  begun: { erasures, documentsErased, mayBeErasedToo },
}: Pick<RunsAtWork, 'begun'>): readonly string[] => {
  if (erasures === 0) return [];
  const most = documentsErased + mayBeErasedToo;
  const least = mayBeErasedToo === 0 ? '' : `${number(documentsErased)} to `;
  return [
    `${count(erasures, 'erasure', 'erasures')} had begun: ${least}${count(most, 'document', 'documents')} erased`,
  ];
};

/** If an erasure was cancelled too late for some documents, the command is not a full success. */
export const begunExitCode = ({ begun }: Pick<RunsAtWork, 'begun'>): ExitCode =>
  begun.erasures > 0 ? EXIT.left : EXIT.done;

/**
 * Asks who has the leases of the categories in which these erasures were cancelled. A lease that cannot be read does
 * not fail the command.
 * @param cancelled the entries in their current state.
 */
export const runsAtWork = async (
  { ports: { leases } }: Pick<Session, 'ports'>,
  cancelled: readonly LedgerEntry[],
): Promise<RunsAtWork> => {
  const visit = new CategoryVisit();
  const categories = new Set(cancelled.map(({ category }) => category));
  const owners = await visit.each(categories, (category) => leases.owner(category));
  return {
    runs: new Map(
      [...owners].flatMap(([category, owner]) => (owner === undefined ? [] : [[category, owner] as const])),
    ),
    unknown: visit.unreached.map(({ category }) => category),
    begun: begunOf(cancelled),
  };
};

/**
 * The section for people, with the command that shows the result. Empty if no run can have erased anything.
 * @param subject options of `status` for one account; may be empty.
 */
export const runsAtWorkPage = ({ runs, unknown, begun }: RunsAtWork, subject = ''): Page => {
  const lines = [
    ...[...runs].map(
      ([category, { runId, until }]) =>
        `A run of ${category} is at work: ${printableIdentifier(runId)}, which has the lease until ${minute(until)} UTC, or longer. What was cancelled may already be erased, wholly or in part; the run asks before each request whether it is still owed.`,
    ),
    ...unknown.map(
      (category) =>
        `Whether a run of ${category} is at work could not be looked up: what was cancelled may already be erased, wholly or in part.`,
    ),
  ];
  if (lines.length === 0 && begun.mayBeErasedToo === 0) return [];
  const command = ['node bin/es-retention.mjs status', subject].filter((part) => part !== '').join(' ');
  return [...lines, `What had been erased stands in the ledger once that run has ended: ${command}`];
};

/** The keys for programs. */
export const runsAtWorkJson = ({ runs, unknown, begun }: RunsAtWork) => ({
  runs: [...runs].map(([category, { runId, until }]) => ({ category, runId, leaseUntil: isoInstant(until) })),
  notAsked: unknown,
  begun,
});
