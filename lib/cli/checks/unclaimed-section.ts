import { type Finding, isBlocking } from '../../purge/finding.ts';
import { unclaimedIndices } from '../../purge/indices/unclaimed-indices.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { exitCodeOf, type Failure, failureOf } from '../failure.ts';
import { failurePage, findingsPage } from '../output/findings-page.ts';
import { count } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import type { Session } from '../session.ts';

/** Indices that look like ours and belong to no category, or why nobody could look for them. */
export type Unclaimed =
  | { readonly findings: readonly Finding[] }
  | { readonly failure: Failure; readonly exitCode: ExitCode };

/** Looks for them in the whole cluster, whichever categories were chosen. */
export const lookForUnclaimed = ({ policy, catalogue }: Session): Promise<Unclaimed> =>
  unclaimedIndices(policy, catalogue).then(
    (findings) => ({ findings }),
    (error: unknown) => ({ failure: failureOf(error), exitCode: exitCodeOf(error) }),
  );

/** So many are named for people; programs get them all. */
const LISTED = 50;

const blockingIn = (findings: readonly Finding[]): number => findings.filter(isBlocking).length;

/** What they mean for the summary and the exit code: documents without a promise are not all kept. */
export const besideOf = (
  unclaimed: Unclaimed,
): { readonly clauses: readonly string[]; readonly exitCode: ExitCode } => {
  if ('failure' in unclaimed)
    return { clauses: [`unclaimed indices not examined (${unclaimed.failure.code})`], exitCode: unclaimed.exitCode };
  const blocking = blockingIn(unclaimed.findings);
  if (blocking === 0) return { clauses: [], exitCode: EXIT.done };
  return { clauses: [count(blocking, 'unclaimed index', 'unclaimed indices')], exitCode: EXIT.left };
};

/** Each by name, with its documents and the fix; nothing where there are none. */
export const unclaimedPage = (unclaimed: Unclaimed): Page => {
  const page = 'failure' in unclaimed ? failurePage(unclaimed.failure) : findingsPage(unclaimed.findings, LISTED);
  const title = `Indices that no category claims${'failure' in unclaimed ? ': not examined' : ''}`;
  return page.length === 0 ? [] : ['', { text: title, style: 'bold' }, ...page];
};

/** The same for programs. `unclaimed` is null when nobody could look. */
export const unclaimedJson = (unclaimed: Unclaimed) =>
  'failure' in unclaimed ? { unclaimed: null, unclaimedError: unclaimed.failure } : { unclaimed: unclaimed.findings };
