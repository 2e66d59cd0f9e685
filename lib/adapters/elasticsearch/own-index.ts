import type { Client, estypes } from '@elastic/elasticsearch';
import { WorldError } from '../../purge/errors.ts';
import { type RequestPolicy, request } from './request.ts';

/** What Elasticsearch calls it when an index is not there. One that is closed is called otherwise. */
export const NO_INDEX = 'index_not_found_exception';

/**
 * Creates an index of ours with an explicit mapping, unless it is there; then it gets the fields that it lacks.
 * @throws InputError | WorldError when it can be neither found nor created.
 */
export const ensureOwnIndex = async (
  client: Client,
  policy: RequestPolicy,
  index: string,
  mappings: estypes.MappingTypeMapping,
): Promise<void> => {
  const doing = `creating ${index}`;
  // Not `exists`: the client may send the request after a HEAD on the connection that a proxy closes after it.
  const found = await request(policy, `looking for ${index}`, (options) =>
    client.indices.getSettings({ index, name: 'index.uuid', ignore_unavailable: true }, options),
  );
  if (Object.keys(found).length > 0) {
    await request(policy, `mapping new fields of ${index}`, (options) =>
      client.indices.putMapping({ index, ...mappings } as estypes.IndicesPutMappingRequest, options),
    );
    return;
  }
  try {
    await request(policy, doing, (options) =>
      client.indices.create(
        { index, mappings, settings: { number_of_shards: 1, auto_expand_replicas: '0-1' } },
        options,
      ),
    );
  } catch (error) {
    // Another run was faster.
    if (error instanceof WorldError && error.code === 'resource_already_exists_exception') return;
    throw error;
  }
};

/**
 * Writes to an index of ours, also when the disk has passed its flood stage: then Elasticsearch blocks every index of
 * the node, ours too, and without lease and report nothing could be dropped, which is what would free the disk. The
 * block is lifted from our own index only; Elasticsearch sets it again within half a minute.
 */
export const writeOwnIndex = async <T>(
  client: Client,
  policy: RequestPolicy,
  index: string,
  write: () => Promise<T>,
): Promise<T> => {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof WorldError) || error.code !== 'flood-stage') throw error;
    await request(policy, `lifting the flood-stage block from ${index}`, (options) =>
      client.indices.putSettings({ index, settings: { 'index.blocks.read_only_allow_delete': null } }, options),
    );
    return write();
  }
};
