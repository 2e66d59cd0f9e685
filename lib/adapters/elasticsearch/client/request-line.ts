/** A request line may have 4,096 bytes; what is not taken by names is for the rest of the address. */
const NAMES_BYTES = 3_000;

const COMMA_BYTES = '%2C'.length;

/** Cuts a list of index names into lists that fit a request line each, in their order. */
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
