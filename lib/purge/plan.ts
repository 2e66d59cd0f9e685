import { count, number } from '../base/number-text.ts';
import type { Criteria } from '../criteria/due-criteria.ts';
import type { Finding } from '../criteria/finding.ts';
import { allowDeletionsRequest, type Block, deleteObstacle } from '../criteria/index-blocks.ts';
import type { IndexDescription } from '../criteria/index-description.ts';
import { isEmptied, isFullyDue, type Survey, type SurveyedIndex } from '../criteria/survey-result.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import { dueWordOf, RULE_KINDS } from '../rules/rule-kinds.ts';
import type { Announcement } from './announced/announcement.ts';
import { clockFinding } from './clocks.ts';
import { controlFindings } from './controls/control-findings.ts';
import { holdIdsOn, isHeldItself, isKeptWhole } from './controls/held-index.ts';
import { leftoverBlockFinding } from './execute/unblock.ts';
import { stayReasons } from './indices/stay-reasons.ts';
import { untouchedFinding } from './indices/untouched-index.ts';

/**
 * The action of a plan for one index. `blocked`: a block of the index prevents its deletions. `unavailable`: the index
 * did not answer.
 */
export type Action = 'drop' | 'delete' | 'keep' | 'blocked' | 'unavailable';

/** Whether an action removes documents. */
export const isRemoval = (action: Action): boolean => action === 'drop' || action === 'delete';

/** The action of a purge for one index, and the reason. */
export interface PlannedIndex extends SurveyedIndex {
  readonly action: Action;
  /** Why this action was chosen: one clause for people. */
  readonly reason: string;
  /** The most documents that may be removed from it. Set if the run carries out a saved plan. */
  readonly atMost?: number;
}

/** The counts of a category. */
export interface Totals {
  /** All indices, also those that did not answer. The other numbers count only indices that answered. */
  readonly indices: number;
  readonly documents: number;
  readonly due: number;
  /** Documents that a rule would remove, but that a legal hold keeps. */
  readonly held: number;
  readonly overdue: number;
  readonly undatable: number;
  /** Documents kept by their ingestion date although their timestamp is overdue. */
  readonly behindIngestion: number;
}

/** The actions of a purge in a category at one instant. Making a plan changes nothing. */
export interface Plan {
  readonly category: Category;
  readonly criteria: Criteria;
  readonly plannedAt: Instant;
  readonly survey: Survey;
  readonly indices: readonly PlannedIndex[];
  readonly totals: Totals;
  readonly oldestAt?: Instant;
  /**
   * How many of the due documents an earlier run has announced. Reports are read for this only if the guard would
   * refuse the plan.
   */
  readonly announced?: Announcement;
  /** How many of the due documents belong to subjects that were erased before. */
  readonly returned?: number;
  /** Set if the run carries out a saved plan: what this plan has left out because the saved plan does not name it. */
  readonly leftOut?: readonly Finding[];
  readonly findings: readonly Finding[];
}

const totalsOf = (indices: readonly SurveyedIndex[]): Totals =>
  indices.reduce<Totals>(
    (sum, { counts }) => ({
      indices: sum.indices + 1,
      documents: sum.documents + (counts?.documents ?? 0),
      due: sum.due + (counts?.due ?? 0),
      held: sum.held + (counts?.held ?? 0),
      overdue: sum.overdue + (counts?.overdue ?? 0),
      undatable: sum.undatable + (counts?.undatable ?? 0),
      behindIngestion: sum.behindIngestion + (counts?.behindIngestion ?? 0),
    }),
    { indices: 0, documents: 0, due: 0, held: 0, overdue: 0, undatable: 0, behindIngestion: 0 },
  );

const writeBlocked = ({ description, counts }: SurveyedIndex, obstacle: Block, dueWord: string): Finding => {
  const { name, blocks } = description;
  const request = allowDeletionsRequest(name, blocks);
  return {
    code: 'write-blocked',
    severity: 'blocking',
    index: name,
    expected: `an index that accepts deletions: ${number(counts?.due ?? 0)} of its documents are ${dueWord}`,
    found: `index.blocks.${obstacle}, which is not ours`,
    fix:
      obstacle === 'read_only_allow_delete'
        ? `The disk passed its flood-stage watermark: free some space, and Elasticsearch lifts the block. If the block stays: ${request}. Whole indices are still dropped.`
        : `Remove the block: ${request}. The next run deletes them.`,
  };
};

const withoutNumbers = ({ description: { name }, counts }: SurveyedIndex, dueWord: string): Finding => ({
  code: 'no-sequence-numbers',
  severity: 'blocking',
  index: name,
  expected: `sequence numbers in ${name}, so that the cluster notices if a document changes before it is deleted`,
  found: `index.disable_sequence_numbers, and ${count(counts?.due ?? 0, 'document', 'documents')} ${dueWord}`,
  fix: `Nothing is deleted there, since a document that has become live would go, too. Block writes (PUT /${name}/_block/write), copy the documents into an index without this setting (POST _reindex), and delete ${name}. Or wait: once all its documents are ${dueWord} and nothing writes to it any more, the whole index is dropped.`,
});

const dropBlocked = ({ name, blocks }: IndexDescription, dueWord: string): Finding => ({
  code: 'drop-blocked',
  severity: 'blocking',
  index: name,
  expected: `an index that can be dropped: all its documents are ${dueWord}`,
  found: 'index.blocks.read_only, which is not ours',
  fix: `Remove the block: ${allowDeletionsRequest(name, blocks)}. The next run drops the index.`,
});

