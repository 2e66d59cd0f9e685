/**
 * Characters that a terminal acts upon instead of showing them: control characters (escape sequences begin with one),
 * marks that change the writing direction, invisible characters, line separators and halves of surrogate pairs.
 */
const ACTED_UPON = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Makes text from elsewhere (a cluster, a file, an argument) safe for a terminal: one line, with nothing hidden. */
export const printable = (text: string): string =>
  text.replace(ACTED_UPON, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

/** Visible letters, marks, digits and signs, except those that need quoting. */
const PLAIN = /^(?!\p{M})(?:(?![\p{DI}"'\\])[\p{L}\p{M}\p{N}\p{P}\p{S}])*$/u;

/** Whether a text is one visible word without quotes and unusual composition. True for the empty text. */
export const needsNoQuotes = (text: string): boolean => PLAIN.test(text) && text.normalize('NFC') === text;

/** Characters that cannot be seen between quotation marks, or that look like others. */
const UNSEEN = /(?! )[\p{C}\p{M}\p{Z}\p{DI}]/gu;

const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');

/**
 * An identifier in a form that people can read and compare: unchanged, or as a JSON string with escapes if it has
 * spaces, quotation marks, invisible characters or unusually composed letters. Two different identifiers never look the
 * same.
 */
export const printableIdentifier = (text: string): string =>
  text !== '' && needsNoQuotes(text) ? text : JSON.stringify(text).replace(UNSEEN, escaped);

/** A value as JSON that cannot control a terminal. It parses to the same value. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(ACTED_UPON, (character) =>
    character === '\n' ? character : escaped(character),
  );
