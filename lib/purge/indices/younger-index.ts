import type { SurveyedIndex } from '../../criteria/survey-result.ts';

/**
 * The newest date in an index. Without a known date, the index counts as the youngest; an empty index as the oldest.
 */
const newestOf = ({ counts }: SurveyedIndex): number =>
  counts?.documents === 0 ? Number.NEGATIVE_INFINITY : (counts?.to ?? Number.POSITIVE_INFINITY);

/** Whether `other` has younger documents. False if the age of either index is unknown. */
export const isYounger = (other: SurveyedIndex, than: SurveyedIndex): boolean => {
  if (other.counts === undefined || other.counts.documents === 0) return false;
  if (than.counts?.documents === 0) return true;
  const { to = Number.NEGATIVE_INFINITY } = other.counts;
  const limit = newestOf(than);
  return to > limit || (to === limit && other.description.name > than.description.name);
};

/** Sorts indices so that each comes after all younger indices. */
export const youngestFirst = (indices: readonly SurveyedIndex[]): readonly SurveyedIndex[] =>
  indices.toSorted((a, b) => {
    const [left, right] = [newestOf(a), newestOf(b)];
    if (left !== right) return left < right ? 1 : -1;
    return a.description.name < b.description.name ? 1 : -1;
  });
