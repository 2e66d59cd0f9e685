import type { AliasFacts, IndexState } from '../../criteria/index-description.ts';
import type { SurveyedIndex } from '../../criteria/survey-result.ts';
import { matchesPattern } from '../../policy/index-pattern.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { DocumentRemover } from '../document-remover.ts';
import { isTemplated } from '../survey.ts';
import { otherWriteIndices, patternsOf } from './stay-reasons.ts';
import { isYounger } from './younger-index.ts';

/**
 * An index on which the drop of another index relies. It must exist, with the same uuid and, if an alias is named, with
 * that alias.
 */
interface ReliedOn {
  readonly name: string;
  readonly uuid: string;
  readonly alias?: AliasFacts;
}

/** The condition for a drop: at least one of these indices exists, so that no write creates the dropped index again. */
export interface Reliance {
  readonly anyOf: readonly ReliedOn[];
  /** What the dropped index would be if none of these indices existed: one clause for people. */
  readonly otherwise: string;
}

/** All conditions for the drop of one index, apart from its own documents. */
export interface Reliances {
  /** Each of its aliases must lead to an index that stays. */
  readonly onAliases: readonly Reliance[];
  /** An index template maps the next index. While this is the case, the drop relies on no other index. */
  readonly onTemplate: boolean;
  readonly onOthers: readonly Reliance[];
}

const reliedOn = ({ description: { name, uuid } }: SurveyedIndex, alias?: AliasFacts): ReliedOn => ({
  name,
  uuid,
  ...(alias !== undefined && { alias }),
});

const onAliases = ({ description }: SurveyedIndex, staying: readonly SurveyedIndex[]): readonly Reliance[] =>
  description.aliases.map(({ name }) => ({
    anyOf: staying
      .filter((other) => other.description.aliases.some((alias) => alias.name === name))
      .map((other) => reliedOn(other, { name })),
    otherwise: `last index of alias "${name}"`,
  }));

/** Either an alias of the index writes to another index, or each of its patterns has a younger index. */
const otherIndexReliances = (
  index: SurveyedIndex,
  staying: readonly SurveyedIndex[],
  category: Category,
): readonly Reliance[] => {
  const written = [...otherWriteIndices(index, staying)].flatMap(([name, others]) =>
    others.map((other) => reliedOn(other, { name, isWriteIndex: true })),
  );
  if (written.length > 0) return [{ anyOf: written, otherwise: 'index whose aliases write to no other one' }];
  const younger = staying.filter((other) => isYounger(other, index));
  return patternsOf(index, category).map((pattern) => ({
    anyOf: younger
      .filter(({ description }) => matchesPattern(description.name, pattern))
      .map((other) => reliedOn(other)),
    otherwise: `last index of ${pattern}, and no index template maps its next one`,
  }));
};

/**
 * Determines what the drop of an index relies on.
 * @param staying the indices that the category may touch and that this plan does not drop.
 */
export const reliancesOf = (
  index: SurveyedIndex,
  staying: readonly SurveyedIndex[],
  category: Category,
): Reliances => ({
  onAliases: onAliases(index, staying),
  // An index with `records: current-state` stays even if a template maps the next index.
  onTemplate: category.records !== 'current-state' && isTemplated(index, category),
  // A data stream writes to its newest backing index, and is removed with all of its indices or not at all.
  onOthers: index.description.dataStream === undefined ? otherIndexReliances(index, staying, category) : [],
});

const stillExists = ({ uuid, alias }: ReliedOn, state: IndexState | undefined): boolean => {
  if (state?.uuid !== uuid) return false;
  if (alias === undefined) return true;
  const isWanted = alias.isWriteIndex === true;
  return state.aliases.some(({ name, isWriteIndex }) => name === alias.name && (!isWanted || isWriteIndex === true));
};

/** The first condition that no existing index fulfils. */
const firstLost = async (
  reliances: readonly Reliance[],
  { state }: Pick<DocumentRemover, 'state'>,
): Promise<string | undefined> => {
  for (const { anyOf, otherwise } of reliances) {
    let isThere = false;
    for (const relied of anyOf) {
      isThere = stillExists(relied, await state(relied.name));
      if (isThere) break;
    }
    if (!isThere) return `after the plan it became the ${otherwise}`;
  }
  return undefined;
};

/**
 * Why an index may no longer be dropped: an index, alias or template on which the drop relied at the time of the plan
 * is gone. Undefined if all of them are still there. Called under the write block, right before the drop.
 * @param isTemplated whether an index template still maps the next index.
 */
export const lostReliance = async (
  { onAliases, onTemplate, onOthers }: Reliances,
  remover: Pick<DocumentRemover, 'state'>,
  isTemplated: () => Promise<boolean>,
): Promise<string | undefined> => {
  const lost = await firstLost(onAliases, remover);
  if (lost !== undefined) return lost;
  return onTemplate && (await isTemplated()) ? undefined : firstLost(onOthers, remover);
};
