import type { Client, estypes } from '@elastic/elasticsearch';
import { WorldError } from '../../purge/errors.ts';
import type { OwnIndex } from './own-index.ts';
import { NO_INDEX } from './own-index-state.ts';
import { type RequestPolicy, request } from './request.ts';

/** Documents of ours in one request. */
export const PAGE = 5_000;

/** Cuts into parts that one request takes each. */
export const pagesOf = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / PAGE) }, (_, at) => items.slice(at * PAGE, (at + 1) * PAGE));

type Looked = Pick<OwnIndex, 'name' | 'isThere' | 'gone'>;

/** What keeps a document from being read: its index is gone, or does not answer. */
export const errorOf = (
  own: Pick<OwnIndex, 'gone' | 'failureOf'>,
  cause: estypes.ErrorCause,
  meant: string,
  wayOut = 'See the reason; the next run asks again.',
): WorldError => (cause.type === NO_INDEX ? own.gone() : own.failureOf(cause, meant, wayOut));

/**
 * Refreshes an index of ours. Whoever only looks makes none.
 * @returns whether it is there at all.
 */
export const isRefreshed = async (
  client: Client,
  policy: RequestPolicy,
  { name, isThere, gone }: Looked,
): Promise<boolean> => {
  if (!(await isThere())) return false;
  try {
    await request(policy, `refreshing ${name}`, (options) => client.indices.refresh({ index: name }, options));
    return true;
  } catch (error) {
    throw error instanceof WorldError && error.code === NO_INDEX ? gone() : error;
  }
};

/** Which of these ids an index of ours has no document of, refreshed or not. Where there is no index, all of them. */
export const missingIn = async (
  client: Client,
  policy: RequestPolicy,
  own: Looked & Pick<OwnIndex, 'failureOf'>,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  if (!(await own.isThere())) return new Set(ids);
  const missing = new Set<string>();
  for (const page of pagesOf(ids)) {
    const { docs } = await request(policy, `looking into ${own.name}`, (options) =>
      client.mget({ index: own.name, ids: [...page], _source: false }, options),
    );
    for (const doc of docs) {
      if ('error' in doc) throw errorOf(own, doc.error, 'to say which documents it has');
      if (!doc.found) missing.add(doc._id);
    }
  }
  return missing;
};
