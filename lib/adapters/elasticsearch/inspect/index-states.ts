import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import pMap from 'p-map';
import { type RequestPolicy, request } from '../client/request.ts';
import { fitRequestLines } from '../client/request-line.ts';
import { digestPaths, mappingDigest } from './mapping-digest.ts';

/** Every index that a pattern reaches: closed and hidden ones too, and none is no error. */
export const EVERY_STATE = { allow_no_indices: true, ignore_unavailable: true, expand_wildcards: 'all' } as const;
const AT_ONCE = 8;
/** Of the mappings only the formats, beside what {@link digestPaths} adds: other answers tell the rest. */
const WANTED = ['*.aliases', '*.settings', '*.data_stream', '*.mappings.**.format'];

/** What the server says where an index that was asked about has `index.blocks.metadata`: it refuses to answer, for the others too. */
interface Blocked {
  /** Names each blocked index as `index [name] blocked by`. */
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

/** Those of the names that a refusal does not blame; in halves where it blames none of them. */
const withoutBlocked = (names: readonly string[], { reason }: Blocked): readonly (readonly string[])[] => {
  const others = names.filter((name) => !reason.includes(`[${name}]`));
  const middle = Math.ceil(names.length / 2);
  return others.length < names.length ? [others] : [names.slice(0, middle), names.slice(middle)];
};

/** By name; without those that are blocked. */
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

/** Every index in the answer: also those that an alias or a data stream leads to. */
export const namesOf = ({ indices, aliases, data_streams }: estypes.IndicesResolveIndexResponse): readonly string[] => [
  ...new Set([
    ...indices.map(({ name }) => name),
    ...aliases.flatMap(({ indices: reached }) => reached),
    ...data_streams.flatMap(({ backing_indices }) => backing_indices),
  ]),
];

/** The wanted parts of what `GET <index>` says of each; by name where a blocked index answers for none. */
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
 * Settings, aliases and run-time fields of every index that the patterns reach, in one request; in a few by name where a blocked index
 * answers for none. What is blocked itself is in no answer.
 * @param fields names of fields of which the mapping is wanted too, and that of the objects that they lie in.
 * @throws InputError | TransientError when the cluster does not answer.
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
      // 404 is how it says that no index has any of the fields.
      client.indices.getFieldMapping(
        { index: [...index], ...EVERY_STATE, fields: [...fields], include_defaults: true },
        { ...options, ignore: [404] },
      ),
    ),
  );

/**
 * How these fields are mapped, in one request; in a few by name where a blocked index answers for none.
 * @throws InputError | TransientError when the cluster does not answer.
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
  const each = await pMap(lines, (line) => mappings(client, requests, line, fields), { concurrency: AT_ONCE });
  return Object.assign({}, ...each.filter((answer) => !isBlocked(answer)));
};

/**
 * The digest of what the mapping of every index says of these fields, by name, in one request; in a few by name where a blocked index answers
 * for none.
 * @throws InputError | TransientError when the cluster does not answer.
 */
export const mappingDigests = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
  fields: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const names = async (): Promise<readonly string[]> =>
    namesOf(
      await request(requests, `looking for ${patterns.join(', ')}`, (options) =>
        client.indices.resolveIndex({ name: [...patterns], ...EVERY_STATE }, options),
      ),
    );
  // An index of which nothing else matches would be in no answer.
  const wanted = ['*.settings.index.uuid', ...digestPaths(fields)];
  const states = await statesWith(client, requests, patterns, wanted, names);
  return new Map(Object.entries(states).map(([name, state]) => [name, mappingDigest(state, fields)]));
};
