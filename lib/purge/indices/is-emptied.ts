import type { SurveyedIndex } from '../surveyed.ts';

/** An index that held documents and holds none. One made in advance has never taken an operation, and is not meant. */
export const isEmptied = ({ counts, operations = 0 }: SurveyedIndex): boolean =>
  counts?.documents === 0 && operations > 0;
