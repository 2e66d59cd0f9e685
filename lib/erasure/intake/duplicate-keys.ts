import { AccountEventError } from '../events/account-event-error.ts';
import { isWord } from './read-object.ts';

/** Matches strings, brackets and colons of a JSON text; the rest is skipped. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** An open object or list: the keys of the object so far, or undefined for a list. */
type OpenBracket = Set<string> | undefined;

/**
 * A key that occurs twice in one object; undefined if there is none.
 * @param json a text that JSON.parse accepts.
 */
export const repeatedKey = (json: string): string | undefined => {
  const open: OpenBracket[] = [];
  let text = '';
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      // A string before a colon is a key. It is parsed, because escapes can spell one key in two ways.
      const [key, keys] = [JSON.parse(text) as string, open.at(-1)];
      if (keys?.has(key)) return key;
      keys?.add(key);
    } else text = token;
  }
  return undefined;
};

/**
 * Refuses JSON with a duplicate key: every reader uses one of the two values, but not all readers use the same one.
 * @param json a text that JSON.parse accepts.
 * @throws AccountEventError `duplicate-key`
 */
export const refuseDuplicateKeys = (json: string): void => {
  const key = repeatedKey(json);
  if (key === undefined) return;
  throw new AccountEventError('duplicate-key', isWord(key) ? key : 'body', {
    expected: 'every key once in its object',
    found: isWord(key) ? `"${key}" twice` : 'a key that is not a word twice',
    fix: 'Send each key once.',
  });
};
