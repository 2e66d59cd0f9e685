import { isTable, type Page } from '../output/page.ts';
import type { Table } from '../output/table-lines.ts';
import { renderText, type Text } from '../output/text.ts';
import { csvText } from './csv-text.ts';

const plain = (cell: Text): string => renderText(cell, { paint: (_, text) => text });

/** `Due left` → `due_left` */
const columnName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');

/** A number without the commas that people read. */
const cellOf = (cell: Text, isNumber: boolean | undefined): string =>
  isNumber === true ? plain(cell).replaceAll(/(?<=\d),(?=\d{3})/g, '') : plain(cell);

const headerOf = ({ of, columns }: Table): readonly string[] => [
  ...(of === undefined ? [] : [columnName(of.title)]),
  ...columns.map(({ title }) => columnName(title)),
];

const rowsOf = ({ of, columns, rows }: Table): readonly (readonly string[])[] =>
  rows.map((row) => [
    ...(of === undefined ? [] : [of.value]),
    ...row.map((cell, at) => cellOf(cell, columns[at]?.right)),
  ]);

/**
 * The tables of a page as CSV, one below the other if they have the same columns. Other tables than those of the first
 * kind are left out.
 * @returns undefined if the page has no table.
 */
export const pageCsv = (page: Page): string | undefined => {
  const tables = page.filter(isTable);
  const [first] = tables;
  if (first === undefined) return undefined;
  const header = headerOf(first);
  const alike = tables.filter((table) => headerOf(table).join() === header.join());
  return csvText(header, alike.flatMap(rowsOf));
};
