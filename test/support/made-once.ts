import { beforeAll, onTestFinished } from 'vitest';

type CleanUp = () => unknown;

/** While something is made for all the rows of a table: what is done after the last of them. */
let afterTheRows: CleanUp[] | undefined;

/** Has something done when nobody needs any more what is being made: after its test, or after the last of the rows that share it. */
export const whenDone = (cleanUp: CleanUp): void => {
  if (afterTheRows === undefined) onTestFinished(async () => void (await cleanUp()));
  else afterTheRows.push(cleanUp);
};

/**
 * Makes what the tests of a `describe` share, or those of a file, before the first of them: a fixture with an index for each row
 * of a table, say, and one run over all of them. Fixtures that are made here are cleaned up after the last of the tests.
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
