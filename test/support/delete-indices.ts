import type { Client } from '@elastic/elasticsearch';

/** So many names go in one request. */
const NAMED_AT_ONCE = 50;

/** Deletes indices of these names, in as few updates of the cluster's state as it takes. */
export const deleteIndices = async (client: Client, names: readonly string[]): Promise<void> => {
  for (let at = 0; at < names.length; at += NAMED_AT_ONCE)
    await client.indices.delete({ index: names.slice(at, at + NAMED_AT_ONCE), ignore_unavailable: true });
};
