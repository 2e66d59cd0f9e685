import type { Category } from '../lib/policy/retention-policy.ts';
import type { Deployment } from './deployment.ts';
import type { Resources } from './template.ts';

const refuse = (id: string, first: string, second: string): never => {
  throw new Error(
    `The categories "${first}" and "${second}" were expected to have resources of different names; found ${id} in both, so that one would be lost. Rename one of them: no category may be called as another and what is made for it ("uins" and "uins-schedule").`,
  );
};

/**
 * The resources of every category of the policy.
 * @throws Error if two categories have a resource with the same logical id: the second would silently replace the
 *   first.
 */
export const resourcesOfEach = (
  { policy }: Pick<Deployment, 'policy'>,
  of: (category: Category) => Resources,
): Resources => {
  const owners = new Map<string, string>();
  const parts = [...policy.categories.values()].map((category) => {
    const resources = of(category);
    for (const id of Object.keys(resources)) {
      const owner = owners.get(id);
      if (owner !== undefined) refuse(id, owner, category.id);
      owners.set(id, category.id);
    }
    return resources;
  });
  return Object.assign({}, ...parts);
};
