import fc from 'fast-check';
import { InputError } from '../../../lib/base/errors.ts';
import { AccountEventError } from '../../../lib/erasure/events/account-event-error.ts';

/** The refusal that something ends in; anything else that it throws goes on. */
export const thrownBy = (act: () => unknown): AccountEventError => {
  try {
    act();
  } catch (error) {
    if (error instanceof AccountEventError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
};

/** Reads a thousand values, each of which must be read or refused as wrong input, and says how many were which. */
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
