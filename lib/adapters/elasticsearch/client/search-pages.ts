import type { estypes } from '@elastic/elasticsearch';

/** Where the next page of a search begins: what the last document of this one was sorted by. */
type After = estypes.SortResults;

/**
 * Where the page after this one begins, of a search that is sorted by a date and the sequence number: a text may be indexed by other bytes than it
 * reads, and the page that begins with it be the same again. A date beyond what a number
 * holds exactly is of no document of ours, and the server refuses it as a beginning: the others of that kind are passed over.
 * @param hits of this page.
 * @param size how many were asked for.
 * @returns undefined where there is no more, or nothing but documents of that kind.
 */
export const nextPage = (
  hits: readonly Pick<estypes.SearchHit, 'sort'>[],
  size: number,
  order: 'asc' | 'desc',
): After | undefined => {
  const last = hits.length < size ? undefined : hits.at(-1)?.sort;
  const [date] = last ?? [];
  if (typeof date !== 'number' || Number.isSafeInteger(date)) return last;
  const isFirst = order === 'asc' ? date < 0 : date > 0;
  return isFirst ? [Math.sign(date) * Number.MAX_SAFE_INTEGER, 0] : undefined;
};
