import { TransientError } from '../../../base/errors.ts';
import type { AgeCriteria, Criteria, UsableFields } from '../../../criteria/due-criteria.ts';
import { type AgeSlice, type Slice, sliceDocuments, type Target } from '../../../purge/document-remover.ts';
import { bucketWidth, joinBuckets } from '../../../purge/execute/slices.ts';
import {
  aheadOfIngestion,
  behindIngestion,
  believable,
  dueByAge,
  dueInAgeSlice,
  EPOCH_MILLISECONDS,
  fellDue,
  overdue,
  undated,
  unseen,
} from '../query/age-query.ts';
import { all } from '../query/bool-query.ts';
import { dateRuntime } from '../query/coarse-dates.ts';
import { fitting } from '../query/date-ranges.ts';
import { withoutHeld } from '../query/held-query.ts';
import { filtered, type RuleQuery, type SearchTarget } from '../query/rule-query.ts';
import { numbered, SEQUENCE_NUMBER } from '../query/sequence-numbers.ts';
import { withoutUnseen } from '../query/unseen-dates-query.ts';

type FoundSpan = { from: { value: number | null }; to: { value: number | null }; documents: { value: number } };
type Histogram = { buckets: { key: number; doc_count: number }[] };

const isAgeSlice = (slice: Slice): slice is AgeSlice => 'from' in slice;

/**
 * The first sequence number of documents that were written after the slices were measured. Each shard has numbers of
 * its own, so with several shards it may be any number.
 */
const numberAfter = (slices: readonly Slice[], { primaries }: Target): number =>
  primaries > 1 ? 0 : Math.max(0, ...slices.filter(isAgeSlice).map(({ to }) => to));

const ageSlices = async (
  search: SearchTarget,
  target: Target,
  criteria: AgeCriteria,
  from: number,
): Promise<readonly AgeSlice[]> => {
  const query = all(dueByAge(criteria, target.usable), numbered({ gte: from }));
  const runtime_mappings = dateRuntime(criteria, target.usable);
  const field = SEQUENCE_NUMBER;
  const doing = 'measuring what is due in';
  const span = { from: { min: { field } }, to: { max: { field } }, documents: { value_count: { field: '_index' } } };
  const measured = await search(target, { query, runtime_mappings, aggs: span }, doing);
  const { from: first, to: last, documents } = measured.aggregations as unknown as FoundSpan;
  if (first.value === null || last.value === null) return [];
  const end = last.value + 1;
  const most = sliceDocuments(target);
  const width = bucketWidth(first.value, last.value, documents.value, most);
  const histogram = { field, interval: width, min_doc_count: 1 };
  try {
    const cut = await search(target, { query, runtime_mappings, aggs: { parts: { histogram } } }, doing);
    const { buckets } = (cut.aggregations as unknown as { parts: Histogram }).parts;
    const slices = joinBuckets(
      buckets.map(({ key, doc_count }) => ({ from: key, documents: doc_count })),
      width,
      most,
    );
    // Documents that are written from now on get larger numbers. They are in no slice.
    return slices.filter((slice) => slice.from < end).map((slice) => ({ ...slice, to: Math.min(slice.to, end) }));
  } catch (thrown) {
    // The cluster may allow fewer buckets (search.max_buckets). Then a single slice is requested repeatedly.
    if (!(thrown instanceof TransientError) || thrown.code !== 'search_phase_execution_exception') throw thrown;
    return [{ from: first.value, to: end }];
  }
};

/** A slice may contain more documents than are due: each deletion searches `_source` itself, in bounded parts. */
const withoutLook = (target: Target): Target => ({ ...target, usable: withoutUnseen(target.usable) });

const fellDueCount = (age: AgeCriteria, criteria: Criteria, usable: UsableFields) => {
  const query = fellDue(age, usable);
  return query === undefined ? {} : { fellDue: filtered(withoutHeld(query, criteria, usable)) };
};

const ageCounts = (age: AgeCriteria, criteria: Criteria, usable: UsableFields) => ({
  overdue: filtered(withoutHeld(overdue(age, usable), criteria, usable)),
  ...fellDueCount(age, criteria, usable),
  undated: filtered(undated(age, usable)),
  unseen: filtered(unseen(age, usable)),
  aheadOfIngestion: filtered(aheadOfIngestion(age, usable)),
  behindIngestion: filtered(behindIngestion(age, usable)),
  ...(usable.timestamp && {
    // The server may fail to print or add up an implausible value.
    span: {
      filter: believable(age, 'timestamp'),
      aggs: {
        from: { min: { field: age.timestampField, format: EPOCH_MILLISECONDS } },
        to: { max: { field: age.timestampField, format: EPOCH_MILLISECONDS } },
      },
    },
  }),
});

/**
 * How the age rule is queried: by ranges over the date fields, as far as the mapping of an index makes them believable.
 */
export const AGE_QUERY: RuleQuery = {
  id: 'age',
  due: ({ age }, usable) => (age === undefined ? undefined : dueByAge(fitting(age, usable), usable)),
  dueInSlice: ({ age }, usable, slice) =>
    age === undefined || !isAgeSlice(slice) ? undefined : dueInAgeSlice(fitting(age, usable), usable, slice),
  runtime: ({ age }, usable, slice) =>
    age === undefined || (slice !== undefined && !isAgeSlice(slice)) ? {} : dateRuntime(age, usable),
  slices: async (search, target, { age }, after = []) =>
    age === undefined
      ? []
      : ageSlices(search, withoutLook(target), fitting(age, target.usable), numberAfter(after, target)),
  counts: (criteria, usable) =>
    criteria.age === undefined ? {} : ageCounts(fitting(criteria.age, usable), criteria, usable),
};
