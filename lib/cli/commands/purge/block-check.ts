import { isForbidden, type RetentionError } from '../../../base/errors.ts';
import { reachesIndex } from '../../../control/controls.ts';
import type { BlockIntent } from '../../../criteria/due-criteria.ts';
import type { Finding } from '../../../criteria/finding.ts';
import { liftRequest } from '../../../criteria/index-blocks.ts';
import { CategoryVisit, type Unreached } from '../../../erasure/recording/category-visit.ts';
import { matchesPattern } from '../../../policy/index-pattern.ts';
import { stillBlocked } from '../../../purge/execute/unblock.ts';
import type { Verification } from '../../../purge/verify.ts';
import { EXIT, type ExitCode, worstOf } from '../../exit-code.ts';
import { exitCodeOf, type Failure, failureOf } from '../../failure.ts';
import { failurePage, findingsPage } from '../../output/findings-page.ts';
import { count } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { Session } from '../../session.ts';

/** Write blocks that no active run will lift, and the categories that could not be asked. */
export interface DeclaredBlocks {
  /** The blocks, by the category whose lease declares them. */
  readonly blocks: ReadonlyMap<string, readonly BlockIntent[]>;
  /** Categories whose leases could not be read. */
  readonly unreached: readonly Unreached[];
  /** Why no category could be asked. */
  readonly failure?: Failure;
  readonly exitCode: ExitCode;
}

/** A block on an index that its category's command did not look at, and whether a run of that category lifts it. */
interface StrayBlock extends BlockIntent {
  readonly isLifted: boolean;
}

/** Whether nothing can be read: the key may not read leases, or their index was deleted since it was listed. */
const hasNothing = (error: RetentionError): boolean => isForbidden(error) || error.code === 'own-index-missing';

/** Reads the declared blocks from the leases. Never throws. A key that may not read leases gets no result. */
export const declaredBlocks = async ({ ports }: Session): Promise<DeclaredBlocks> => {
  const visit = new CategoryVisit();
  try {
    const found = await visit.each(await ports.leases.categories(), (category) =>
      ports.leases.leftoverBlocks(category),
    );
    const unreached = visit.unreached.filter(({ error }) => !hasNothing(error));
    return { blocks: found, unreached, exitCode: unreachedExitCode(unreached) };
  } catch (error) {
    return { blocks: new Map(), unreached: [], failure: failureOf(error), exitCode: exitCodeOf(error) };
  }
};

const strayBlock = ({ index, isLifted }: StrayBlock): Finding => ({
  code: 'write-block-left',
  severity: 'blocking',
  index,
  expected: isLifted
    ? 'no write block of ours on an index that its category has not looked at'
    : 'no lease that declares a block on an index which its category does not reach',
  found: isLifted
    ? 'index.blocks.write, which a run set in order to drop the index, and did not lift'
    : 'index.blocks.write, which a lease declares, although under the current policy no run of that category can have set it',
  fix: isLifted
    ? 'The next run of the category whose lease declares the block lifts it. For twelve minutes after a run died, or after a drop without an answer, the block stays, since that drop may still be executed.'
    : `No run lifts it: the policy does not know the category whose lease declares it, or no pattern of that category reaches the index. It may be an administrator's: ask who set it. If nobody wants it, lift it: ${liftRequest(index, 'write')}`,
});

/** Findings outside the categories: our own blocks on indices that the command did not look at in any category. */
export interface BlockCheck {
  readonly findings: readonly Finding[];
  readonly unreached: readonly Unreached[];
  readonly failure?: Failure;
  readonly exitCode: ExitCode;
}

/**
 * Finds declared blocks that are still set, on an index that the command did not look at in the category of the lease.
 * Ignored indices belong to somebody else and are skipped. Changes nothing.
 */
export const checkBlocks = async (
  { policy, ports }: Session,
  { blocks, unreached, failure, exitCode }: DeclaredBlocks,
  looked: ReadonlyMap<string, Verification>,
): Promise<BlockCheck> => {
  if (failure !== undefined) return { findings: [], unreached, failure, exitCode };
  const strays = [...blocks].flatMap(([category, intents]) => {
    const seen = new Set(looked.get(category)?.survey.indices.map(({ description }) => description.uuid));
    const known = policy.categories.get(category);
    return intents.flatMap((intent) =>
      seen.has(intent.uuid) || policy.ignoredIndices.some((pattern) => matchesPattern(intent.index, pattern))
        ? []
        : [{ ...intent, isLifted: known !== undefined && reachesIndex(known, intent.index) }],
    );
  });
  const left = new Set(await stillBlocked(strays, ports.remover));
  const findings = strays.filter((stray) => left.has(stray)).map(strayBlock);
  return { findings, unreached, exitCode: worstOf([exitCode, findings.length > 0 ? EXIT.left : EXIT.done]) };
};

const LEASES = 'leases not examined';

/** The clauses for a summary. */
export const blockClauses = ({ findings, unreached, failure }: BlockCheck): readonly string[] => [
  ...(findings.length === 0 ? [] : [`write block left on ${count(findings.length, 'other index', 'other indices')}`]),
  ...unreachedClauses(unreached, LEASES),
  ...(failure === undefined ? [] : [`${LEASES} (${failure.code})`]),
];

/** The section for people, with the fix. */
export const blockSection = ({ findings, unreached, failure }: BlockCheck): Page => [
  ...unreachedSection(unreached, LEASES),
  ...(findings.length === 0 && failure === undefined
    ? []
    : ['', [{ text: 'Write blocks that a lease declares', style: 'bold' } as const]]),
  ...findingsPage(findings),
  ...(failure === undefined ? [] : failurePage(failure)),
];

/** The keys for programs. */
export const blocksJson = ({ findings, unreached, failure }: BlockCheck) => ({
  findings,
  unreached: unreachedJson(unreached),
  ...(failure !== undefined && { error: failure }),
});
