/** What one size took: to prepare and measure it, and the longest of its works. Seconds. */
export interface SizeTook {
  readonly size: number;
  readonly whole: number;
  readonly longest: number;
}

const MOST_SECONDS = 120;

/**
 * Why the next size is not measured; undefined if it is. Before it begins, its time is estimated from the last two
 * sizes: a fixed part, and one that grows with the size.
 * @param left seconds.
 */
export const whyStop = (taken: readonly SizeTook[], next: number, left: number): string | undefined => {
  const [before, last] = [taken.at(-2), taken.at(-1)];
  if (last === undefined) return undefined;
  if (last.longest > MOST_SECONDS)
    return `at ${last.size.toLocaleString('en-US')}, one of the commands took ${Math.round(last.longest)} s, and two minutes are the limit`;
  const slope = before === undefined ? 0 : Math.max(0, (last.whole - before.whole) / (last.size - before.size));
  const expected = last.whole + slope * (next - last.size);
  if (expected <= left) return undefined;
  return `${next.toLocaleString('en-US')} would have taken about ${Math.ceil(expected / 60)} minutes, and ${Math.max(0, Math.floor(left / 60))} were left`;
};
