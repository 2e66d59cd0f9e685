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

/**
 * The properties of a stream. Colours are used on a terminal only, and never with `NO_COLOR`.
 * @param color whether colours are wanted, as far as it is known.
 */
export const screenOf = (stream: NodeJS.WriteStream, color = true): Screen => ({
  paint: (style, text) => (color ? styleText(style, text, { stream }) : text),
  // A terminal of unknown size reports 0 columns.
  ...(stream.isTTY && stream.columns > 0 ? { width: stream.columns } : {}),
});

const isSpans = (text: Text): text is readonly TextSpan[] => Array.isArray(text);

const spansOf = (text: Text): readonly TextSpan[] => (isSpans(text) ? text : [text]);

const textOf = (span: TextSpan): string => printable(typeof span === 'string' ? span : span.text);

/** One line of text, printable and coloured. */
export const renderText = (text: Text, { paint }: Screen): string =>
  spansOf(text)
    .map((span) => (typeof span === 'string' ? textOf(span) : paint(span.style, textOf(span))))
    .join('');

/** A part of a word, in one style. */
interface Part {
  readonly text: string;
  readonly style?: Style;
}

/** What is never broken, and the blanks before it. */
interface Word {
  readonly blanks: string;
  readonly parts: readonly Part[];
}

const lengthOf = ({ parts }: Word): number => parts.reduce((sum, { text }) => sum + text.length, 0);

/** The words of a text. A word may continue in the next span: `a`, `b c` is `ab`, `c`. */
const wordsOf = (spans: readonly TextSpan[]): readonly Word[] => {
  const words: Word[] = [];
  let blanks = '';
  let isOpen = false;
  for (const span of spans)
    for (const [piece] of textOf(span).matchAll(/ +|[^ ]+/g)) {
      if (piece.startsWith(' ')) {
        blanks += piece;
        isOpen = false;
        continue;
      }
      const part = typeof span === 'string' ? { text: piece } : { text: piece, style: span.style };
      const last = isOpen ? words.pop() : undefined;
      words.push(last === undefined ? { blanks, parts: [part] } : { ...last, parts: [...last.parts, part] });
      blanks = '';
      isOpen = true;
    }
  return words;
};

/** Between the clauses of a summary. */
const DOT = '·';

/** A label such as `      found     `, whose text is continued below itself. */
const LABEL = /^ *\S.* {2,}$/;

/** Where continued lines begin. */
const indentOf = (spans: readonly TextSpan[]): number => {
  const [first = ''] = spans;
  const text = textOf(first);
  return LABEL.test(text) ? text.length : (/^ */.exec(text)?.[0].length ?? 0) + 2;
};

/** Parts of one style are painted together, with the blanks between them. */
const paintedLine = (words: readonly Word[], { paint }: Screen): string => {
  const runs: { style?: Style; text: string }[] = [];
  const add = (text: string, style: Style | undefined): void => {
    const last = runs.at(-1);
    if (last !== undefined && last.style === style) last.text += text;
    else runs.push({ text, ...(style !== undefined && { style }) });
  };
  words.forEach(({ blanks, parts: [first, ...others] }, at) => {
    add(`${at === 0 ? '' : blanks}${first?.text ?? ''}`, first?.style);
    for (const { text, style } of others) add(text, style);
  });
  return runs.map(({ style, text }) => (style === undefined ? text : paint(style, text))).join('');
};

const isDot = (word: Word | undefined): boolean => word?.parts.length === 1 && word.parts[0]?.text === DOT;

/**
 * The words of each line. Each clause begins a line of its own. A word that is too long for any line has one of its
 * own, or stays behind the label.
 */
const linesOf = (words: readonly Word[], width: number, indent: number): readonly (readonly Word[])[] => {
  const lines: Word[][] = [[]];
  let used = 0;
  words.forEach((word, at) => {
    const needed = word.blanks.length + lengthOf(word);
    const mustBreak = isDot(words[at - 1]) || used + needed > width;
    if (at > 0 && mustBreak && used > indent) {
      lines.push([word]);
      used = indent + lengthOf(word);
    } else {
      lines.at(-1)?.push(word);
      used += needed;
    }
  });
  return lines;
};

const withoutDot = (line: readonly Word[]): readonly Word[] => (isDot(line.at(-1)) ? line.slice(0, -1) : line);

/**
 * The lines of a text. On a terminal that is too narrow, it is wrapped between words. A text of several clauses
 * (`a · b`) gets a line for each.
 */
export const textLines = (text: Text, screen: Screen): readonly string[] => {
  const whole = renderText(text, screen);
  const spans = spansOf(text);
  const length = spans.reduce((sum, span) => sum + textOf(span).length, 0);
  if (screen.width === undefined || length <= screen.width) return [whole];
  const words = wordsOf(spans);
  const indent = indentOf(spans);
  const first = words[0]?.blanks ?? '';
  return linesOf(words, screen.width, indent).map((line, at) =>
    `${at === 0 ? first : ' '.repeat(indent)}${paintedLine(withoutDot(line), screen)}`.trimEnd(),
  );
};
