/** A cell of a table for programs. Undefined is left empty. */
export type CsvCell = string | number | boolean | undefined;

const quoted = (cell: CsvCell): string => {
  const text = cell === undefined ? '' : `${cell}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** A table as CSV (RFC 4180, with a header), without the line end of the last line. */
export const csvText = (header: readonly string[], rows: readonly (readonly CsvCell[])[]): string =>
  [header, ...rows].map((row) => row.map(quoted).join(',')).join('\r\n');
