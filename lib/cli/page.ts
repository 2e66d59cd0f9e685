import { styleText } from 'node:util';
import { printable } from './printable.ts';
import { tableLines } from './table-lines.ts';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

/** A piece of text; where it comes from does not matter, it is made printable when it is rendered. */
export type Span = string | { readonly text: string; readonly style: Style };
export type Text = Span | readonly Span[];

export interface Table {
  /** A heading; `right` aligns the column, as numbers want it. The last column takes the width that is left. */
  readonly columns: readonly { readonly title: string; readonly right?: boolean }[];
  readonly rows: readonly (readonly Text[])[];
}

/** What a command shows, from top to bottom. */
export type Page = readonly (Text | Table)[];

/** Where a page is shown. */
export interface Screen {
  readonly paint: (style: Style, text: string) => string;
  /** Columns of the terminal; undefined when it is none: then nothing is wrapped. */
  readonly width?: number;
}

/** The screen that a stream is. Colours on a terminal only, and never under `NO_COLOR`. */
export const screenOf = (stream: NodeJS.WriteStream): Screen => ({
  paint: (style, text) => styleText(style, text, { stream }),
  ...(stream.isTTY ? { width: stream.columns } : {}),
});

const isTable = (block: Text | Table): block is Table => typeof block === 'object' && 'columns' in block;
const isSpans = (text: Text): text is readonly Span[] => Array.isArray(text);

/** One line of text, printable and painted. */
export const renderText = (text: Text, { paint }: Screen): string =>
  (isSpans(text) ? text : [text])
    .map((span) => (typeof span === 'string' ? printable(span) : paint(span.style, printable(span.text))))
    .join('');

/** The only way from a page to characters: nothing reaches a terminal unescaped. */
export const renderPage = (page: Page, screen: Screen): string =>
  page
    .flatMap((block) => (isTable(block) ? tableLines(block, screen) : [renderText(block, screen)]))
    .map((line) => `${line}\n`)
    .join('');
