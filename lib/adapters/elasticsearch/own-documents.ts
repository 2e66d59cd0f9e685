import type { Client } from '@elastic/elasticsearch';
import { WorldError } from '../../purge/errors.ts';
import { NO_INDEX, type OwnIndex } from './own-index.ts';
import { type RequestPolicy, request } from './request.ts';

/** Documents of ours in one request. */
export const PAGE = 5_000;

/** Cuts into parts that one request takes each. */
export const pagesOf = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / PAGE) }, (_, at) => items.slice(at * PAGE, (at + 1) * PAGE));

/**
 * Refreshes an index of ours. Whoever only looks makes none.
 * @returns whether it is there at all.
 */
export const isRefreshed = async (client: Client, policy: RequestPolicy, index: string): Promise<boolean> => {
  try {
    await request(policy, `refreshing ${index}`, (options) => client.indices.refresh({ index }, options));
    return true;
  } catch (error) {
    if (error instanceof WorldError && error.code === NO_INDEX) return false;
    throw error;
  }
};

/** Which of these ids an index of ours has no document of, refreshed or not. Where there is no index, all of them. */
export const missingIn = async (
  client: Client,
  policy: RequestPolicy,
  own: Pick<OwnIndex, 'name' | 'failureOf'>,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  const missing = new Set<string>();
  for (const page of pagesOf(ids)) {
    const { docs } = await request(policy, `looking into ${own.name}`, (options) =>
      client.mget({ index: own.name, ids: [...page], _source: false }, options),
    );
    for (const doc of docs) {
      if ('error' in doc && doc.error.type !== NO_INDEX)
        throw own.failureOf(doc.error, 'to say which documents it has', 'See the reason; the next run asks again.');
      if ('error' in doc || !doc.found) missing.add(doc._id);
    }
  }
  return missing;
};