/** The action for an index without documents. */
const planEmpty = (index: SurveyedIndex, stays: string | undefined): Pick<PlannedIndex, 'action' | 'reason'> => {
  if (!isEmptied(index)) return { action: 'keep', reason: 'empty' };
  if (stays !== undefined) return { action: 'keep', reason: `emptied; ${stays}: stays` };
  if (index.isUnchanged !== true)
    return { action: 'keep', reason: 'emptied: is dropped once a run finds it unchanged for 24 hours' };
  if (index.description.blocks.includes('read_only'))
    return { action: 'keep', reason: 'emptied; index.blocks.read_only keeps it from being dropped' };
  return { action: 'drop', reason: 'emptied, and unchanged for 24 hours' };
};

/** The reason for an index without due documents: its rule, or a hold. */
const nothingDue = ({ counts, usable }: SurveyedIndex, due: string): string => {
  if ((counts?.held ?? 0) > 0) return isKeptWhole(usable) ? 'held, as a whole' : `nothing ${due} but what is held`;
  return (counts?.undatable ?? 0) > 0 ? `nothing datable is ${due}` : `nothing ${due}`;
};

const planIndex = (
  index: SurveyedIndex,
  reasons: ReadonlyMap<string, string>,
  category: Category,
  { held }: Criteria,
): PlannedIndex => {
  const { description, counts, findings, usable } = index;
  const { blocks } = description;
  const due = dueWordOf(category);
  const decide = (action: Action, reason: string, finding?: Finding): PlannedIndex => ({
    ...index,
    action,
    reason,
    findings: finding === undefined ? findings : [...findings, finding],
  });

  if (counts === undefined) return decide('unavailable', findings[0]?.code ?? 'unanswered');
  if (isHeldItself(usable)) return decide('keep', `held: ${holdIdsOn(description, held)}`);
  const stays = reasons.get(description.name);
  if (counts.documents === 0) return { ...index, ...planEmpty(index, stays) };
  if (counts.due === 0) return decide('keep', nothingDue(index, due));
  if (isFullyDue(index) && stays === undefined)
    return blocks.includes('read_only')
      ? decide('blocked', 'index.blocks.read_only', dropBlocked(description, due))
      : decide('drop', `every document ${due}`);
  if (description.unnumbered) return decide('blocked', 'no sequence numbers', withoutNumbers(index, due));
  const obstacle = deleteObstacle(blocks);
  if (obstacle !== undefined) return decide('blocked', `index.blocks.${obstacle}`, writeBlocked(index, obstacle, due));
  const some = (counts.held ?? 0) > 0 ? `some documents ${due}, others held` : `some documents ${due}`;
  return decide('delete', stays === undefined ? some : `${stays}: stays, its documents go`);
};

/**
 * The plan for an index that must not be touched: it does not belong to the category, or its documents are copies and
 * the originals stay.
 */
const planUntouched = (index: SurveyedIndex, finding: Finding): PlannedIndex => {
  const isUnanswered = index.counts === undefined;
  return {
    ...index,
    action: isUnanswered ? 'unavailable' : finding.severity === 'blocking' ? 'blocked' : 'keep',
    reason: finding.code,
    findings: isUnanswered ? [...index.findings, finding] : [finding],
  };
};

const isBlockedByUs = ({ description: { uuid, blocks } }: SurveyedIndex, { ourBlocks = [] }: Criteria): boolean =>
  blocks.includes('write') && ourBlocks.some((intent) => intent.uuid === uuid);

/** Marks a write block as our own, so that it does not count as the block of somebody else. */
const withOwnBlock = (planned: PlannedIndex): PlannedIndex => ({
  ...planned,
  findings: [
    ...planned.findings.filter(({ code }) => code !== 'write-blocked'),
    leftoverBlockFinding(planned.description.name),
  ],
});

const noIndex = (category: Category, criteria: Criteria): Finding =>
  RULE_KINDS.map((kind) => kind.noIndexFinding?.(category, criteria)).find((finding) => finding !== undefined) ?? {
    code: 'no-index',
    severity: 'notice',
    expected: `an index that matches ${category.indices.join(', ')}`,
    found: 'none',
    fix: 'This is right if the service has no index yet. Otherwise check the pattern in the policy for a mistake.',
  };

/**
 * Decides for each index by how many of its documents are due: all → drop; some → delete these; none → keep. An index
 * that is being written to is never dropped. An index that does not belong to the category is never touched.
 */
export const makePlan = (category: Category, criteria: Criteria, plannedAt: Instant, surveyed: Survey): Plan => {
  const untouched = (index: SurveyedIndex): Finding | undefined => untouchedFinding(index, category);
  const reasons = stayReasons(
    surveyed.indices.filter((index) => untouched(index) === undefined),
    category,
  );
  const indices = surveyed.indices.map((index) => {
    const finding = untouched(index);
    const planned =
      finding === undefined ? planIndex(index, reasons, category, criteria) : planUntouched(index, finding);
    return isBlockedByUs(planned, criteria) ? withOwnBlock(planned) : planned;
  });
  return {
    category,
    criteria,
    plannedAt,
    survey: surveyed,
    indices,
    totals: totalsOf(indices),
    ...(surveyed.oldestAt === undefined ? {} : { oldestAt: surveyed.oldestAt }),
    findings: [
      ...(indices.length === 0 ? [noIndex(category, criteria)] : []),
      ...indices.flatMap(({ findings }) => findings),
      ...RULE_KINDS.flatMap((kind) => kind.findings?.({ category, criteria, survey: surveyed }, plannedAt) ?? []),
      ...(criteria.ledgerFindings ?? []),
      ...controlFindings(category, criteria, surveyed, plannedAt),
      ...[clockFinding(criteria.clocks) ?? []].flat(),
    ],
  };
};
