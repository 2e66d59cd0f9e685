import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { type RequestPolicy, request } from '../client/request.ts';
import { fitRequestLines } from '../client/request-line.ts';

/**
 * One such index under a pattern, and the others may not be answered for either. `query_shard_exception`: with
 * `index.query.parse.allow_unmapped_fields: false` the server refuses to tell a field that lies in an object.
 */
const UNSEARCHABLE = new Set([
  'cluster_block_exception',
  'no_shard_available_action_exception',
  'illegal_index_shard_state_exception',
  'query_shard_exception',
]);

/**
 * What `field_caps` says of all these indices at once; undefined when the server refuses to answer for any of them,
 * because one is read-blocked, or none has a shard, or none tells its fields.
 * @throws InputError | TransientError when the cluster does not answer.
 */
export const fieldCapabilities = (
  client: Client,
  requests: RequestPolicy,
  index: readonly string[],
  fields: readonly string[],
): Promise<estypes.FieldCapsResponse | undefined> =>
  request(requests, `asking for the fields of ${index.join(', ')}`, async (options) => {
    try {
      return await client.fieldCaps(
        {
          index: [...index],
          allow_no_indices: true,
          ignore_unavailable: true,
          expand_wildcards: ['open', 'hidden'],
          fields: [...fields],
          include_unmapped: true,
        },
        options,
      );
    } catch (error) {
      if (error instanceof errors.ResponseError && UNSEARCHABLE.has(error.body?.error?.type)) return undefined;
      throw error;
    }
  });

/**
 * The same, asked by name in as few requests as their lines allow; what still cannot be asked is in no answer.
 * @throws InputError | TransientError when the cluster does not answer.
 */
export const fieldCapabilitiesByName = async (
  client: Client,
  requests: RequestPolicy,
  names: readonly string[],
  fields: readonly string[],
): Promise<readonly estypes.FieldCapsResponse[]> => {
  const answers: estypes.FieldCapsResponse[] = [];
  for (const line of fitRequestLines(names)) {
    const answer = await fieldCapabilities(client, requests, line, fields);
    if (answer !== undefined) answers.push(answer);
  }
  return answers;
};
