import type { estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import { errorText } from '../client/error-text.ts';

/**
 * The messages of shards that did not accept a block. The client's types lack these failures, but the server returns
 * them.
 */
const failuresOf = ({ indices }: estypes.IndicesAddBlockResponse): readonly string[] =>
  (
    indices as readonly {
      readonly failed_shards?: readonly { readonly failures?: readonly { reason?: estypes.ErrorCause }[] }[];
    }[]
  )
    .flatMap(({ failed_shards: shards = [] }) => shards.flatMap(({ failures = [] }) => failures))
    .flatMap(({ reason }) => (reason === undefined ? [] : errorText(reason)));

/** The error if the cluster did not confirm a write block. */
export const blockNotConfirmed = (index: string, answer: estypes.IndicesAddBlockResponse): TransientError => {
  const [why] = failuresOf(answer);
  const waits = why?.includes('Not enough active copies') === true;
  return new TransientError('not-acknowledged', {
    expected: `the cluster to acknowledge the write block on ${index}`,
    found: why ?? 'acknowledged: false',
    fix: waits
      ? 'The index is left as it is. While copies are missing, the next run deletes its documents instead. To drop the index, have the copies allocated (GET /_cluster/allocation/explain).'
      : 'The index is left as it is, and the next run tries again. If this persists, look at GET /_cat/shards.',
  });
};

/** The error if a write block hit other indices: an alias has taken the name since the plan. */
export const nameBecameAlias = (index: string, others: readonly string[]): TransientError =>
  new TransientError('replaced', {
    expected: `${index} to be the index that the plan saw`,
    found: `an alias of that name, on ${others.join(', ')}: our write block there was lifted again`,
    fix: 'Nothing was destroyed there. The next run makes a new plan with the indices of that time.',
  });
