import type { estypes } from '@elastic/elasticsearch';
import {
  type AgeCriteria,
  type AgeSlice,
  type Criteria,
  type ErasureCriteria,
  type Slice,
  type SubjectSlice,
  sliceDocuments,
  type Target,
} from '../../../purge/document-store.ts';
import { TransientError } from '../../../purge/errors.ts';
import { bucketWidth, joinBuckets, joinSubjects } from '../../../purge/execute/slices.ts';
import { datingFields, dueDatedBy, EPOCH_MILLISECONDS } from '../query/age-query.ts';
import { dateRuntime } from '../query/coarse-dates.ts';
import { fieldName, fitting } from '../query/date-ranges.ts';
import { subjectCounts, subjectSearch } from '../query/erasure-query.ts';

/** Searches one index and believes only a whole answer. */
export type SearchTarget = (
  target: Target,
  body: estypes.SearchRequest,
  doing: string,
) => Promise<estypes.SearchResponse>;

type Span = { from: { value: number | null }; to: { value: number | null }; documents: { value: number } };
type Histogram = { buckets: { key: number; doc_count: number }[] };

const ageSlices = async (
  search: SearchTarget,
  target: Target,
  criteria: AgeCriteria,
  field: AgeSlice['field'],
): Promise<readonly AgeSlice[]> => {
  const query = dueDatedBy(criteria, target.dating, field);
  const runtime_mappings = dateRuntime(criteria, target.dating);
  const name = fieldName(criteria, field);
  const doing = 'measuring what is due in';
  const span = {
    from: { min: { field: name, format: EPOCH_MILLISECONDS } },
    to: { max: { field: name, format: EPOCH_MILLISECONDS } },
    documents: { value_count: { field: '_index' } },
  };
  const measured = await search(target, { query, runtime_mappings, aggs: span }, doing);
  const { from, to, documents } = measured.aggregations as unknown as Span;
  if (from.value === null || to.value === null) return [];
  const width = bucketWidth(from.value, to.value, documents.value, sliceDocuments(target));
  // Not a date_histogram: that looks at the smallest and largest value of the whole index, also at one that no date can be.
  const histogram = { field: name, interval: width, min_doc_count: 1, format: EPOCH_MILLISECONDS };
  try {
    const cut = await search(target, { query, runtime_mappings, aggs: { parts: { histogram } } }, doing);
    const { buckets } = (cut.aggregations as unknown as { parts: Histogram }).parts;
    return joinBuckets(
      buckets.map(({ key, doc_count }) => ({ from: key, documents: doc_count })),
      width,
      field,
      sliceDocuments(target),
    );
  } catch (thrown) {
    // The cluster may allow fewer buckets (search.max_buckets): then one slice is asked for again and again.
    if (!(thrown instanceof TransientError) || thrown.code !== 'search_phase_execution_exception') throw thrown;
    return [{ field, from: from.value, to: to.value + 1 }];
  }
};

const subjectSlices = async (
  search: SearchTarget,
  target: Target,
  criteria: ErasureCriteria,
): Promise<readonly SubjectSlice[]> => {
  const body = subjectSearch(criteria, target.dating);
  if (body === undefined) return [];
  const counted = await search(target, body, 'measuring what is owed in');
  const counts = subjectCounts(criteria, target.dating, counted.aggregations);
  return joinSubjects(
    criteria.subjects,
    new Map([...counts].map(([key, { owed }]) => [key, owed])),
    sliceDocuments(target),
  );
};

/** A slice may hold more than is due: each deletion looks into `_source` for itself, in bounded parts. */
const withoutLook = (target: Target): Target => {
  const { unseen: _, ...dating } = target.dating;
  return { ...target, dating };
};

/**
 * Cuts what is due in one index into slices.
 * @throws TransientError when not every shard answers.
 */
export const measureSlices = async (
  search: SearchTarget,
  target: Target,
  { age, erasures }: Criteria,
): Promise<readonly Slice[]> => {
  const slices: Slice[] = [];
  if (age !== undefined)
    for (const field of datingFields(target.dating))
      slices.push(...(await ageSlices(search, withoutLook(target), fitting(age, target.dating), field)));
  if (erasures !== undefined) slices.push(...(await subjectSlices(search, target, erasures)));
  return slices;
};
