import { matchesPattern } from '../policy/index-pattern.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { IndexDescription } from './document-store.ts';
import { isEmptied } from './emptied-index.ts';
import type { SurveyedIndex } from './survey.ts';

export const isFullyDue = ({ counts }: SurveyedIndex): boolean =>
  counts !== undefined && counts.documents > 0 && counts.due === counts.documents;

/** It holds nothing that has to stay: every document is due, or it was emptied a stated time ago. */
const isGoing = (index: SurveyedIndex): boolean =>
  isFullyDue(index) || (isEmptied(index) && index.isUnchanged === true);

/** Why this index is being written to, as far as its data stream and aliases say; undefined when they do not. */
export const writeTarget = (
  index: Pick<IndexDescription, 'aliases'> & { readonly dataStreamWriteIndex?: boolean; readonly dataStream?: string },
): string | undefined => {
  if (index.dataStreamWriteIndex === true) return `write index of data stream "${index.dataStream}"`;
  const written = index.aliases.find((alias) => alias.isWriteIndex === true);
  return written === undefined ? undefined : `write index of alias "${written.name}"`;
};

/** Whoever writes through an alias of this index, or its data stream, writes to another index. */
const isWrittenElsewhere = ({ description }: SurveyedIndex, indices: readonly SurveyedIndex[]): boolean => {
  if (description.dataStream !== undefined) return true;
  const names = new Set(description.aliases.map(({ name }) => name));
  return indices.some((other) =>
    other.description.aliases.some(({ name, isWriteIndex }) => isWriteIndex === true && names.has(name)),
  );
};

/** Whether an index template gives a new index of this name the fields by which the category's rules work, as they can be read. */
const isTemplated = (
  { templateFields }: SurveyedIndex,
  { rules, timestampField, ingestedField, accountField }: Category,
): boolean => {
  const needed = [
    ...(rules.age === undefined ? [] : [timestampField, ingestedField]),
    ...(rules.termination === undefined ? [] : [accountField]),
  ];
  return templateFields !== undefined && needed.every((field) => templateFields.has(field));
};

/** Where nothing tells how old an index is, no other one is younger. */
const isYounger = (other: SurveyedIndex, than: SurveyedIndex): boolean => {
  if (other.counts === undefined || other.counts.documents === 0) return false;
  if (than.counts?.documents === 0) return true;
  const { to = Number.NEGATIVE_INFINITY } = other.counts;
  const { to: limit = Number.POSITIVE_INFINITY } = than.counts ?? {};
  return to > limit || (to === limit && other.description.name > than.description.name);
};

/** The pattern of which this is the last index: no other one that matches it has younger documents. */
const patternLeftBare = (
  index: SurveyedIndex,
  indices: readonly SurveyedIndex[],
  { indices: patterns }: Category,
): string | undefined =>
  patterns
    .filter((pattern) => matchesPattern(index.description.name, pattern))
    .find(
      (pattern) => !indices.some((other) => matchesPattern(other.description.name, pattern) && isYounger(other, index)),
    );

const ownReason = (index: SurveyedIndex, indices: readonly SurveyedIndex[], category: Category): string | undefined => {
  const written = writeTarget(index.description);
  if (written !== undefined) return written;
  if (index.isUnlooked === true) return 'not all of it was looked into';
  if (index.description.waitsForCopies === true)
    return 'index that waits for copies (index.write.wait_for_active_shards)';
  if (isWrittenElsewhere(index, indices)) return undefined;
  if (category.records === 'current-state') return 'index of a register (records: current-state)';
  if (isTemplated(index, category)) return undefined;
  const pattern = patternLeftBare(index, indices, category);
  return pattern === undefined ? undefined : `last index of ${pattern}, and no index template maps its next one`;
};

/** Of an alias whose indices would all be dropped, the one with the newest documents stays. */
const sparedForAlias = (
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
      (isGoing(index) || (only && isEmptied(index))) && !reasons.has(index.description.name);
    if (!entries.every(goes)) continue;
    const newest = entries.reduce((best, entry) =>
      (entry.index.counts?.to ?? 0) > (best.index.counts?.to ?? 0) ? entry : best,
    );
    spared.set(newest.index.description.name, `${only ? 'only' : 'last'} index of this category in alias "${alias}"`);
  }
  return spared;
};

/**
 * Indices that must stay although nothing in them has to, with the reason, by name. What is written to stays; so does what the next write would
 * make anew with a guessed mapping: a register, the last index of a pattern that no index template maps, the last index of an alias. Pure.
 * @param indices those that the category may touch.
 */
export const stayReasons = (indices: readonly SurveyedIndex[], category: Category): ReadonlyMap<string, string> => {
  const reasons = new Map(
    indices
      .filter((index) => isGoing(index) || isEmptied(index))
      .map((index) => [index.description.name, ownReason(index, indices, category)] as const)
      .filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  );
  return new Map([...reasons, ...sparedForAlias(indices, reasons)]);
};
