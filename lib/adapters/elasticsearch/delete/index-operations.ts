import type { Client } from '@elastic/elasticsearch';
import { type RequestPolicy, request } from '../client/request.ts';

/** The parts of shard statistics that are read here. The client's types lack `seq_no`. */
interface Shard {
  readonly routing?: { readonly primary?: boolean };
  readonly seq_no?: { readonly max_seq_no?: number };
}

const WANTED = ['indices.*.shards.*.seq_no.max_seq_no', 'indices.*.shards.*.routing.primary'];

/**
 * How many operations the primary shards of each open index have executed, in one request. Each write and deletion gets
 * a sequence number from 0; a shard without operations has -1. Empty if the statistics cannot be read, for example
 * because the key may not. Then no index is dropped whose drop needs the number.
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
        // If a shard does not return its number, the sum is unknown.
        const isTold = primaries.length > 0 && primaries.every(({ seq_no }) => seq_no?.max_seq_no !== undefined);
        const taken = primaries.reduce((sum, { seq_no }) => sum + (seq_no?.max_seq_no ?? 0) + 1, 0);
        return isTold ? [[name, taken] as const] : [];
      }),
    );
  } catch {
    return new Map();
  }
};
