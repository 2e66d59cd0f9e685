import type { SurveyedIndex } from '../surveyed.ts';

/** The newest date in an index; an index of which nothing tells it is taken for the youngest, and an empty one for the oldest. */
const newestOf = ({ counts }: SurveyedIndex): number =>
  counts?.documents === 0 ? Number.NEGATIVE_INFINITY : (counts?.to ?? Number.POSITIVE_INFINITY);

/** Has younger documents than another one. Where nothing tells how old an index is, no other one is younger, nor is it younger than others. */
export const isYounger = (other: SurveyedIndex, than: SurveyedIndex): boolean => {
  if (other.counts === undefined || other.counts.documents === 0) return false;
  if (than.counts?.documents === 0) return true;
  const { to = Number.NEGATIVE_INFINITY } = other.counts;
  const limit = newestOf(than);
  return to > limit || (to === limit && other.description.name > than.description.name);
};

/** So that none stands before one that is younger. */
export const youngestFirst = (indices: readonly SurveyedIndex[]): readonly SurveyedIndex[] =>
  indices.toSorted((a, b) => {
    const [left, right] = [newestOf(a), newestOf(b)];
    if (left !== right) return left < right ? 1 : -1;
    return a.description.name < b.description.name ? 1 : -1;
  });
