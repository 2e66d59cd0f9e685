import { html, type Markup } from './markup.ts';

/** What stands in a cell. */
type Cell = Markup | string | number;

/** A title of a column; numbers stand on the right. */
export type Column = string | { readonly title: string; readonly isNumber: true };

/** A column of numbers. */
export const figures = (title: string): Column => ({ title, isNumber: true });

/** What a table shows. */
export interface TableContent {
  /** What it is about, for who does not see it. */
  readonly about: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** On a narrow screen, the rows of a table with more columns become lists. */
const MOST_NARROW = 3;

/**
 * A table. Its roles are written out, because a narrow screen shows it as lists, and then not every browser still knows
 * that it is a table.
 */
export const table = ({ about, columns, rows }: TableContent): Markup => {
  const shown = columns.map((column) =>
    typeof column === 'string' ? { title: column, side: 'left' } : { title: column.title, side: 'right' },
  );
  const kind = columns.length > MOST_NARROW ? 'stacked' : 'narrow';
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${about}"><table role="table" class="${kind}">
<thead role="rowgroup"><tr role="row">${shown.map(({ title, side }) => html`<th role="columnheader" scope="col" class="${side}">${title}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (
      row,
    ) => html`<tr role="row">${row.map((cell, place) => html`<td role="cell" class="${shown[place]?.side ?? ''}" data-label="${shown[place]?.title ?? ''}">${cell}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
};

/** The table behind a plot. It is closed at first. */
export const tableBehind = (content: TableContent): Markup =>
  html`<details><summary>Table: ${content.about}</summary>${table(content)}</details>`;
