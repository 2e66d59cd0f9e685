import type { Client } from '@elastic/elasticsearch';
import type { ClusterSurroundings, CopyingJob, FieldTemplate, Snapshot, Visible } from '../../../audit/audit-reader.ts';
import { RetentionError } from '../../../base/errors.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { typesIn } from './audited-indices.ts';

/** If the key may not see something, or the cluster cannot show it, the audit says so and continues. */
const seen = async <T>(look: () => Promise<T>): Promise<Visible<T>> => {
  try {
    return { seen: await look() };
  } catch (error) {
    if (error instanceof RetentionError) return { unseen: `${error.code}: ${error.explanation.found}` };
    throw error;
  }
};

const snapshotsIn = async (
  client: Client,
  requests: RequestPolicy,
  repository: string,
): Promise<readonly Snapshot[]> => {
  const { snapshots = [] } = await request(requests, `listing the snapshots in ${repository}`, (options) =>
    client.snapshot.get(
      {
        repository,
        snapshot: '*',
        ignore_unavailable: true,
        filter_path: [
          'snapshots.snapshot',
          'snapshots.indices',
          'snapshots.end_time_in_millis',
          'snapshots.data_streams',
        ],
      },
      options,
    ),
  );
  return snapshots.map(({ snapshot, indices = [], data_streams: streams = [], end_time_in_millis: end }) => ({
    repository,
    name: snapshot,
    indices: [...indices, ...streams],
    ...(end !== undefined && Number(end) > 0 && { endedAt: Number(end) }),
  }));
};

const allSnapshots = async (client: Client, requests: RequestPolicy): Promise<readonly Snapshot[]> => {
  const repositories = await request(requests, 'listing the snapshot repositories', (options) =>
    client.snapshot.getRepository({ name: '_all' }, options),
  );
  const snapshots: Snapshot[] = [];
  for (const name of Object.keys(repositories)) snapshots.push(...(await snapshotsIn(client, requests, name)));
  return snapshots;
};

const MAX_TRANSFORMS = 1_000;

/** A server without transforms or rollups answers that the path does not exist. */
const NOT_THERE = [400, 404, 405, 410];

const allJobs = async (client: Client, requests: RequestPolicy): Promise<readonly CopyingJob[]> => {
  const { transforms = [] } = await request(requests, 'listing the transforms', (options) =>
    client.transform.getTransform(
      { transform_id: '_all', size: MAX_TRANSFORMS, allow_no_match: true },
      { ...options, ignore: NOT_THERE },
    ),
  );
  const { jobs = [] } = await request(requests, 'listing the rollup jobs', (options) =>
    client.rollup.getJobs({ id: '_all' }, { ...options, ignore: NOT_THERE }),
  );
  return [
    ...transforms.map(({ id, source, dest }) => ({
      kind: 'transform',
      name: String(id),
      to: String(dest.index),
      from: [source.index].flat().map(String),
    })),
    ...jobs.map(({ config }) => ({
      kind: 'rollup',
      name: config.id,
      to: config.rollup_index,
      from: config.index_pattern.split(','),
    })),
  ];
};

interface IndexStats {
  readonly primaries?: { readonly docs?: { readonly count?: number } };
  readonly shards?: Readonly<
    Record<
      string,
      readonly { readonly retention_leases?: { readonly leases?: readonly { readonly source?: string }[] } }[]
    >
  >;
}

const statsOf = async (
  client: Client,
  requests: RequestPolicy,
  level: 'indices' | 'shards',
  paths: readonly string[],
): Promise<readonly (readonly [string, IndexStats])[]> => {
  const { indices = {} } = await request(requests, 'reading the sizes of all indices', (options) =>
    client.indices.stats(
      { metric: 'docs', level, expand_wildcards: 'all', filter_path: paths.map((path) => `indices.*.${path}`) },
      options,
    ),
  );
  return Object.entries(indices) as unknown as readonly (readonly [string, IndexStats])[];
};

