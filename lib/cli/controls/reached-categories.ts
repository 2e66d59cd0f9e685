import type { Selection, Session } from '../session.ts';

/**
 * The ids of the categories that an order of a person reaches: the categories that the command names; without
 * `--category`, those of the policy and every other one that has controls. While a policy with other names is deployed,
 * the functions of both may be at work.
 * @throws InputError | TransientError if the names of the others cannot be read.
 */
export const reachedCategories = async (
  { categories, ports }: Pick<Session, 'categories' | 'ports'>,
  { category: named }: Selection,
): Promise<readonly string[]> => {
  const ids = categories.map(({ id }) => id);
  return named === undefined ? [...new Set([...ids, ...(await ports.controls.categories())])] : ids;
};
