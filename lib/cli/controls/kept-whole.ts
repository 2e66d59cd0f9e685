import { RetentionError } from '../../base/errors.ts';
import type { Hold } from '../../control/controls.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { heldCriteria } from '../../purge/controls/control-facts.ts';
import { unclearIndices } from '../../purge/survey.ts';
import { count } from '../output/format.ts';
import type { Session } from '../session.ts';

/** A category with indices in which nobody can tell which documents a hold keeps, so that all of them stay. */
export interface KeptWhole {
  readonly category: Category;
  /** Their names; undefined if the store did not answer. */
  readonly indices: readonly string[] | undefined;
}

/** At most so many indices are named. */
const MAX_NAMED = 3;

/** Where a hold keeps all documents of an index, since nobody can tell whose they are. */
export const keptWholeBy = async (
  { policy, ports }: Session,
  hold: Hold,
  places: readonly string[],
): Promise<readonly KeptWhole[]> => {
  const categories = places.flatMap((id) => policy.categories.get(id) ?? []);
  const looked = await Promise.all(
    categories.map(async (category): Promise<KeptWhole> => {
      const held = heldCriteria(category, [hold]);
      if (held === undefined) return { category, indices: [] };
      try {
        return { category, indices: await unclearIndices(ports.store, category, held) };
      } catch (error) {
        if (!(error instanceof RetentionError)) throw error;
        return { category, indices: undefined };
      }
    }),
  );
  return looked.filter(({ indices }) => indices?.length !== 0);
};

/** For the summary of the command. */
export const keptWholeClauses = (whole: readonly KeptWhole[]): readonly string[] => {
  const known = whole.filter(({ indices }) => indices !== undefined);
  return known.length === 0 ? [] : [`keeps whole indices in ${known.map(({ category: { id } }) => id).join(', ')}`];
};

/** Says which indices are kept whole, why, and what to do. */
export const keptWholeLine = ({ category: { id, accountField }, indices }: KeptWhole): string => {
  if (indices === undefined) return `In ${id}, the indices did not answer: plan shows what the hold keeps there.`;
  const more = indices.length > MAX_NAMED ? ', …' : '';
  const named = indices.slice(0, MAX_NAMED).join(', ') + more;
  return `In ${id}, every document of ${count(indices.length, 'index', 'indices')} (${named}) stays while this hold is open: "${accountField}" does not show whose they are. If another field names the account, write it as accountField in the policy. If no document there names an account, release the hold, and place it with --category for the other categories.`;
};