/** Other clusters that follow an index have retention leases on its shards. */
const allFollowed = async (client: Client, requests: RequestPolicy): Promise<readonly string[]> =>
  (await statsOf(client, requests, 'shards', ['shards.*.retention_leases.leases.source']))
    .filter(([, { shards = {} }]) =>
      Object.values(shards).some((copies) =>
        copies.some(({ retention_leases: each }) => each?.leases?.some(({ source }) => source === 'ccr') === true),
      ),
    )
    .map(([name]) => name);

/**
 * An index that the key may not see is missing in every answer, without an error. So the audit asks which privileges
 * the key has.
 */
const seesEveryIndex = async (client: Client, requests: RequestPolicy): Promise<Visible<true>> => {
  const index = [{ names: ['*'], privileges: ['view_index_metadata' as const] }];
  const { has_all_requested: sees } = await request(requests, 'asking which indices the key sees', (options) =>
    // A server without security does not know this request, and hides nothing.
    client.security.hasPrivileges({ index }, { ...options, ignore: NOT_THERE }),
  );
  return sees === false ? { unseen: 'the key has no view_index_metadata on *' } : { seen: true };
};

const allCounts = async (client: Client, requests: RequestPolicy): Promise<ReadonlyMap<string, number>> =>
  new Map(
    (await statsOf(client, requests, 'indices', ['primaries.docs.count'])).map(([name, { primaries }]) => [
      name,
      primaries?.docs?.count ?? 0,
    ]),
  );

const clusterSettings = async (client: Client, requests: RequestPolicy): Promise<Readonly<Record<string, unknown>>> => {
  const { defaults, persistent, transient } = await request(
    requests,
    'reading the settings of the cluster',
    (options) =>
      client.cluster.getSettings(
        { include_defaults: true, flat_settings: true, filter_path: ['*.xpack.security.audit*'] },
        options,
      ),
  );
  return { ...defaults, ...persistent, ...transient };
};

type Mapping = Parameters<typeof typesIn>[0] & { readonly _source?: { readonly enabled?: boolean } };

const allTemplates = async (
  client: Client,
  requests: RequestPolicy,
  fields: readonly string[],
): Promise<readonly FieldTemplate[]> => {
  const { index_templates: templates } = await request(requests, 'listing the index templates', (options) =>
    client.indices.getIndexTemplate({}, options),
  );
  const { component_templates: components } = await request(requests, 'listing the component templates', (options) =>
    client.cluster.getComponentTemplate({}, options),
  );
  const byName = new Map(
    components.map(({ name, component_template: { template } }) => [name, template.mappings as Mapping]),
  );
  return templates.map(({ name, index_template: { index_patterns, composed_of = [], template, priority = 0 } }) => {
    // Later parts override earlier parts: the components in their order, then the template itself.
    const mappings = [...composed_of.map((each) => byName.get(each)), template?.mappings as Mapping | undefined];
    return {
      name,
      priority,
      patterns: [index_patterns].flat(),
      types: new Map(mappings.flatMap((mapping) => [...typesIn(mapping, fields)])),
      keepsSource: mappings.findLast((mapping) => mapping?._source?.enabled !== undefined)?._source?.enabled !== false,
    };
  });
};

/** The parts of the cluster beside its indices, as far as the key may see them. */
export const auditedSurroundings = async (
  client: Client,
  requests: RequestPolicy,
  fields: readonly string[],
): Promise<ClusterSurroundings> => ({
  snapshots: await seen(() => allSnapshots(client, requests)),
  jobs: await seen(() => allJobs(client, requests)),
  followed: await seen(() => allFollowed(client, requests)),
  everyIndex: await seesEveryIndex(client, requests),
  counts: await seen(() => allCounts(client, requests)),
  clusterSettings: await seen(() => clusterSettings(client, requests)),
  templates: await seen(() => allTemplates(client, requests, fields)),
});
