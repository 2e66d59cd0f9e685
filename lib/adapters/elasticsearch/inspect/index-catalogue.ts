import type { Client } from '@elastic/elasticsearch';
import { RetentionError } from '../../../base/errors.ts';
import { ownValue } from '../../../base/objects.ts';
import type { IndexCatalogue, ListedIndex } from '../../../purge/indices/unclaimed-indices.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { fitRequestLines } from '../client/request-line.ts';

/** The requested parts of the cluster state. */
interface ClusterIndexState {
  readonly state?: string;
  readonly settings?: { readonly index?: { readonly number_of_shards?: string } };
  readonly aliases?: readonly string[];
  readonly system?: boolean;
  readonly mappings?: Readonly<Record<string, Mapping | undefined>>;
}
interface Mapping {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Mapping>>;
  readonly runtime?: Readonly<Record<string, Mapping>>;
}

const WANTED = ['state', 'aliases', 'system', 'settings.index.number_of_shards'].map(
  (path) => `metadata.indices.*.${path}`,
);

/** In a mapping, a dotted name is either nested objects, or one key where `subobjects` is off. */
const pathsOf = (field: string): readonly string[] => {
  const nested = field.replaceAll('.', '.properties.');
  const key = field.replaceAll('.', '\\.');
  return [...new Set([`properties.${nested}`, `properties.${key}`, `runtime.${key}`])].map(
    (path) => `metadata.indices.*.mappings.*.${path}.type`,
  );
};

const isMapped = (mapping: Mapping | undefined, field: string): boolean => {
  if (mapping === undefined) return false;
  const nested = field
    .split('.')
    .reduce<Mapping | undefined>((inner, name) => ownValue(inner?.properties, name), mapping);
  return [nested, ownValue(mapping.properties, field), ownValue(mapping.runtime, field)].some(
    (each) => each?.type !== undefined,
  );
};

/** Names of indices and data streams that Elastic's own products create. They begin with a dot. */
const PRODUCT_NAMES =
  /^(?:\.[df]s-)?\.(?:alerts|apm|async-search|deprecation|enrich|entities|fleet|geoip_databases|ilm|inference|internal|items|kibana|lists|logs|metrics|ml|monitoring|preview|profiling|reporting|security|siem|slm|snapshot-blob-cache|synonyms|tasks|transform|triggered_watches|watch(?:es|er)|workflows)(?=$|[-_.])/;

const listed = (
  name: string,
  { state, settings, aliases = [], mappings = {} }: ClusterIndexState,
  fields: readonly string[],
  dataStream: string | undefined,
): ListedIndex => ({
  name,
  ...(dataStream !== undefined && { dataStream }),
  aliases,
  ...(state === 'open' && { primaries: Number(settings?.index?.number_of_shards ?? 1) }),
  fields: new Set(fields.filter((field) => Object.values(mappings).some((mapping) => isMapped(mapping, field)))),
});

interface ShardStats {
  readonly routing?: { readonly primary?: boolean };
  readonly docs?: { readonly count?: number };
  readonly seq_no?: { readonly max_seq_no?: number };
}
interface Shards {
  readonly nodes?: Readonly<
    Record<string, { readonly indices?: { readonly shards?: Record<string, readonly Record<string, ShardStats>[]> } }>
  >;
}

const SHARD = 'nodes.*.indices.shards.*.*';

/** Statistics of the primary shards of these indices, on all nodes. */
const primaryShards = async (client: Client, requests: RequestPolicy, names: ReadonlyMap<string, number>) => {
  const stats = (await request(requests, 'counting in indices that no category claims', (options) =>
    client.nodes.stats(
      {
        metric: 'indices',
        index_metric: 'docs',
        level: 'shards',
        filter_path: [`${SHARD}.routing.primary`, `${SHARD}.docs.count`, `${SHARD}.seq_no.max_seq_no`],
      },
      options,
    ),
  )) as Shards;
  const shards = Object.values(stats.nodes ?? {}).flatMap(({ indices }) => Object.entries(indices?.shards ?? {}));
  return Map.groupBy(
    shards
      .filter(([name]) => names.has(name))
      .flatMap(([name, each]) => each.flatMap((byNumber) => Object.values(byNumber).map((shard) => ({ name, shard }))))
      .filter(({ shard }) => shard.routing?.primary === true),
    ({ name }) => name,
  );
};

