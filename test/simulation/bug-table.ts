import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

// The tables of planted bugs in docs/simulation.md.

const PAGE = join(resolve(import.meta.dirname, '..', '..'), 'docs', 'simulation.md');
const END = '<!-- end -->';

const nameOf = (row: string): string => /^\| (\S+)/.exec(row)?.[1] ?? '';

/**
 * Writes rows into the table after a marker. The rows of bugs that were not tried stay.
 * @param marker the comment before the table.
 * @param rows header, line, and one row for each bug that was tried.
 */
export const writeTable = (marker: string, rows: readonly string[]): void => {
  const text = readFileSync(PAGE, 'utf8');
  const from = text.indexOf(marker) + marker.length;
  const to = text.indexOf(END, from);
  const [header = '', line = '', ...tried] = rows;
  const before = text.slice(from, to).trim().split('\n').slice(2);
  const all = new Map([...before, ...tried].map((row) => [nameOf(row), row]));
  const sorted = [...all].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  writeFileSync(PAGE, `${text.slice(0, from)}\n${[header, line, ...sorted].join('\n')}\n${text.slice(to)}`);
};
