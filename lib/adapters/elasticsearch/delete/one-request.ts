import pMap from 'p-map';
import { batched } from '../../../base/batch-calls.ts';
import { messageOf, RetentionError, requestFateOf } from '../../../base/errors.ts';
import { fitRequestLines } from '../client/request-line.ts';

/** Requests about single indices that are sent at once. */
const AT_ONCE = 8;

/** Splits calls into parts whose distinct names fit into one request line each. */
export const partsOf = <Key>(keys: readonly Key[], nameOf: (key: Key) => string): readonly (readonly Key[])[] =>
  fitRequestLines([...new Set(keys.map(nameOf))]).map((names) => {
    const inPart = new Set(names);
    return keys.filter((key) => inPart.has(nameOf(key)));
  });

/** How calls about single indices are answered by one request. */
export interface Combining<Key, Value> {
  readonly nameOf: (key: Key) => string;
  /**
   * Asks about several indices at once. A key that is absent from the answer, and every key after a refusal, is asked
   * alone, because one faulty index must not spoil the others.
   */
  readonly ofMany: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>;
  readonly ofOne: (key: Key) => Promise<Value>;
}

/**
 * Asks for one part. The keys that are to be asked alone are missing in the result.
 * @throws any error that is not one of ours.
 */
const answersOf = async <Key, Value>(
  part: readonly Key[],
  { ofMany }: Combining<Key, Value>,
): Promise<ReadonlyMap<Key, Value | Error>> => {
  if (part.length === 1) return new Map();
  try {
    return await ofMany(part);
  } catch (thrown) {
    if (!(thrown instanceof RetentionError)) throw thrown;
    // After any other error, asking for each index alone would only wait again, or repeat a request that may still be
    // carried out.
    return new Map(requestFateOf(thrown) === 'refused' ? [] : part.map((key) => [key, thrown]));
  }
};

const alone = async <Key, Value>(key: Key, { ofOne }: Combining<Key, Value>): Promise<Value | Error> => {
  try {
    return await ofOne(key);
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
  }
};

/** Combines calls about single indices that may be repeated. */
export const inOneRequest = <Key, Value>(combining: Combining<Key, Value>): ((key: Key) => Promise<Value>) =>
  batched(async (keys) => {
    const answers = new Map<Key, Value | Error>();
    const ask = async (part: readonly Key[]): Promise<void> => {
      for (const [key, answer] of await answersOf(part, combining)) answers.set(key, answer);
      const left = part.filter((key) => !answers.has(key));
      const leftAnswers = await pMap(left, (key) => alone(key, combining), { concurrency: AT_ONCE });
      left.forEach((key, at) => void answers.set(key, leftAnswers[at] as Value | Error));
    };
    // Side by side: no index waits for the slow answer about another one.
    await Promise.all(partsOf(keys, combining.nameOf).map(ask));
    return keys.map((key) => answers.get(key) as Value | Error);
  });
