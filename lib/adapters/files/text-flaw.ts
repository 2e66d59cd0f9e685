type Flaw = readonly [test: RegExp, words: string];

/** In this order, so that the most telling one speaks first. */
const FLAWS: readonly Flaw[] = [
  [/["'`\u2018\u2019\u201c\u201d]/, 'quotation marks in it'],
  [/\s/, 'a blank or line end inside it'],
  [/[^!-~]/, 'a character in it that is no plain letter, digit or sign'],
];

/**
 * What keeps a value from being sent as it is: an address or a key is one word of visible ASCII characters.
 * @param text without blanks around it.
 * @returns the flaw in words that repeat nothing of the text; undefined when there is none.
 */
export const flawOfText = (text: string): string | undefined => FLAWS.find(([test]) => test.test(text))?.[1];
