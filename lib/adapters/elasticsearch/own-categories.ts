import type { Client } from '@elastic/elasticsearch';
import { categoryIn, type OwnKind, type OwnNames, ownStem } from '../../policy/own-indices.ts';
import { type RequestPolicy, request } from './request.ts';

/**
 * The categories that have an index of ours of one kind, whatever the policy says of them, as far as the key may see. Only names are
 * read: whoever works with one names it exactly.
 * @throws InputError | WorldError
 */
export const ownCategories = async (
  client: Client,
  policy: RequestPolicy,
  names: OwnNames,
  kind: OwnKind | 'reports',
): Promise<readonly string[]> => {
  const { indices } = await request(policy, `looking for indices ${ownStem(names, kind)}*`, (options) =>
    client.indices.resolveIndex({ name: `${ownStem(names, kind)}*`, expand_wildcards: 'all' }, options),
  );
  return indices.flatMap(({ name }) => categoryIn(names, kind, name) ?? []).sort();
};
