/** The points from which an age may count, as an age rule names them. */
export const AGE_STARTS = ['end-of-year', 'end-of-month'] as const;

export type AgeStart = (typeof AGE_STARTS)[number];
