import { styleText } from 'node:util';
import { printable } from './printable.ts';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

/** A piece of text; where it comes from does not matter, it is made printable when it is rendered. */
export type Span = string | { readonly text: string; readonly style: Style };
export type Text = Span | readonly Span[];

/** Where text is shown. */
export interface Screen {
  readonly paint: (style: Style, text: string) => string;
  /** Columns of the terminal; undefined when it is none: then nothing is wrapped. */
  readonly width?: number;
}

/** The screen that a stream is. Colours on a terminal only, and never under `NO_COLOR`. */
export const screenOf = (stream: NodeJS.WriteStream): Screen => ({
  paint: (style, text) => styleText(style, text, { stream }),
  // A terminal that does not know its size says 0.
  ...(stream.isTTY && stream.columns > 0 ? { width: stream.columns } : {}),
});

const isSpans = (text: Text): text is readonly Span[] => Array.isArray(text);

/** One line of text, printable and painted. */
export const renderText = (text: Text, { paint }: Screen): string =>
  (isSpans(text) ? text : [text])
    .map((span) => (typeof span === 'string' ? printable(span) : paint(span.style, printable(span.text))))
    .join('');
