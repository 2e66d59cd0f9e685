type TextFlaw = readonly [test: RegExp, words: string];

/** In order of importance: the first flaw found gets reported. */
const FLAWS: readonly TextFlaw[] = [
  [/["'`\u2018\u2019\u201c\u201d]/, 'quotation marks in it'],
  [/\s/, 'a blank or line end inside it'],
  [/[^!-~]/, 'a character in it that is no plain letter, digit or sign'],
];

/**
 * Why a value cannot be sent unchanged: an address or key must be one word of visible ASCII characters.
 * @param text without spaces around it.
 * @returns the flaw, without quoting the text; undefined if there is none.
 */
export const flawOfText = (text: string): string | undefined => FLAWS.find(([test]) => test.test(text))?.[1];
