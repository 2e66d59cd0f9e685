import { type Finding, isBlocking } from '../../../criteria/finding.ts';
import { unclaimedIndices } from '../../../purge/indices/unclaimed-indices.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { exitCodeOf, type Failure, failureOf } from '../../failure.ts';
import { failurePage, findingsPage } from '../../output/findings-page.ts';
import { count } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Session } from '../../session.ts';

/** Indices that look like ours and belong to no category, or why they could not be searched. */
export type Unclaimed =
  | { readonly findings: readonly Finding[] }
  | { readonly failure: Failure; readonly exitCode: ExitCode };

/** Looks for unclaimed indices in the whole cluster, whatever categories were chosen. */
export const lookForUnclaimed = ({ policy, catalogue }: Session): Promise<Unclaimed> =>
  unclaimedIndices(policy, catalogue).then(
    (findings) => ({ findings }),
    (error: unknown) => ({ failure: failureOf(error), exitCode: exitCodeOf(error) }),
  );

/** The number of indices that are listed for people; programs get all of them. */
const MAX_INDICES_LISTED = 50;

const blockingIn = (findings: readonly Finding[]): number => findings.filter(isBlocking).length;

/** Their effect on the summary and the exit code: documents without a promise mean that not everything is kept. */
export const unclaimedEffect = (
  unclaimed: Unclaimed,
): { readonly clauses: readonly string[]; readonly exitCode: ExitCode } => {
  if ('failure' in unclaimed)
    return { clauses: [`unclaimed indices not examined (${unclaimed.failure.code})`], exitCode: unclaimed.exitCode };
  const blocking = blockingIn(unclaimed.findings);
  if (blocking === 0) return { clauses: [], exitCode: EXIT.done };
  return { clauses: [count(blocking, 'unclaimed index', 'unclaimed indices')], exitCode: EXIT.left };
};

/** The section for people: each index with its documents and the fix. Empty if there are none. */
export const unclaimedPage = (unclaimed: Unclaimed): Page => {
  const page =
    'failure' in unclaimed ? failurePage(unclaimed.failure) : findingsPage(unclaimed.findings, MAX_INDICES_LISTED);
  const title = `Indices that no category claims${'failure' in unclaimed ? ': not examined' : ''}`;
  return page.length === 0 ? [] : ['', { text: title, style: 'bold' }, ...page];
};

/** The keys for programs. `unclaimed` is null if it could not be determined. */
export const unclaimedJson = (unclaimed: Unclaimed) =>
  'failure' in unclaimed ? { unclaimed: null, unclaimedError: unclaimed.failure } : { unclaimed: unclaimed.findings };
