import type { Instant } from '../policy/instant.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { Block, Criteria, IndexDescription } from './document-store.ts';
import { erasureFindings } from './erasure-findings.ts';
import type { Finding } from './finding.ts';
import type { Survey, SurveyedIndex } from './survey.ts';

export type Action = 'drop' | 'delete' | 'keep' | 'blocked' | 'unavailable';

/** What a purge would do with one index, and why. */
export interface PlannedIndex extends SurveyedIndex {
  readonly action: Action;
  /** One clause for people: why this action. */
  readonly reason: string;
}

export interface Totals {
  readonly indices: number;
  readonly documents: number;
  readonly due: number;
  readonly overdue: number;
  readonly undatable: number;
}

/** What a purge would do with a category at one instant. A value: making it changes nothing. */
export interface Plan {
  readonly category: Category;
  readonly criteria: Criteria;
  readonly plannedAt: Instant;
  readonly survey: Survey;
  readonly indices: readonly PlannedIndex[];
  readonly totals: Totals;
  readonly oldestAt?: Instant;
  readonly findings: readonly Finding[];
}

/** Adds the counts of all indices that answered. */
const totalsOf = (indices: readonly SurveyedIndex[]): Totals =>
  indices.reduce<Totals>(
    (sum, { counts }) => ({
      indices: sum.indices + 1,
      documents: sum.documents + (counts?.documents ?? 0),
      due: sum.due + (counts?.due ?? 0),
      overdue: sum.overdue + (counts?.overdue ?? 0),
      undatable: sum.undatable + (counts?.undatable ?? 0),
    }),
    { indices: 0, documents: 0, due: 0, overdue: 0, undatable: 0 },
  );

const isFullyDue = ({ counts }: SurveyedIndex): boolean =>
  counts !== undefined && counts.documents > 0 && counts.due === counts.documents;

/** Why this index is being written to, as far as its data stream and aliases say; undefined when they do not. */
export const writeTarget = (
  index: Pick<IndexDescription, 'aliases'> & { readonly dataStreamWriteIndex?: boolean; readonly dataStream?: string },
): string | undefined => {
  if (index.dataStreamWriteIndex === true) return `write index of data stream "${index.dataStream}"`;
  const written = index.aliases.find((alias) => alias.isWriteIndex === true);
  return written === undefined ? undefined : `write index of alias "${written.name}"`;
};

/**
 * Indices that must stay although every document in them is due, with the reason: dropping the last index of an alias
 * makes the next write create an index of the alias's name with a guessed mapping. Of an alias whose indices would all
 * be dropped, the one with the newest documents stays.
 */
const sparedForAlias = (indices: readonly SurveyedIndex[]): ReadonlyMap<string, string> => {
  const members = Map.groupBy(
    indices.flatMap((index) => index.description.aliases.map((alias) => ({ alias: alias.name, index }))),
    ({ alias }) => alias,
  );
  const spared = new Map<string, string>();
  for (const [alias, entries] of members) {
    const staysAnyway = entries.some(({ index }) => !isFullyDue(index) || writeTarget(index.description) !== undefined);
    if (staysAnyway) continue;
    const newest = entries.reduce((best, entry) =>
      (entry.index.counts?.to ?? 0) > (best.index.counts?.to ?? 0) ? entry : best,
    );
    spared.set(
      newest.index.description.name,
      entries.length === 1 ? `only index of alias "${alias}"` : `last index left to alias "${alias}"`,
    );
  }
  return spared;
};

const DELETE_BLOCKS = ['write', 'read_only', 'read_only_allow_delete'] as const;

/** The block that keeps documents of an index from being deleted; such a request would hang until it is turned away. */
export const deleteObstacle = (blocks: readonly Block[]): Block | undefined =>
  DELETE_BLOCKS.find((block) => blocks.includes(block));

/** What a document is that a purge of the category removes: said of one, of some, of all. */
const dueWord = ({ rules: { age, termination } }: Category): string => {
  if (age === undefined) return 'to be erased';
  return termination === undefined ? 'expired' : 'due';
};

const planIndex = (index: SurveyedIndex, spared: ReadonlyMap<string, string>, due: string): PlannedIndex => {
  const { description, counts, findings } = index;
  const { blocks } = description;
  const decide = (action: Action, reason: string, finding?: Finding): PlannedIndex => ({
    ...index,
    action,
    reason,
    findings: finding === undefined ? findings : [...findings, finding],
  });

  if (counts === undefined) return decide('unavailable', findings[0]?.code ?? 'unanswered');
  if (counts.documents === 0) return decide('keep', 'empty');
  if (counts.due === 0) return decide('keep', counts.undatable > 0 ? `nothing datable is ${due}` : `nothing ${due}`);

  const stays = writeTarget(description) ?? spared.get(description.name);
  if (isFullyDue(index) && stays === undefined) {
    if (!blocks.includes('read_only')) return decide('drop', `every document ${due}`);
    return decide('blocked', 'index.blocks.read_only', {
      code: 'drop-blocked',
      severity: 'blocking',
      index: description.name,
      expected: `an index that can be dropped: all its documents are ${due}`,
      found: 'index.blocks.read_only, which is not ours',
      wayOut: 'Remove the block; the next run goes on.',
    });
  }
  const obstacle = deleteObstacle(blocks);
  if (obstacle === undefined)
    return decide('delete', stays === undefined ? `some documents ${due}` : `${stays}: stays, its documents go`);
  return decide('blocked', `index.blocks.${obstacle}`, {
    code: 'write-blocked',
    severity: 'blocking',
    index: description.name,
    expected: `an index that takes deletes: ${counts.due} of its documents are ${due}`,
    found: `index.blocks.${obstacle}, which is not ours`,
    wayOut:
      obstacle === 'read_only_allow_delete'
        ? 'The disk passed its flood-stage watermark: free some space. Whole indices are still dropped.'
        : `Remove the block, or wait until every document in it is ${due}: then the index is dropped whole.`,
  });
};

/**
 * Decides, index by index, by the documents' own timestamps: every document expired → drop; some → delete those;
 * none → keep. Nothing that is being written to is dropped. Pure.
 */
export const makePlan = (category: Category, criteria: Criteria, plannedAt: Instant, surveyed: Survey): Plan => {
  const spared = sparedForAlias(surveyed.indices);
  const indices = surveyed.indices.map((index) => planIndex(index, spared, dueWord(category)));
  const noIndex: Finding = {
    code: 'no-index',
    severity: 'notice',
    expected: `an index that matches ${category.indices.join(', ')}`,
    found: 'none',
    wayOut: 'Right for a service that has none yet; otherwise check the pattern in the policy for a slip.',
  };
  return {
    category,
    criteria,
    plannedAt,
    survey: surveyed,
    indices,
    totals: totalsOf(indices),
    ...(surveyed.oldestAt === undefined ? {} : { oldestAt: surveyed.oldestAt }),
    findings: [
      ...(indices.length === 0 ? [noIndex] : []),
      ...indices.flatMap(({ findings }) => findings),
      ...erasureFindings(criteria, surveyed, plannedAt),
    ],
  };
};
