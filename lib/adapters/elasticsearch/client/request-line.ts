/** A request line may have 4,096 bytes. The rest is for the other parts of the URL. */
const NAMES_BYTES = 3_000;

const COMMA_BYTES = '%2C'.length;

/** Splits a list of index names into lists that each fit into a request line, in order. */
export const fitRequestLines = (names: readonly string[]): readonly (readonly string[])[] => {
  const lines: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const length = encodeURIComponent(name).length + COMMA_BYTES;
    if (bytes + length > NAMES_BYTES) {
      lines.push([]);
      bytes = 0;
    }
    lines.at(-1)?.push(name);
    bytes += length;
  }
  return lines;
};
