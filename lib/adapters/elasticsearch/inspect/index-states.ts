import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import pMap from 'p-map';
import { type RequestPolicy, request } from '../client/request.ts';
import { fitRequestLines } from '../client/request-line.ts';
import { digestPaths, mappingDigest } from './mapping-digest.ts';

/** Includes every index that a pattern matches, even closed and hidden ones. No match is no error. */
export const EVERY_STATE = { allow_no_indices: true, ignore_unavailable: true, expand_wildcards: 'all' } as const;
const REQUESTS_AT_ONCE = 8;
/**
 * Requests only the formats of the mappings, and the parts from {@link digestPaths}. Other requests return the rest.
 */
const WANTED = ['*.aliases', '*.settings', '*.data_stream', '*.mappings.**.format'];

/**
 * The server's error if one of the requested indices has `index.blocks.metadata`: it refuses the answer for all others
 * too.
 */
interface Blocked {
  /** Contains `index [name] blocked by` for each blocked index. */
  readonly reason: string;
}

const isBlocked = (answer: object): answer is Blocked => typeof (answer as Partial<Blocked>).reason === 'string';

const unlessBlocked = async <T extends object>(ask: () => Promise<T>): Promise<T | Blocked> => {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof errors.ResponseError) || error.body?.error?.type !== 'cluster_block_exception') throw error;
    return { reason: `${error.body.error.reason}` };
  }
};

const get = (client: Client, requests: RequestPolicy, index: readonly string[], wanted: readonly string[]) =>
  request(requests, `reading settings and aliases of ${index.join(', ')}`, (options) =>
    unlessBlocked(() =>
      client.indices.get(
        {
          index: [...index],
          ...EVERY_STATE,
          features: ['aliases', 'settings', 'mappings'],
          filter_path: [...wanted],
        },
        options,
      ),
    ),
  );

/** The names without those that a rejection blames; two halves if it blames none of them. */
const withoutBlocked = (names: readonly string[], { reason }: Blocked): readonly (readonly string[])[] => {
  const others = names.filter((name) => !reason.includes(`[${name}]`));
  const middle = Math.ceil(names.length / 2);
  return others.length < names.length ? [others] : [names.slice(0, middle), names.slice(middle)];
};

/** The states by name, without blocked indices. */
const statesOf = async (
  client: Client,
  requests: RequestPolicy,
  names: readonly string[],
  wanted: readonly string[],
): Promise<readonly estypes.IndicesGetResponse[]> => {
  const found: estypes.IndicesGetResponse[] = [];
  for (const line of fitRequestLines(names)) {
    const states = await get(client, requests, line, wanted);
    if (!isBlocked(states)) found.push(states);
    else if (line.length > 1)
      for (const part of withoutBlocked(line, states)) found.push(...(await statesOf(client, requests, part, wanted)));
  }
  return found;
};

/** All indices in the answer, including those behind an alias or data stream. */
export const resolvedNames = ({
  indices,
  aliases,
  data_streams,
}: estypes.IndicesResolveIndexResponse): readonly string[] => [
  ...new Set([
    ...indices.map(({ name }) => name),
    ...aliases.flatMap(({ indices: reached }) => reached),
    ...data_streams.flatMap(({ backing_indices }) => backing_indices),
  ]),
];

/** The requested parts of `GET <index>` for each index. Asks by name if a blocked index prevents the answer. */
const statesWith = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
  wanted: readonly string[],
  names: () => Promise<readonly string[]>,
): Promise<estypes.IndicesGetResponse> => {
  const together = await get(client, requests, patterns, wanted);
  if (!isBlocked(together)) return together;
  const unblamed = (await names()).filter((name) => !together.reason.includes(`[${name}]`));
  return Object.assign({}, ...(await statesOf(client, requests, unblamed, wanted)));
};

/**
 * Settings, aliases and run-time fields of every index that the patterns match, in one request. Asks by name, in
 * several requests, if a blocked index prevents the answer. Blocked indices are missing in the answer.
 * @param fields whose mapping is needed too, with the mapping of their parent objects.
 * @throws InputError | TransientError if the cluster does not answer.
 */
export const indexStates = (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
  fields: readonly string[],
  names: () => Promise<readonly string[]>,
): Promise<estypes.IndicesGetResponse> =>
  statesWith(client, requests, patterns, [...WANTED, ...digestPaths(fields)], names);

const mappings = (client: Client, requests: RequestPolicy, index: readonly string[], fields: readonly string[]) =>
  request(requests, `reading the mapping of ${index.join(', ')}`, (options) =>
    unlessBlocked(() =>
      // 404 means that no index has any of the fields.
      client.indices.getFieldMapping(
        { index: [...index], ...EVERY_STATE, fields: [...fields], include_defaults: true },
        { ...options, ignore: [404] },
      ),
    ),
  );

/**
 * The mapping of these fields, in one request. Asks by name, in several requests, if a blocked index prevents the
 * answer.
 * @throws InputError | TransientError if the cluster does not answer.
 */
export const fieldMappings = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
  fields: readonly string[],
  unblocked: () => Promise<readonly string[]>,
): Promise<estypes.IndicesGetFieldMappingResponse> => {
  const together = await mappings(client, requests, patterns, fields);
  if (!isBlocked(together)) return together;
  const lines = fitRequestLines(await unblocked());
  const each = await pMap(lines, (line) => mappings(client, requests, line, fields), { concurrency: REQUESTS_AT_ONCE });
  return Object.assign({}, ...each.filter((answer) => !isBlocked(answer)));
};

/**
 * The digest of these fields' mapping in every index, by name, in one request. Asks by name, in several requests, if a
 * blocked index prevents the answer.
 * @throws InputError | TransientError if the cluster does not answer.
 */
export const mappingDigests = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
  fields: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const names = async (): Promise<readonly string[]> =>
    resolvedNames(
      await request(requests, `looking for ${patterns.join(', ')}`, (options) =>
        client.indices.resolveIndex({ name: [...patterns], ...EVERY_STATE }, options),
      ),
    );
  // Without the uuid, the answer would lack an index that has none of the other parts.
  const wanted = ['*.settings.index.uuid', ...digestPaths(fields)];
  const states = await statesWith(client, requests, patterns, wanted, names);
  return new Map(Object.entries(states).map(([name, state]) => [name, mappingDigest(state, fields)]));
};
