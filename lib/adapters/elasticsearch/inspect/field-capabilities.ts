import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { type RequestPolicy, request } from '../client/request.ts';
import { fitRequestLines } from '../client/request-line.ts';

/**
 * Errors by which one index can prevent the answer for all others of a pattern. `query_shard_exception`: with
 * `index.query.parse.allow_unmapped_fields: false` the server refuses to return a field inside an object.
 */
const UNSEARCHABLE = new Set([
  'cluster_block_exception',
  'no_shard_available_action_exception',
  'illegal_index_shard_state_exception',
  'query_shard_exception',
]);

/**
 * The `field_caps` of all these indices at once. Undefined if the server gives no answer for any of them, because one
 * is read-blocked, none has a shard, or none returns its fields.
 * @throws InputError | TransientError if the cluster does not answer.
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
 * The same, requested by name in as few requests as request lines allow. Indices that still cannot be asked are
 * missing.
 * @throws InputError | TransientError if the cluster does not answer.
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
