/**
 * Whatever a terminal would act upon instead of showing it: control characters (escape sequences begin with one), marks that turn the
 * direction of writing, invisible characters, line separators and halves of surrogate pairs.
 */
const ACTED_UPON = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text from elsewhere (a cluster, a file, an argument) as it may reach a terminal: one line, nothing hidden in it. */
export const printable = (text: string): string =>
  text.replace(ACTED_UPON, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

/** A value as JSON in which no character can steer a terminal either. Parses to the same value. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(ACTED_UPON, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()]
          .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
          .join(''),
  );
