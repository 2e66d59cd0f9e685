import { beforeAll, onTestFinished } from 'vitest';

type CleanUp = () => unknown;

/** While something is made for all rows of a table: the clean-up to do after the last row. Otherwise undefined. */
let afterTheRows: CleanUp[] | undefined;

/** Registers a clean-up: after the current test, or after the last of the rows that share what is being made. */
export const whenDone = (cleanUp: CleanUp): void => {
  if (afterTheRows === undefined) onTestFinished(async () => void (await cleanUp()));
  else afterTheRows.push(cleanUp);
};

/**
 * Makes something before the first test of a `describe` or a file, for all of its tests. For example, a fixture with an
 * index for each row of a table, and one run over all of them. Fixtures that are made here are cleaned up after the
 * last test.
 */
export const madeOnce = <Made>(make: () => Promise<Made>): (() => Made) => {
  let made: { readonly value: Made } | undefined;
  beforeAll(async () => {
    const cleanUps: CleanUp[] = [];
    const cleanUp = async (): Promise<void> => {
      for (const each of cleanUps.toReversed()) await each();
    };
    afterTheRows = cleanUps;
    try {
      made = { value: await make() };
    } catch (error) {
      await cleanUp();
      throw error;
    } finally {
      afterTheRows = undefined;
    }
    return cleanUp;
  });
  return () => {
    if (made === undefined) throw new Error('asked for outside of a test');
    return made.value;
  };
};
