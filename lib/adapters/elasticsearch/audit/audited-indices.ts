import type { Client } from '@elastic/elasticsearch';
import type { AuditedIndex } from '../../../audit/audit-ports.ts';
import { type RequestPolicy, request } from '../client/request.ts';

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
  // A run-time field hides the one in the mapping: nobody sees what the documents say.
  if (computed !== undefined) return `${computed}, computed at run time`;
  return mapping?.properties?.[field]?.type ?? inner?.type;
};

/** The types of those fields that a mapping has. */
export const typesIn = (mapping: Mapping | undefined, fields: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    fields.flatMap((field) => {
      const type = typeIn(mapping, field);
      return type === undefined ? [] : [[field, type] as const];
    }),
  );

/** Every index of the cluster that the key may see, closed and hidden ones too. */
export const auditedIndices = async (
  client: Client,
  requests: RequestPolicy,
  fields: readonly string[],
): Promise<readonly AuditedIndex[]> => {
  const mapped = fields.flatMap(pathsOf).map((path) => `*.mappings.${path}.type`);
  const found = (await request(requests, 'listing the indices of the cluster', (options) =>
    client.indices.get(
      {
        index: '*',
        expand_wildcards: 'all',
        flat_settings: true,
        filter_path: ['*.aliases', '*.settings', '*.data_stream', ...mapped],
      },
      options,
    ),
  )) as Readonly<Record<string, IndexState>>;
  return Object.entries(found).map(([name, { aliases = {}, mappings, settings = {}, data_stream: stream }]) => ({
    ...{ name, settings, aliases: Object.keys(aliases), types: typesIn(mappings, fields) },
    ...(stream !== undefined && { dataStream: stream }),
  }));
};
