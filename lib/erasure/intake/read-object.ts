import { nearestWord } from '../../policy/nearest-word.ts';
import { AccountEventError, kindOf } from '../events/account-event-error.ts';

/** An unchecked JSON object. */
export type Unread = Readonly<Record<string, unknown>>;

/** A key that may be repeated in a log: a short word without a run of digits that could be an account number. */
const WORD = /^[A-Za-z](?!.*\d{4})[\w-]{0,39}$/;

/** Whether a key may be repeated in a log and in an answer. */
export const isWord = (key: string): boolean => WORD.test(key);

/**
 * Checks that a value is an object.
 * @throws AccountEventError `bad-termination`
 */
export const readObject = (value: unknown, field: string): Unread => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Unread;
  throw new AccountEventError('bad-termination', field, {
    expected: `${field} to be an object`,
    found: kindOf(value),
    fix: 'Send one event as one JSON object.',
  });
};

/**
 * Refuses unknown keys. If unknown keys were ignored, a misspelt `sdkAppId` would erase all applications of an account
 * instead of one.
 * @param known the keys that are read.
 * @throws AccountEventError `unknown-key`
 */
export const refuseOtherKeys = (object: Unread, field: string, known: readonly string[]): void => {
  const other = Object.keys(object).find((key) => !known.includes(key));
  if (other === undefined) return;
  const nearest = nearestWord(other.slice(0, 40), known);
  const isShown = isWord(other);
  throw new AccountEventError('unknown-key', isShown ? `${field}.${other}` : field, {
    expected: `no keys in ${field} but ${known.join(', ')}`,
    found: isShown ? `"${other}"` : 'a key that is not a word',
    fix: nearest === undefined ? 'Leave it out.' : `Write "${nearest}", if that is meant, or leave it out.`,
  });
};
