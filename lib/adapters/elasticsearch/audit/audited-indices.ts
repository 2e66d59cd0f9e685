import { type Client, errors } from '@elastic/elasticsearch';
import type { AuditedIndex } from '../../../audit/audit-reader.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { fitRequestLines } from '../client/request-line.ts';

interface Mapping {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Mapping>>;
  readonly runtime?: Readonly<Record<string, Mapping>>;
}

interface IndexState {
  readonly aliases?: Readonly<Record<string, unknown>>;
  readonly mappings?: Mapping;
  readonly settings?: Readonly<Record<string, string>>;
  readonly data_stream?: string;
}

/** A field's name is a path of objects, or one key where objects are flat. */
const pathsOf = (field: string): readonly string[] => {
  const key = field.replaceAll('.', '\\.');
  return [`properties.${field.replaceAll('.', '.properties.')}`, `properties.${key}`, `runtime.${key}`];
};

const typeIn = (mapping: Mapping | undefined, field: string): string | undefined => {
  const inner = field.split('.').reduce<Mapping | undefined>((each, name) => each?.properties?.[name], mapping);
  const computed = mapping?.runtime?.[field]?.type;
  // A run-time field hides the field in the mapping, so nobody sees the values of the documents.
  if (computed !== undefined) return `${computed}, computed at run time`;
  return mapping?.properties?.[field]?.type ?? inner?.type;
};

/** The types of these fields, as far as a mapping has them. */
export const typesIn = (mapping: Mapping | undefined, fields: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    fields.flatMap((field) => {
      const type = typeIn(mapping, field);
      return type === undefined ? [] : [[field, type] as const];
    }),
  );

type States = Readonly<Record<string, IndexState>>;

/** Undefined if one of the indices answers no question about its metadata (`index.blocks.metadata`). */
const unlessBlocked = async (states: Promise<States>): Promise<States | undefined> => {
  try {
    return await states;
  } catch (error) {
    if (error instanceof errors.ResponseError && error.body?.error?.type === 'cluster_block_exception')
      return undefined;
    throw error;
  }
};

/**
 * The states of these indices. An index that blocks the request makes it fail for all, so the indices are then asked in
 * halves.
 */
const statesOf = async (
  ask: (names: readonly string[]) => Promise<States | undefined>,
  names: readonly string[],
): Promise<States> => {
  const states = await ask(names);
  if (states !== undefined) return states;
  if (names.length === 1) return Object.fromEntries(names.map((name) => [name, {}]));
  const middle = Math.ceil(names.length / 2);
  return { ...(await statesOf(ask, names.slice(0, middle))), ...(await statesOf(ask, names.slice(middle))) };
};

/**
 * Every index of the cluster that the key may see, closed and hidden ones too. An index that blocks questions about its
 * metadata has a name, and nothing else.
 */
export const auditedIndices = async (
  client: Client,
  requests: RequestPolicy,
  fields: readonly string[],
): Promise<readonly AuditedIndex[]> => {
  const mapped = fields.flatMap(pathsOf).map((path) => `*.mappings.${path}.type`);
  const ask = (index: readonly string[]): Promise<States | undefined> =>
    request(requests, 'listing the indices of the cluster', (options) =>
      unlessBlocked(
        client.indices.get(
          {
            index: [...index],
            expand_wildcards: 'all',
            ignore_unavailable: true,
            flat_settings: true,
            filter_path: ['*.aliases', '*.settings', '*.data_stream', ...mapped],
          },
          options,
        ) as Promise<States>,
      ),
    );
  const askByName = async (): Promise<States> => {
    const { indices } = await request(requests, 'listing the names of the indices of the cluster', (options) =>
      client.indices.resolveIndex({ name: '*', expand_wildcards: 'all' }, options),
    );
    const found: States[] = [];
    for (const names of fitRequestLines(indices.map(({ name }) => name))) found.push(await statesOf(ask, names));
    return Object.assign({}, ...found);
  };
  const found = (await ask(['*'])) ?? (await askByName());
  return Object.entries(found).map(([name, { aliases = {}, mappings, settings = {}, data_stream: stream }]) => ({
    name,
    settings,
    aliases: Object.keys(aliases),
    types: typesIn(mappings, fields),
    ...(stream !== undefined && { dataStream: stream }),
  }));
};
