import { styleText } from 'node:util';

/** Rows in columns, each as wide as its widest cell, under dim headings. */
export const columns = (titles: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = titles.map((title, at) => Math.max(...[titles, ...rows].map((row) => (row[at] ?? title).length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [styleText('dim', line(titles)), ...rows.map(line)].join('\n');
};
