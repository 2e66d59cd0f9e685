import { isWord } from './read-object.ts';
import { TerminationError } from './termination-error.ts';

/** Texts and brackets of a JSON text; what stands between them is of no interest. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** The objects and lists that are open at a place: the keys of each object so far, and nothing of a list. */
type Open = Set<string> | undefined;

/**
 * A key that stands twice in one object; undefined when there is none.
 * @param json a text that JSON.parse reads.
 */
export const repeatedKey = (json: string): string | undefined => {
  const open: Open[] = [];
  let text = '';
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      // A text before a colon is a key: escapes may spell one key in two ways.
      const [key, keys] = [JSON.parse(text) as string, open.at(-1)];
      if (keys?.has(key)) return key;
      keys?.add(key);
    } else text = token;
  }
  return undefined;
};

/**
 * Refuses JSON in which a key stands twice: whoever reads it takes one of the two, and not everybody the same.
 * @param json a text that JSON.parse reads.
 * @throws TerminationError `duplicate-key`
 */
export const refuseDuplicateKeys = (json: string): void => {
  const key = repeatedKey(json);
  if (key === undefined) return;
  throw new TerminationError('duplicate-key', isWord(key) ? key : 'body', {
    expected: 'every key once in its object',
    found: isWord(key) ? `"${key}" twice` : 'a key that is not a word twice',
    fix: 'Send each key once.',
  });
};
