import { matchesPattern } from '../../policy/index-pattern.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { DocumentRemover } from '../document-store.ts';
import { isTemplated } from '../survey.ts';
import type { SurveyedIndex } from '../surveyed.ts';
import type { AliasFacts, IndexState } from './index-description.ts';
import { patternsOf, writtenInstead } from './stay-reasons.ts';
import { isYounger } from './younger-index.ts';

/** An index that another one's drop relies on: it must stand, with the same uuid, and with the alias if one is named. */
interface ReliedOn {
  readonly name: string;
  readonly uuid: string;
  readonly alias?: AliasFacts;
}

/** What a drop is only allowed for: at least one of these indices stands, so that no write makes the dropped name anew. */
export interface Reliance {
  readonly anyOf: readonly ReliedOn[];
  /** What the index is where none of them stands: one clause for people. */
  readonly otherwise: string;
}

/** What the drop of one index relies on beside its own documents. */
export interface Reliances {
  /** Each of its aliases leads to an index that stays. */
  readonly onAliases: readonly Reliance[];
  /** An index template maps its next one. As long as one does, it relies on no other index. */
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

/** One of its aliases writes to another index; or else each of its patterns has a younger one. */
const onOthers = (index: SurveyedIndex, staying: readonly SurveyedIndex[], category: Category): readonly Reliance[] => {
  const written = [...writtenInstead(index, staying)].flatMap(([name, others]) =>
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
 * What the drop of an index relies on. Pure.
 * @param staying the indices that the category may touch and that the same plan does not drop.
 */
export const reliancesOf = (
  index: SurveyedIndex,
  staying: readonly SurveyedIndex[],
  category: Category,
): Reliances => ({
  onAliases: onAliases(index, staying),
  // An index of a register stays all the same.
  onTemplate: category.records !== 'current-state' && isTemplated(index, category),
  // Its data stream writes to another one, and goes with all of them or with none.
  onOthers: index.description.dataStream === undefined ? onOthers(index, staying, category) : [],
});

const stands = ({ uuid, alias }: ReliedOn, state: IndexState | undefined): boolean => {
  if (state?.uuid !== uuid) return false;
  if (alias === undefined) return true;
  const isWanted = alias.isWriteIndex === true;
  return state.aliases.some(({ name, isWriteIndex }) => name === alias.name && (!isWanted || isWriteIndex === true));
};

/** The first of these of whose indices none stands. */
const firstLost = async (
  reliances: readonly Reliance[],
  { state }: Pick<DocumentRemover, 'state'>,
): Promise<string | undefined> => {
  for (const { anyOf, otherwise } of reliances) {
    let isHeld = false;
    for (const relied of anyOf) {
      isHeld = stands(relied, await state(relied.name));
      if (isHeld) break;
    }
    if (!isHeld) return `after the plan it became the ${otherwise}`;
  }
  return undefined;
};

/**
 * Why an index may no longer be dropped: what its drop relied on was there at the plan and is not any more. Undefined when it still is.
 * Asked under its write block, right before the drop.
 * @param isTemplated whether an index template still maps its next one.
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
