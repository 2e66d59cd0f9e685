import type { Client, estypes } from '@elastic/elasticsearch';
import type { IndexKind, PlannedIndex, PlannedWrite } from './content.ts';

// What writers and people do on the server. None of these requests is disturbed.

const IGNORED_ABOVE = 30;

const date = { type: 'date' } as const;
const keyword = { type: 'keyword' } as const;

const CHANGES: Readonly<Record<IndexKind, Record<string, estypes.MappingProperty>>> = {
  plain: {},
  window: {},
  nanos: { '@timestamp': { type: 'date_nanos' } },
  // Its dates date no document, and keep those that another date would let go.
  veto: { event: { properties: { ingested: { type: 'date', doc_values: false } } } },
  ignore: { uin: { type: 'keyword', ignore_above: IGNORED_ABOVE } },
  long: { uin: { type: 'long' } },
};

const PROPERTIES: Record<string, estypes.MappingProperty> = {
  '@timestamp': date,
  event: { properties: { ingested: date } },
  uin: keyword,
  sdkAppId: keyword,
};

/** Lets an index be created again by its name, as in a deployment with templates. */
export const putTemplate = async (client: Client, id: string): Promise<void> => {
  await client.indices.putIndexTemplate({
    name: id,
    index_patterns: [`${id}-*`],
    template: { mappings: { properties: PROPERTIES }, settings: { number_of_replicas: 0 } },
  });
};

export const createIndex = async (
  client: Client,
  { name, kind, shards }: PlannedIndex,
  window: number,
): Promise<void> => {
  await client.indices.create({
    index: name,
    settings: {
      number_of_replicas: 0,
      number_of_shards: shards,
      refresh_interval: '-1',
      ...(kind === 'window' && { max_result_window: window }),
    },
    mappings: { properties: { ...PROPERTIES, ...CHANGES[kind] } },
  });
};

const AT_ONCE = 5_000;

/** Sends documents, which no search sees before a refresh. Returns those that a write block kept out. */
export const send = async (client: Client, writes: readonly PlannedWrite[]): Promise<ReadonlySet<PlannedWrite>> => {
  const refused = new Set<PlannedWrite>();
  const usual = writes.filter(({ isUnreadable }) => !isUnreadable);
  for (let at = 0; at < usual.length; at += AT_ONCE) {
    const page = usual.slice(at, at + AT_ONCE);
    const operations = page.flatMap(({ text, document: { index, id } }) => [
      `{"index":{"_index":"${index}","_id":"${id}"}}`,
      text,
    ]);
    const { items } = await client.bulk({ operations });
    items.forEach(({ index }, n) => {
      const write = page[n];
      if (index?.error === undefined || write === undefined) return;
      if (index.status !== 403) throw new Error(`${write.text}: ${index.error.reason}`);
      refused.add(write);
    });
  }
  for (const write of writes.filter(({ isUnreadable }) => isUnreadable))
    await sendUnreadable(client, write).catch(() => refused.add(write));
  return refused;
};

/** As YAML without its first line, which Elasticsearch takes and cannot read again. */
const sendUnreadable = async (client: Client, { text, document: { index, id } }: PlannedWrite): Promise<void> => {
  const fields = Object.entries(JSON.parse(text)).map(([name, value]) => `"${name}": ${JSON.stringify(value)}\n`);
  await client.transport.request(
    { method: 'PUT', path: `/${index}/_doc/${id}`, body: fields.join('') },
    { headers: { 'content-type': 'application/yaml', accept: 'application/json' } },
  );
};

/** How many documents each open index has. */
export const countAll = async (client: Client, id: string): Promise<ReadonlyMap<string, number>> => {
  const of = { index: `${id}-*`, expand_wildcards: 'open', allow_no_indices: true } as const;
  await client.indices.refresh(of);
  const { aggregations } = await client.search({
    ...of,
    size: 0,
    track_total_hits: false,
    request_cache: false,
    aggs: { indices: { terms: { field: '_index', size: 10_000 } } },
  });
  const { buckets = [] } = (aggregations?.indices ?? {}) as {
    readonly buckets?: readonly { readonly key: string; readonly doc_count: number }[];
  };
  return new Map(buckets.map(({ key, doc_count }) => [key, doc_count]));
};

/** The ids of all documents of an index. */
export const idsIn = async (client: Client, index: string, window: number): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>();
  const { id } = await client.openPointInTime({ index, keep_alive: '1m' });
  let after: estypes.SortResults | undefined;
  for (;;) {
    const { hits } = await client.search({
      pit: { id, keep_alive: '1m' },
      _source: false,
      sort: ['_shard_doc'],
      track_total_hits: false,
      ...(after !== undefined && { search_after: after }),
      size: index.includes('window') ? window : 10_000,
    });
    for (const { _id = '' } of hits.hits) ids.add(_id);
    after = hits.hits.at(-1)?.sort;
    if (after === undefined) break;
  }
  await client.closePointInTime({ id });
  return ids;
};

/** The documents of one of the product's own indices; none if there is no such index. */
export const recordsIn = async (client: Client, index: string): Promise<readonly unknown[]> => {
  const found = await client.indices.refresh({ index }, { ignore: [404], meta: true });
  if (found.statusCode === 404) return [];
  const { hits } = await client.search({ index, size: 10_000 });
  return hits.hits.map(({ _source }) => _source);
};

/** The indices that are blocked for writes. */
export const blockedIn = async (client: Client, id: string): Promise<readonly string[]> => {
  const states = await client.indices.getSettings({ index: `${id}-*`, allow_no_indices: true, flat_settings: true });
  return Object.entries(states).flatMap(([name, { settings }]) =>
    (settings as Readonly<Record<string, unknown>> | undefined)?.['index.blocks.write'] === 'true' ? [name] : [],
  );
};

/** Removes everything of a world. */
export const removeAll = async (client: Client, id: string): Promise<void> => {
  const index = [`${id}-*`, `retention-*${id}*`];
  const found = await client.indices.get({ index, expand_wildcards: 'all', features: ['aliases'] });
  const names = Object.keys(found);
  for (let at = 0; at < names.length; at += 50)
    await client.indices.delete({ index: names.slice(at, at + 50), ignore_unavailable: true });
  await client.indices.deleteIndexTemplate({ name: id }, { ignore: [404] });
  await client.indices.deleteIndexTemplate({ name: `es-retention-retention-*${id}*` }, { ignore: [404] });
};
