import DataLoader from 'dataloader';

/**
 * Combines calls into one. Calls that are made before the next event of the process, such as the arrival of an answer,
 * become one call of `ask` with all their keys. So work that proceeds for many indices step by step sends one request
 * for each step.
 * @param ask called with the keys, in order. Returns one value or error for each.
 * @returns a function for one key.
 */
export const batched = <Key, Value>(
  ask: (keys: readonly Key[]) => Promise<readonly (Value | Error)[]>,
): ((key: Key) => Promise<Value>) => {
  const loader = new DataLoader<Key, Value>(ask, { cache: false });
  return (key) => loader.load(key);
};

/**
 * Shares one call of `ask` among the calls that are made before it begins. Later calls never share it, so the answer is
 * never older than the question.
 */
export const shared = <Value>(ask: () => Promise<Value>): (() => Promise<Value>) => {
  const asking = batched<true, { readonly answer: Value }>(async (calls) => {
    const answer = await ask();
    return calls.map(() => ({ answer }));
  });
  return async () => (await asking(true)).answer;
};

/**
 * Repeats a work one time after the other, never twice at once. Calls that come while it is at work share the next
 * repetition, which begins after all of them.
 */
export const sharedNext = (work: () => Promise<void>): (() => Promise<void>) => {
  let atWork: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  return () => {
    waiting ??= atWork
      .catch(() => undefined)
      .then(() => {
        waiting = undefined;
        atWork = work();
        return atWork;
      });
    return waiting;
  };
};
