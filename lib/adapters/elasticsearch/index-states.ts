import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import pMap from 'p-map';
import { type RequestPolicy, request } from './request.ts';
import { fitRequestLines } from './request-line.ts';

/** Every index that a pattern reaches: closed and hidden ones too, and none is no error. */
export const EVERY_STATE = { allow_no_indices: true, ignore_unavailable: true, expand_wildcards: 'all' } as const;
const AT_ONCE = 8;
/** Of the mappings, only what no other answer tells: run-time fields, what is kept of documents, what is copied where. */
const WANTED = [
  '*.aliases',
  '*.settings',
  '*.data_stream',
  '*.mappings.runtime',
  '*.mappings._source',
  '*.mappings.**.copy_to',
];

/** Undefined when an index under the pattern has `index.blocks.metadata`: it refuses to answer, for the others too. */
const unlessBlocked = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof errors.ResponseError && error.body?.error?.type === 'cluster_block_exception')
      return undefined;
    throw error;
  }
};

/** Of the objects that fields lie in: what they are, and whether anything in them is indexed. */
const wantedOf = (objects: readonly string[]): readonly string[] => [
  '*.mappings.enabled',
  ...objects.flatMap((object) => {
    const path = `*.mappings.properties.${object.split('.').join('.properties.')}`;
    return [`${path}.type`, `${path}.enabled`];
  }),
];

const get = (client: Client, policy: RequestPolicy, index: readonly string[], objects: readonly string[]) =>
  request(policy, `reading settings and aliases of ${index.join(', ')}`, (options) =>
    unlessBlocked(() =>
      client.indices.get(
        {
          index: [...index],
          ...EVERY_STATE,
          features: ['aliases', 'settings', 'mappings'],
          filter_path: [...WANTED, ...wantedOf(objects)],
        },
        options,
      ),
    ),
  );

/**
 * Settings, aliases and run-time fields of every index that the patterns reach, in one request; one each where a blocked index answers for
 * none. What is blocked itself is in no answer.
 * @param objects names of objects that fields lie in, of which the mapping is wanted too.
 * @throws InputError | WorldError when the cluster does not answer.
 */
export const indexStates = async (
  client: Client,
  policy: RequestPolicy,
  patterns: readonly string[],
  objects: readonly string[],
  names: () => Promise<readonly string[]>,
): Promise<estypes.IndicesGetResponse> => {
  const together = await get(client, policy, patterns, objects);
  if (together !== undefined) return together;
  const each = await pMap(await names(), (name) => get(client, policy, [name], objects), { concurrency: AT_ONCE });
  return Object.assign({}, ...each.filter((states) => states !== undefined));
};

const mappings = (client: Client, policy: RequestPolicy, index: readonly string[], fields: readonly string[]) =>
  request(policy, `reading the mapping of ${index.join(', ')}`, (options) =>
    unlessBlocked(() =>
      // 404 is how it says that no index has any of the fields.
      client.indices.getFieldMapping(
        { index: [...index], ...EVERY_STATE, fields: [...fields], include_defaults: true },
        { ...options, ignore: [404] },
      ),
    ),
  );

/**
 * How these fields are mapped, in one request; in a few by name where a blocked index answers for none.
 * @throws InputError | WorldError when the cluster does not answer.
 */
export const fieldMappings = async (
  client: Client,
  policy: RequestPolicy,
  patterns: readonly string[],
  fields: readonly string[],
  unblocked: () => Promise<readonly string[]>,
): Promise<estypes.IndicesGetFieldMappingResponse> => {
  const together = await mappings(client, policy, patterns, fields);
  if (together !== undefined) return together;
  const lines = fitRequestLines(await unblocked());
  const each = await pMap(lines, (line) => mappings(client, policy, line, fields), { concurrency: AT_ONCE });
  return Object.assign({}, ...each.filter((answer) => answer !== undefined));
};
