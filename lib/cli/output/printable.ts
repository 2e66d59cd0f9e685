/**
 * Whatever a terminal would act upon instead of showing it: control characters (escape sequences begin with one), marks that turn the
 * direction of writing, invisible characters, line separators and halves of surrogate pairs.
 */
const ACTED_UPON = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text from elsewhere (a cluster, a file, an argument) as it may reach a terminal: one line, nothing hidden in it. */
export const printable = (text: string): string =>
  text.replace(ACTED_UPON, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

/** Letters, marks, digits and signs that show themselves, without what quoting needs. */
const PLAIN = /^(?!\p{M})(?:(?![\p{DI}"'\\])[\p{L}\p{M}\p{N}\p{P}\p{S}])*$/u;

/** Whether a text is one word in which nothing is hidden, quoted or composed otherwise than usual; so is the empty one. */
export const isShownAsItIs = (text: string): boolean => PLAIN.test(text) && text.normalize('NFC') === text;

/** What cannot be seen, or looks like something else, where it stands between quotation marks. */
const UNSEEN = /(?! )[\p{C}\p{M}\p{Z}\p{DI}]/gu;

const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');

/**
 * An identifier as people can read and tell it: as it is, or as a JSON text with escapes where it has blanks, quotation marks,
 * anything that cannot be seen, or letters that are not composed as usual. Two identifiers never look the same for such a reason.
 */
export const printableIdentifier = (text: string): string =>
  text !== '' && isShownAsItIs(text) ? text : JSON.stringify(text).replace(UNSEEN, escaped);

/** A value as JSON in which no character can steer a terminal either. Parses to the same value. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(ACTED_UPON, (character) =>
    character === '\n' ? character : escaped(character),
  );
