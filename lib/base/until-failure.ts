import pMap from 'p-map';

/** The completed part of some work, and why it ended early. */
export interface DoneUntilFailure<Result> {
  readonly results: readonly Result[];
  /** The first error; absent if there was none. */
  readonly failure?: { readonly error: unknown };
}

/**
 * Works on items, some at once, in order. After a failure it begins no other item, and waits for the items at work.
 * (`pMap` alone does not wait for them.) Never throws.
 */
export const untilFailure = async <Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<DoneUntilFailure<Result>> => {
  const results: Result[] = [];
  const failures: { readonly error: unknown }[] = [];
  const attempt = async (item: Item): Promise<void> => {
    if (failures.length > 0) return;
    try {
      results.push(await work(item));
    } catch (error) {
      failures.push({ error });
    }
  };
  await pMap(items, attempt, { concurrency: atOnce });
  const [failure] = failures;
  return { results, ...(failure !== undefined && { failure }) };
};
