import type { Client } from '@elastic/elasticsearch';
import { isForbidden } from '../../../base/errors.ts';
import { categoryIn, type OwnKind, type OwnNames, ownStem } from '../../../policy/own-indices.ts';
import { type RequestPolicy, request } from '../client/request.ts';

/**
 * The categories that have an own index of one kind and that the key may see, even if the policy does not contain them.
 * Reads names only. The caller then uses the exact name of each index.
 * @throws TransientError
 */
export const ownCategories = async (
  client: Client,
  requests: RequestPolicy,
  names: OwnNames,
  kind: OwnKind | 'reports',
): Promise<readonly string[]> => {
  const { indices } = await request(requests, `looking for indices ${ownStem(names, kind)}*`, (options) =>
    client.indices.resolveIndex({ name: `${ownStem(names, kind)}*`, expand_wildcards: 'all' }, options),
  ).catch((error: unknown) => {
    if (isForbidden(error)) return { indices: [] };
    throw error;
  });
  return indices.flatMap(({ name }) => categoryIn(names, kind, name) ?? []).sort();
};
