import type { Client } from '@elastic/elasticsearch';
import { isForbidden } from '../../../base/errors.ts';
import { categoryIn, type OwnKind, type OwnNames, ownStem } from '../../../policy/own-indices.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { fixOfAltered } from './fix-of-altered.ts';
import { altered, copyName, originalName } from './own-index-state.ts';

const namesOf = async (
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
  return indices.map(({ name }) => name);
};

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
): Promise<readonly string[]> =>
  (await namesOf(client, requests, names, kind)).flatMap((name) => categoryIn(names, kind, name) ?? []).sort();

/**
 * The same, if their indices are whole.
 * @throws InputError `own-index-altered` if one is being rebuilt, or its rebuild was broken off: documents may be in
 *   the copy alone; TransientError
 */
export const wholeCategories = async (
  client: Client,
  requests: RequestPolicy,
  names: OwnNames,
  kind: OwnKind,
): Promise<readonly string[]> => {
  const found = await namesOf(client, requests, names, kind);
  const copied = found.map(originalName).find((name) => name !== undefined && categoryIn(names, kind, name));
  if (copied !== undefined)
    throw altered(
      copied,
      [`some of its documents may be in ${copyName(copied)} alone: a rebuild is at work, or was broken off`],
      fixOfAltered(copied, []),
    );
  return found.flatMap((name) => categoryIn(names, kind, name) ?? []).sort();
};
