import { Gathering } from '../erasure/gathering.ts';
import type { LedgerEntry } from '../erasure/ledger-entry.ts';
import { isoInstant } from '../policy/instant.ts';
import type { LeaseHolder } from '../purge/lease.ts';
import type { Page } from './page.ts';
import { printableIdentifier } from './printable.ts';
import { minute } from './say.ts';
import type { Session } from './session.ts';

/** Runs that were at work when erasures were taken back, and may have been carrying them out. */
export interface RunsAtWork {
  /** By the category. */
  readonly runs: ReadonlyMap<string, LeaseHolder>;
  /** Categories whose leases could not be read. */
  readonly unknown: readonly string[];
  /** Whether a run had begun with one of these erasures, and has not said yet what it erased. */
  readonly hasBegun: boolean;
}

/**
 * Asks who holds the leases of the categories in which these erasures were taken back. What cannot be read keeps no command from ending well.
 * @param cancelled as they stand now.
 */
export const runsAtWork = async (
  { ports: { leases } }: Pick<Session, 'ports'>,
  cancelled: readonly LedgerEntry[],
): Promise<RunsAtWork> => {
  const gathering = new Gathering();
  const categories = new Set(cancelled.map(({ category }) => category));
  const held = await gathering.each(categories, (category) => leases.holder(category));
  return {
    runs: new Map(
      [...held].flatMap(([category, holder]) => (holder === undefined ? [] : [[category, holder] as const])),
    ),
    unknown: gathering.unreached.map(({ category }) => category),
    hasBegun: cancelled.some(({ progress }) => (progress.claimed ?? 0) > 0),
  };
};

/**
 * For people, with the command that shows the result; nothing where no run can have erased anything.
 * @param subject options of `status`: of one account, or none.
 */
export const runsAtWorkPage = ({ runs, unknown, hasBegun }: RunsAtWork, subject = ''): Page => {
  const lines = [
    ...[...runs].map(
      ([category, { runId, until }]) =>
        `A run of ${category} is at work: ${printableIdentifier(runId)}, which holds the lease until ${minute(until)} UTC, or longer. What was taken back may already be erased, wholly or in part; the run asks before each request whether it is still owed.`,
    ),
    ...unknown.map(
      (category) =>
        `Whether a run of ${category} is at work could not be looked up: what was taken back may already be erased, wholly or in part.`,
    ),
  ];
  if (lines.length === 0 && !hasBegun) return [];
  const command = ['node bin/es-retention.mjs status', subject].filter((part) => part !== '').join(' ');
  return [...lines, `What had been erased stands in the ledger once that run has ended: ${command}`];
};

/** For programs. */
export const runsAtWorkJson = ({ runs, unknown }: RunsAtWork) => ({
  runs: [...runs].map(([category, { runId, until }]) => ({ category, runId, leaseUntil: isoInstant(until) })),
  notAsked: unknown,
});
