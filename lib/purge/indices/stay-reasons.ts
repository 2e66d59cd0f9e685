import type { IndexDescription } from '../../criteria/index-description.ts';
import { isEmptied, isFullyDue, type SurveyedIndex } from '../../criteria/survey-result.ts';
import { matchesPattern } from '../../policy/index-pattern.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { isHeldItself } from '../controls/held-index.ts';
import { isTemplated } from '../survey.ts';
import { isYounger, youngestFirst } from './younger-index.ts';

/** Whether no document in the index has to stay: every document is due, or the index has been empty for long enough. */
const mayGo = (index: SurveyedIndex): boolean =>
  !isHeldItself(index.usable) && (isFullyDue(index) || (isEmptied(index) && index.isUnchanged === true));

/** Why this index is being written to, by its data stream and aliases; undefined if they do not show this. */
export const writeTargetReason = (
  index: Pick<IndexDescription, 'aliases'> & { readonly dataStreamWriteIndex?: boolean; readonly dataStream?: string },
): string | undefined => {
  if (index.dataStreamWriteIndex === true) return `write index of data stream "${index.dataStream}"`;
  const written = index.aliases.find((alias) => alias.isWriteIndex === true);
  return written === undefined ? undefined : `write index of alias "${written.name}"`;
};

/** The indices that receive writes through an alias of this index, by alias. */
export const otherWriteIndices = (
  { description }: SurveyedIndex,
  indices: readonly SurveyedIndex[],
): ReadonlyMap<string, readonly SurveyedIndex[]> => {
  const written = ({ aliases }: IndexDescription, alias: string): boolean =>
    aliases.some(({ name, isWriteIndex }) => name === alias && isWriteIndex === true);
  return new Map(
    description.aliases
      .map(({ name }) => [name, indices.filter((other) => written(other.description, name))] as const)
      .filter(([, others]) => others.length > 0),
  );
};

/** Whether writes through an alias or data stream of this index go to another index. */
const isWrittenElsewhere = (index: SurveyedIndex, indices: readonly SurveyedIndex[]): boolean =>
  index.description.dataStream !== undefined || otherWriteIndices(index, indices).size > 0;

/** The patterns of the category that match an index. */
export const patternsOf = ({ description }: SurveyedIndex, { indices }: Category): readonly string[] =>
  indices.filter((pattern) => matchesPattern(description.name, pattern));

/**
 * The pattern that would have no index left, because no other index that stays and matches the pattern has younger
 * documents.
 */
const unclosedPattern = (
  index: SurveyedIndex,
  staying: readonly SurveyedIndex[],
  category: Category,
): string | undefined =>
  patternsOf(index, category).find(
    (pattern) => !staying.some((other) => isYounger(other, index) && matchesPattern(other.description.name, pattern)),
  );

/** @param staying younger indices that stay; the list may also contain others. */
const ownReason = (
  index: SurveyedIndex,
  indices: readonly SurveyedIndex[],
  staying: readonly SurveyedIndex[],
  category: Category,
): string | undefined => {
  const written = writeTargetReason(index.description);
  if (written !== undefined) return written;
  if (index.isSourceUnsearched === true) return 'not all of it was looked into';
  if (index.description.waitsForCopies === true)
    return 'index that waits for copies (index.write.wait_for_active_shards)';
  if (isWrittenElsewhere(index, indices)) return undefined;
  if (category.records === 'current-state') return 'index of a register (records: current-state)';
  if (isTemplated(index, category)) return undefined;
  const pattern = unclosedPattern(index, staying, category);
  return pattern === undefined ? undefined : `last index of ${pattern}, and no index template maps its next one`;
};

/**
 * Why each index must stay because of its own properties, by name. Indices that are dropped do not count as younger
 * indices.
 */
const ownReasons = (indices: readonly SurveyedIndex[], category: Category): ReadonlyMap<string, string> => {
  const reasons = new Map<string, string>();
  const staying: SurveyedIndex[] = [];
  for (const index of youngestFirst(indices)) {
    const isSpent = mayGo(index) || isEmptied(index);
    const reason = isSpent ? ownReason(index, indices, staying, category) : undefined;
    if (reason !== undefined) reasons.set(index.description.name, reason);
    if (reason !== undefined || !mayGo(index)) staying.push(index);
  }
  return reasons;
};

/** If all indices of an alias would be dropped, the index with the newest documents stays. */
const keptForAlias = (
  indices: readonly SurveyedIndex[],
  reasons: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> => {
  const members = Map.groupBy(
    indices.flatMap((index) => index.description.aliases.map((alias) => ({ alias: alias.name, index }))),
    ({ alias }) => alias,
  );
  const spared = new Map<string, string>();
  for (const [alias, entries] of members) {
    const only = entries.length === 1;
    const goes = ({ index }: { readonly index: SurveyedIndex }): boolean =>
      (mayGo(index) || (only && isEmptied(index))) && !reasons.has(index.description.name);
    if (!entries.every(goes)) continue;
    const newest = entries.reduce((best, entry) =>
      (entry.index.counts?.to ?? 0) > (best.index.counts?.to ?? 0) ? entry : best,
    );
    spared.set(newest.index.description.name, `${only ? 'only' : 'last'} index of this category in alias "${alias}"`);
  }
  return spared;
};

/**
 * Indices that must stay although all their documents may go, with the reason, by name. Two kinds stay: the index that
 * is being written to, and indices that the next write would create again with a guessed mapping. The latter are: a
 * register, the last index of a pattern without an index template, and the last index of an alias.
 * @param indices the indices that the category may touch.
 */
export const stayReasons = (indices: readonly SurveyedIndex[], category: Category): ReadonlyMap<string, string> => {
  const reasons = ownReasons(indices, category);
  return new Map([...reasons, ...keptForAlias(indices, reasons)]);
};
