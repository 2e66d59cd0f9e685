/** Text that is HTML already. Only {@link html} makes one. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: everything but markup is escaped. */
type Part = Markup | string | number | undefined | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that change how text around them is shown: control characters and marks of the writing direction. */
const ACTED_UPON = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const escaped = (text: string): string =>
  text
    .replace(ACTED_UPON, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const textOf = (part: Part): string => {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'object' ? part.map(textOf).join('') : escaped(`${part}`);
};

/** A template of HTML or SVG. What is put into it is escaped, for text and for quoted attributes. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(texts.map((text, at) => `${text}${textOf(parts[at])}`).join(''));
