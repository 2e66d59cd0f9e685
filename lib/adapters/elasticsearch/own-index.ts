import type { Client, estypes } from '@elastic/elasticsearch';
import { WorldError } from '../../purge/errors.ts';
import { type RequestPolicy, request } from './request.ts';

/**
 * Creates an index of ours with an explicit mapping, unless it is there.
 * @throws InputError | WorldError when it can be neither found nor created.
 */
export const ensureOwnIndex = async (
  client: Client,
  policy: RequestPolicy,
  index: string,
  mappings: estypes.MappingTypeMapping,
): Promise<void> => {
  const doing = `creating ${index}`;
  const exists = await request(policy, `looking for ${index}`, (options) => client.indices.exists({ index }, options));
  if (exists) return;
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
