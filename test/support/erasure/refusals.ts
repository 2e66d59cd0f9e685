import { InputError } from '../../../lib/base/errors.ts';
import { AccountEventError } from '../../../lib/erasure/events/account-event-error.ts';
import fc from '../run/fast-check.ts';

/** The refusal that a function throws; every other error is thrown again. */
export const thrownBy = (act: () => unknown): AccountEventError => {
  try {
    act();
  } catch (error) {
    if (error instanceof AccountEventError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
};

/**
 * Reads a thousand values. Each must be read, or refused as wrong input. Returns how many were read and how many
 * refused.
 */
export const outcomesOf = <T>(values: fc.Arbitrary<T>, read: (value: T) => unknown) => {
  const outcomes = { read: 0, refused: 0 };
  fc.assert(
    fc.property(values, (value) => {
      try {
        read(value);
        outcomes.read += 1;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        outcomes.refused += 1;
      }
    }),
    { numRuns: 1_000 },
  );
  return outcomes;
};
