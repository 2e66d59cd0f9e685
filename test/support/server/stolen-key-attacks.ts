import type { Client } from '@elastic/elasticsearch';
import { AS_SENT } from '../../../lib/adapters/elasticsearch/client/parsed-sources.ts';

/** A request that an attacker sends with a stolen key. */
export type Attack = readonly [method: string, path: string, body?: object];

const ALL = { query: { match_all: {} } };

/** All ways to read or change an index that does not belong to the stolen key. */
export const onIndex = (index: string, id: string, own: string): readonly Attack[] => [
  ['GET', `/${index}`],
  ['GET', `/${index}/_search`],
  ['GET', `/${index}/_doc/${encodeURIComponent(id)}`],
  ['GET', `/${index}/_stats`],
  ['POST', `/${index}/_pit?keep_alive=1m`],
  ['POST', `/${own}/_search`, { query: { terms: { _id: { index, id, path: 'id' } } } }],
  ['POST', '/_mget', { docs: [{ _index: index, _id: id }] }],
  ['POST', '/_mtermvectors', { docs: [{ _index: index, _id: id }] }],
  ['POST', `/${index}/_explain/${encodeURIComponent(id)}`, ALL],
  ['GET', `/${index}/_field_caps?fields=*`],
  ['POST', '/_reindex', { source: { index }, dest: { index: own } }],
  ...onEvidence(index, id, own),
  ['PUT', `/${index}/_create/thief`, {}],
  ['PUT', `/${index}/_settings`, { 'index.blocks.write': null }],
  ['PUT', `/${index}/_settings`, { 'index.default_pipeline': 'thief' }],
];

/** All ways to change or delete documents in an index. */
export const onEvidence = (index: string, id: string, own: string): readonly Attack[] => [
  ['PUT', `/${index}/_doc/${encodeURIComponent(id)}`, {}],
  ['PUT', `/${index}/_doc/${encodeURIComponent(id)}?version=999&version_type=external`, {}],
  ['POST', `/${index}/_update/${encodeURIComponent(id)}`, { doc: { kept: true }, doc_as_upsert: true }],
  ['DELETE', `/${index}/_doc/${encodeURIComponent(id)}`],
  ['POST', `/${index}/_delete_by_query`, ALL],
  ['POST', `/${index}/_update_by_query`, ALL],
  ['POST', '/_reindex', { source: { index: own }, dest: { index } }],
  ['DELETE', `/${index}`],
  ['POST', '/_aliases', { actions: [{ remove_index: { index } }] }],
  ['PUT', `/${index}/_alias/thief`],
  ['PUT', `/${index}/_block/write`],
  ['PUT', `/${index}/_block/read_only`],
  ['DELETE', `/${index}/_block/write`],
  ['POST', `/${index}/_close`],
  ['PUT', `/${index}/_clone/thief`],
  ['PUT', `/${index}/_split/thief`, { settings: { 'index.number_of_shards': 2 } }],
  ['POST', `/${index}/_rollover`],
  ...onMapping(index),
];

/** Everything that would change how documents of an index are found and read. */
export const onMapping = (index: string): readonly Attack[] => [
  ['PUT', `/${index}/_mapping`, { properties: { thief: { type: 'keyword' } } }],
  ['PUT', `/${index}/_mapping`, { runtime: { hash: { type: 'keyword' } } }],
  ['PUT', `/${index}/_mapping`, { _source: { enabled: false } }],
  ['PUT', `/${index}/_mapping`, { dynamic: true }],
  ['PUT', `/${index}/_mapping`, { _meta: { managedBy: 'thief' } }],
];

/**
 * All ways to affect other things than indices: other people's requests, keys, templates, pipelines, settings,
 * snapshots, new indices.
 */
export const onCluster = (freshNames: readonly string[]): readonly Attack[] => [
  ['GET', '/_tasks?detailed'],
  ['GET', '/_cat/tasks?detailed'],
  ['POST', '/_tasks/_cancel'],
  ['GET', '/_cluster/state'],
  ['GET', '/_cluster/pending_tasks'],
  ['GET', '/_cat/indices'],
  ['GET', '/_nodes/stats'],
  ['GET', '/_nodes/hot_threads'],
  ['PUT', '/_cluster/settings', { persistent: { 'action.destructive_requires_name': 'false' } }],
  ['POST', '/_cluster/reroute', {}],
  ['POST', '/_security/api_key', { name: 'thief' }],
  ['GET', '/_security/api_key'],
  ['DELETE', '/_security/api_key', { name: 'es-retention*' }],
  ['PUT', '/_security/user/thief', { password: 'thief-thief', roles: ['superuser'] }],
  ['PUT', '/_security/role/thief', { cluster: ['all'] }],
  ['PUT', '/_index_template/thief', { index_patterns: ['*'], priority: 1 }],
  ['DELETE', '/_index_template/es-retention-*'],
  ['PUT', '/_component_template/thief', { template: {} }],
  ['PUT', '/_template/thief', { index_patterns: ['*'] }],
  ['PUT', '/_ingest/pipeline/thief', { processors: [{ drop: {} }] }],
  ['PUT', '/_scripts/thief', { script: { lang: 'painless', source: 'ctx.op = "delete"' } }],
  ['PUT', '/_snapshot/thief', { type: 'fs', settings: { location: 'thief' } }],
  ['DELETE', '/_search/scroll/_all'],
  ...freshNames.flatMap((name): Attack[] => [
    ['PUT', `/${name}`],
    ['PUT', `/${name}/_doc/1`, {}],
  ]),
];

/** The result of an attack: `refused`, or the answer in short. */
const outcomeOf = async (client: Client, [method, path, body]: Attack): Promise<string> => {
  const { statusCode, body: answer } = await client.transport.request(
    { method, path, ...(body !== undefined && { body }) },
    // An attacker's client adds no source filter.
    { meta: true, ignore: [400, 401, 403, 404, 405, 409, 500], context: AS_SENT },
  );
  const text = JSON.stringify(answer);
  // Some versions do not have some requests.
  return text.includes('security_exception') || statusCode === 405 ? 'refused' : `${statusCode} ${text.slice(0, 200)}`;
};

/** The attacks that were not refused, with their results. */
export const gotThrough = async (client: Client, attacks: readonly Attack[]): Promise<readonly string[]> => {
  const through: string[] = [];
  for (const attack of attacks) {
    const outcome = await outcomeOf(client, attack);
    if (outcome !== 'refused') through.push(`${attack[0]} ${attack[1]}: ${outcome}`);
  }
  return through;
};
