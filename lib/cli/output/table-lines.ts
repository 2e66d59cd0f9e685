import { stripVTControlCharacters } from 'node:util';
import CliTable3 from 'cli-table3';
import { renderText, type Screen, type Text } from './text.ts';

/** A table for people. Each row has a cell for each column. */
export interface Table {
  /** `right` aligns a column to the right, for numbers. The last column gets the remaining width. */
  readonly columns: readonly { readonly title: string; readonly right?: boolean }[];
  readonly rows: readonly (readonly Text[])[];
}

const INDENT = 2;
const GAP = 2;
/** On a narrower terminal, the last column is not wrapped: three words on a line are hard to read. */
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

/**
 * The width of the last column on a terminal: the remaining width, but at least that of its longest word, which is not
 * cut.
 */
const lastWidth = (cells: readonly (readonly string[])[], width: number): number => {
  const last = cells.map((row) => row.at(-1) ?? '');
  const others = (cells[0] ?? []).slice(0, -1).map((_, at) => Math.max(...cells.map((row) => widthOf(row[at] ?? ''))));
  const left = width - INDENT - others.reduce((sum, other) => sum + other + GAP, 0);
  return Math.max(left, NARROWEST, ...last.map(longestWord));
};

/** The lines of a table without borders. It looks the same in a terminal, a mail and a file. */
export const tableLines = ({ columns, rows }: Table, screen: Screen): string[] => {
  const head = columns.map(({ title }) => screen.paint('dim', title.toUpperCase()));
  const cells = [head, ...rows.map((row) => row.map((cell) => renderText(cell, screen)))];
  const table = new CliTable3({
    chars: NO_BORDERS,
    colAligns: columns.map(({ right }) => (right ? 'right' : 'left')),
    ...(screen.width === undefined
      ? {}
      : { wordWrap: true, colWidths: [...columns.slice(1).map(() => null), lastWidth(cells, screen.width) + GAP] }),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
  });
  table.push(...cells);
  return table
    .toString()
    .split('\n')
    .map((line) => `${' '.repeat(INDENT)}${line}`.trimEnd());
};