type Primaries = Awaited<ReturnType<typeof primaryShards>>;

const sumOf = (primaries: Primaries, name: string): number =>
  (primaries.get(name) ?? []).reduce((sum, { shard }) => sum + (shard.docs?.count ?? 0), 0);

/** Something was written, but nothing is visible: it was deleted, or never refreshed. */
const mayHide = (primaries: Primaries, name: string): boolean =>
  sumOf(primaries, name) === 0 && (primaries.get(name) ?? []).some(({ shard }) => (shard.seq_no?.max_seq_no ?? 0) >= 0);

/**
 * Refreshes these indices.
 * @returns whether everything that was written is visible now.
 */
const refreshed = async (client: Client, requests: RequestPolicy, names: readonly string[]): Promise<boolean> => {
  try {
    for (const index of fitRequestLines(names))
      await request(requests, 'refreshing indices that no category claims', (options) =>
        client.indices.refresh({ index: [...index], expand_wildcards: 'none' }, options),
      );
    return true;
  } catch (error) {
    if (error instanceof RetentionError) return false;
    throw error;
  }
};

interface ClusterState {
  readonly metadata?: {
    readonly indices?: Readonly<Record<string, ClusterIndexState>>;
    readonly data_stream?: { readonly data_stream?: Readonly<Record<string, DataStreamState>> };
  };
}
/** Failures of a data stream are in separate indices, which no pattern of the stream matches. */
interface DataStreamState {
  readonly indices?: readonly { readonly index_name?: string }[];
}

const STREAMS = 'metadata.data_stream.data_stream.*.indices.index_name';

const readState = async (client: Client, requests: RequestPolicy, fields: readonly string[]) => {
  const { metadata = {} } = (await request(requests, 'reading the names of all indices', (options) =>
    client.cluster.state(
      { metric: 'metadata', filter_path: [...WANTED, STREAMS, ...fields.flatMap(pathsOf)] },
      options,
    ),
  )) as ClusterState;
  // A backing index that was removed from its stream keeps its name, and no name of the stream leads to it. So the name
  // proves nothing.
  const streams = new Map(
    Object.entries(metadata.data_stream?.data_stream ?? {}).flatMap(([stream, { indices = [] }]) =>
      indices.map(({ index_name }) => [index_name, stream] as const),
    ),
  );
  return Object.entries(metadata.indices ?? {}).map(([name, state]) => ({ name, state, stream: streams.get(name) }));
};

/** The whole cluster, from its state and its nodes' statistics. A key may read both without any index privilege. */
export const elasticsearchCatalogue = (client: Client, requests: RequestPolicy): IndexCatalogue => ({
  list: async (fields) =>
    (await readState(client, requests, fields))
      .filter(({ name, state: { system } }) => system !== true && !PRODUCT_NAMES.test(name))
      .map(({ name, state, stream }) => listed(name, state, fields, stream)),
  count: async (indices) => {
    const open = new Map(
      indices.flatMap(({ name, primaries }) => (primaries === undefined ? [] : [[name, primaries]])),
    );
    const first = await primaryShards(client, requests, open);
    const hiding = [...open.keys()].filter((name) => mayHide(first, name));
    const isVisible = hiding.length === 0 || (await refreshed(client, requests, hiding));
    const now = hiding.length > 0 && isVisible ? await primaryShards(client, requests, open) : first;
    const counted = [...open].filter(
      ([name, primaries]) => now.get(name)?.length === primaries && (isVisible || !mayHide(now, name)),
    );
    return new Map(counted.map(([name]) => [name, sumOf(now, name)]));
  },
});
