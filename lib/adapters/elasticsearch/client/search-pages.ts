import type { estypes } from '@elastic/elasticsearch';

/** The start of the next page: the sort values of the last document. */
type After = estypes.SortResults;

/**
 * The start of the next page of a search that is sorted by a date and the sequence number. A sort by text is not safe:
 * the index may have other bytes than the text, so that the same page would come again. Dates too large for an exact
 * number belong to no document of ours, and the server refuses them as a start; such documents are skipped.
 * @param hits of this page.
 * @param size number of requested documents.
 * @returns undefined if there are no more documents, or only documents with such dates.
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
