import { stripVTControlCharacters } from 'node:util';
import CliTable3 from 'cli-table3';
import { renderText, type Screen, type Text, textLines } from './text.ts';

/** A column of a table. */
interface Column {
  readonly title: string;
  /** Aligns the column to the right, for numbers. */
  readonly right?: boolean;
  /** A terminal that is too narrow for all columns leaves those with a number out, the highest first. */
  readonly spare?: number;
}

/** A table for people. Each row has a cell for each column. */
export interface Table {
  /** The last column gets the remaining width. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Text[])[];
  /** What all rows are about. CSV has it in a column of its own. */
  readonly of?: { readonly title: string; readonly value: string };
}

const INDENT = 2;
const GAP = 2;
/** The last column is not wrapped to less: three words on a line are hard to read. */
const NARROWEST = 24;

const NO_BORDERS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle'].flatMap((side) =>
    side === 'left' || side === 'right' || side === 'middle'
      ? [
          [side, ''],
          [`${side}-mid`, ''],
        ]
      : [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((char) => [char, '']),
  ),
);

const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;
const longestWord = (cell: string): number => Math.max(0, ...cell.split(' ').map(widthOf));

/** The cells of a table, rendered; the first row holds the titles. */
type Cells = readonly (readonly string[])[];

const widest = (cells: Cells, at: number): number => Math.max(0, ...cells.map((row) => widthOf(row[at] ?? '')));

/** What the columns before the last one take, with the gaps behind them. */
const beforeLast = (cells: Cells): number =>
  (cells[0] ?? []).slice(0, -1).reduce((sum, _, at) => sum + widest(cells, at) + GAP, INDENT);

/** The least width of the last column: that of its longest word, and of short texts as a whole. */
const leastOfLast = (cells: Cells): number => {
  const last = cells.map((row) => row.at(-1) ?? '');
  return Math.max(Math.min(NARROWEST, widest(cells, (cells[0]?.length ?? 1) - 1)), ...last.map(longestWord));
};

const fits = (cells: Cells, width: number): boolean => beforeLast(cells) + leastOfLast(cells) <= width;

const aligned = (columns: readonly Column[], cells: Cells, width: number | undefined): readonly string[] => {
  const table = new CliTable3({
    chars: NO_BORDERS,
    colAligns: columns.map(({ right }) => (right ? 'right' : 'left')),
    ...(width === undefined
      ? {}
      : {
          wordWrap: true,
          colWidths: [
            ...columns.slice(1).map(() => null),
            Math.max(width - beforeLast(cells), leastOfLast(cells)) + GAP,
          ],
        }),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
  });
  table.push(...cells.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => `${' '.repeat(INDENT)}${line}`.trimEnd());
};

/** A title within a sentence: `Closed (UTC)` is `closed (UTC)` there. */
const inSentence = (title: string): string =>
  title.replaceAll(/\p{L}+/gu, (word) => (word === word.toUpperCase() ? word : word.toLowerCase()));

/** Each row as a text of its own: its first cell, and below it the others with their titles. */
const stacked = (columns: readonly Column[], rows: Table['rows'], screen: Screen): readonly string[] =>
  rows.flatMap(([first = '', ...others]) => {
    const clauses = others.flatMap((cell, at) => {
      const title = columns[at + 1]?.title ?? '';
      const text = renderText(cell, { paint: (_, plain) => plain });
      return text === '' ? [] : [`${title === '' ? '' : `${inSentence(title)} `}${text}`];
    });
    const indent = ' '.repeat(INDENT);
    return [
      ...textLines(Array.isArray(first) ? [indent, ...first] : [indent, first as string], screen),
      ...(clauses.length === 0 ? [] : textLines(`${indent}${indent}${clauses.join('; ')}`, screen)),
    ];
  });

/** The positions of the columns that fit, in order: spare ones are left out until the rest fits. */
const fitting = (columns: readonly Column[], cells: Cells, width: number): readonly number[] => {
  let kept = columns.map((_, at) => at);
  const cellsOf = (positions: readonly number[]): Cells => cells.map((row) => positions.map((at) => row[at] ?? ''));
  while (!fits(cellsOf(kept), width)) {
    const next = Math.max(0, ...kept.map((at) => columns[at]?.spare ?? 0));
    if (next === 0) return kept;
    kept = kept.filter((at) => columns[at]?.spare !== next);
  }
  return kept;
};

/** Says which columns a narrow terminal leaves out. */
const leftOutLine = (columns: readonly Column[], kept: readonly number[], screen: Screen): readonly string[] => {
  const left = columns.filter((_, at) => !kept.includes(at)).map(({ title }) => inSentence(title));
  return left.length === 0 ? [] : textLines({ text: `  Too narrow for: ${left.join(', ')}`, style: 'dim' }, screen);
};

/**
 * The lines of a table without borders. It looks the same in a terminal, a mail and a file. A terminal that is too
 * narrow leaves spare columns out, and if that is not enough, shows each row as a text of its own.
 */
export const tableLines = (table: Table, screen: Screen): readonly string[] => {
  const { columns, rows } = table;
  const { width } = screen;
  const head = columns.map(({ title }) => screen.paint('dim', title.toUpperCase()));
  const cells = [head, ...rows.map((row) => row.map((cell) => renderText(cell, screen)))];
  if (width === undefined) return aligned(columns, cells, width);
  const kept = fitting(columns, cells, width);
  const shown = cells.map((row) => kept.map((at) => row[at] ?? ''));
  const chosen = kept.flatMap((at) => columns[at] ?? []);
  const lines = fits(shown, width)
    ? aligned(chosen, shown, width)
    : stacked(
        chosen,
        rows.map((row) => kept.map((at) => row[at] ?? '')),
        screen,
      );
  return [...lines, ...leftOutLine(columns, kept, screen)];
};
