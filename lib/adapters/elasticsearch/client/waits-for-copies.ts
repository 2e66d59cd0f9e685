import type { estypes } from '@elastic/elasticsearch';
import type { IndexDescription } from '../../../criteria/index-description.ts';

/**
 * Whether writes may wait for shard copies in vain. A write block waits too, and no parameter overrides that setting.
 * In doubt the answer is yes: an index with several shards does not show which shard lacks a copy.
 */
export const waitsForCopies = (
  { number_of_replicas: replicas = 0, ...settings }: estypes.IndicesIndexSettings,
  health: IndexDescription['health'],
): boolean => {
  const { write } = settings as { readonly write?: { readonly wait_for_active_shards?: string | number } };
  const asked = write?.wait_for_active_shards ?? 1;
  const copies = 1 + Number(replicas);
  const wanted = asked === 'all' ? copies : Number(asked);
  return wanted > copies || (wanted > 1 && health !== 'green');
};
