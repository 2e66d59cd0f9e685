import type { SurveyedIndex } from '../survey-result.ts';

/**
 * Whether an index held documents and now holds none. An index created in advance, which has had no operation, does not
 * count.
 */
export const isEmptied = ({ counts, operations = 0 }: SurveyedIndex): boolean =>
  counts?.documents === 0 && operations > 0;
