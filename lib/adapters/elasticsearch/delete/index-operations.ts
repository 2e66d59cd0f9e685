import type { Client } from '@elastic/elasticsearch';
import { type RequestPolicy, request } from '../client/request.ts';

/** Of the statistics of shards, only what is asked for here; the client's types do not know `seq_no` by name. */
interface Shard {
  readonly routing?: { readonly primary?: boolean };
  readonly seq_no?: { readonly max_seq_no?: number };
}

const WANTED = ['indices.*.shards.*.seq_no.max_seq_no', 'indices.*.shards.*.routing.primary'];

/**
 * How many operations the primary shards of each open index have taken, in one request: a sequence number is given to each write and each
 * deletion, from 0 on, and -1 is the largest of a shard that has taken none. Empty where it cannot be asked: for a key that may not ask
 * for statistics, say. Whoever needs the number then does without the drop.
 * @param patterns patterns or names of indices.
 */
export const takenOperations = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  try {
    const { indices = {} } = await request(requests, `asking what ${patterns.join(', ')} took`, (options) =>
      client.indices.stats(
        {
          index: [...patterns],
          metric: 'docs',
          level: 'shards',
          expand_wildcards: ['open', 'hidden'],
          filter_path: WANTED,
        },
        options,
      ),
    );
    return new Map(
      Object.entries(indices).flatMap(([name, { shards = {} }]) => {
        const primaries = Object.values(shards).flatMap((copies) =>
          (copies as readonly Shard[]).filter(({ routing }) => routing?.primary === true),
        );
        // A shard that does not tell makes the sum a guess.
        const isTold = primaries.length > 0 && primaries.every(({ seq_no }) => seq_no?.max_seq_no !== undefined);
        const taken = primaries.reduce((sum, { seq_no }) => sum + (seq_no?.max_seq_no ?? 0) + 1, 0);
        return isTold ? [[name, taken] as const] : [];
      }),
    );
  } catch {
    return new Map();
  }
};
