import { styleText } from 'node:util';
import { printable } from './printable.ts';

/** The colours and weights of text. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

/** A piece of text from any source. It is made printable when it is rendered. */
export type TextSpan = string | { readonly text: string; readonly style: Style };
export type Text = TextSpan | readonly TextSpan[];

/** The properties of the output device. */
export interface Screen {
  /** Adds a style to a text. */
  readonly paint: (style: Style, text: string) => string;
  /** Columns of the terminal; undefined if it is no terminal. Then nothing is wrapped. */
  readonly width?: number;
}

/** The properties of a stream. Colours are used on a terminal only, and never with `NO_COLOR`. */
export const screenOf = (stream: NodeJS.WriteStream): Screen => ({
  paint: (style, text) => styleText(style, text, { stream }),
  // A terminal of unknown size reports 0 columns.
  ...(stream.isTTY && stream.columns > 0 ? { width: stream.columns } : {}),
});

const isSpans = (text: Text): text is readonly TextSpan[] => Array.isArray(text);

/** One line of text, printable and coloured. */
export const renderText = (text: Text, { paint }: Screen): string =>
  (isSpans(text) ? text : [text])
    .map((span) => (typeof span === 'string' ? printable(span) : paint(span.style, printable(span.text))))
    .join('');
