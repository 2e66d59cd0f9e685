import type { estypes } from '@elastic/elasticsearch';
import { liftRequest } from '../../../criteria/index-blocks.ts';
import { resetAdvice } from '../../../criteria/script-settings.ts';
import { COMPILATIONS, limitIn, rootOf } from './error-text.ts';

/** The name of each block in answers, and the setting that causes it. */
const INDEX_BLOCKS: ReadonlyMap<string, string> = new Map([
  ['index read-only (api)', 'read_only'],
  ['index read (api)', 'read'],
  ['index write (api)', 'write'],
  ['index metadata (api)', 'metadata'],
]);
const CLUSTER_BLOCKS: ReadonlyMap<string, string> = new Map([
  ['cluster read-only (api)', 'cluster.blocks.read_only'],
  ['cluster read-only / allow delete (api)', 'cluster.blocks.read_only_allow_delete'],
  ['cluster create-index blocked (api)', 'cluster.blocks.create_index'],
]);

const settingsOf = (reason: string, blocks: ReadonlyMap<string, string>): readonly string[] =>
  [...blocks].filter(([name]) => reason.includes(`/${name}`)).map(([, setting]) => setting);

const clusterSettings = (body: string): string =>
  `PUT /_cluster/settings {"persistent": ${body}}, and the same under "transient" if it is set there`;

const ofBlock = (reason: string): string | undefined => {
  // A cluster block must be lifted alone: Elasticsearch refuses the request if it contains another setting.
  const [cluster] = settingsOf(reason, CLUSTER_BLOCKS);
  if (cluster !== undefined)
    return `It is a setting of the cluster, not of an index. Lift it: ${clusterSettings(`{"${cluster}": null}`)}.`;
  const index = /index \[([^\]]+)\]/.exec(reason)?.[1];
  const [block] = settingsOf(reason, INDEX_BLOCKS);
  if (block === undefined || index === undefined) return undefined;
  return `Lift the block: ${liftRequest(index, block)}.`;
};

/**
 * The limit is too low, or another key uses it up. Then only a higher limit helps, which takes effect at once (tried on
 * 8.19.13 and 9.4.3).
 */
const COMPILATIONS_FIX = `Somebody has scripts compiled without end, or the setting is low. Raise it: ${clusterSettings(`{"${COMPILATIONS}": "100000/1m"}`)}. GET /_nodes/stats/script counts compilations: find whose key sends other scripts each time, and revoke it. Then set it back to null.`;

/**
 * The context that pages are read from is gone: it was unused for too long, or another key closed it, which every key
 * with read access can do.
 */
const CONTEXTS_FIX =
  'Run it again. If it ends in the same way each time, somebody closes what others read by: find whose key it is, and revoke it.';

/** The fix for a setting (of the index, the cluster or its nodes) that the answer names. */
const ofNamedLimit = (cause: estypes.ErrorCause | undefined): string | undefined => {
  if (cause === undefined) return undefined;
  const { reason, index } = rootOf(cause);
  const limit = limitIn(reason);
  if (limit === undefined) return undefined;
  if (limit.startsWith('script.allowed_')) return resetAdvice(limit);
  if (limit === COMPILATIONS) return COMPILATIONS_FIX;
  if (!limit.startsWith('index.')) return `Set it back: ${clusterSettings(`{"${limit}": null}`)}.`;
  return `Set it back: PUT /${typeof index === 'string' ? index : '<index>'}/_settings {"${limit}": null}.`;
};

const ofLimits = (reason: string): string | undefined => {
  const kind = /maximum (normal|frozen) shards open/.exec(reason)?.[1];
  if (kind !== undefined) {
    const setting = `cluster.max_shards_per_node${kind === 'frozen' ? '.frozen' : ''}`;
    return `Remove indices that nobody needs, or raise ${setting}, a setting of the cluster (PUT /_cluster/settings).`;
  }
  return /Limit of total fields/.test(reason)
    ? 'Raise index.mapping.total_fields.limit in the settings of the index (PUT /<index>/_settings).'
    : undefined;
};

/** The fix if no copy of a shard can answer. */
export const UNALLOCATED = `If it stays, no copy of a shard is allocated: GET /_cluster/allocation/explain says why. Where a setting of the cluster forbids it: ${clusterSettings('{"cluster.routing.allocation.enable": null}')}.`;

const isUnallocated = (cause: estypes.ErrorCause | undefined): boolean => {
  const { type = '', reason } = cause === undefined ? {} : rootOf(cause);
  const words = `${reason ?? ''} ${cause?.caused_by?.reason ?? ''}`;
  return /^(?:no_shard_available_action|unavailable_shards)_exception$/.test(type) || words.includes('missing shards');
};

/**
 * The fix for an error that usually passes by itself.
 * @param cause from the answer; absent if it names none.
 */
export const fixOfBusy = (cause: estypes.ErrorCause | undefined): string =>
  ofNamedLimit(cause) ?? (isUnallocated(cause) ? UNALLOCATED : 'If this persists, look at the load of the cluster.');

/**
 * The fix for an error that does not pass by itself.
 * @param cause from the answer; absent if it names none.
 */
export const fixOf = (cause: estypes.ErrorCause | undefined): string => {
  const { type, reason, index } = cause === undefined ? { type: 'none' } : rootOf(cause);
  const text = reason ?? '';
  if (type === 'too_many_buckets_exception') return `Set it back: ${clusterSettings('{"search.max_buckets": null}')}.`;
  if (type === 'search_context_missing_exception') return CONTEXTS_FIX;
  const closed =
    type === 'index_closed_exception' && typeof index === 'string' ? `Open it: POST /${index}/_open.` : undefined;
  return (
    closed ??
    ofNamedLimit(cause) ??
    (type === 'cluster_block_exception' ? ofBlock(text) : undefined) ??
    ofLimits(text) ??
    'If it ends in the same way again, change what the answer names: a setting of the index or of the cluster, or a mapping.'
  );
};
