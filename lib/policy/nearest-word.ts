/** The candidate that a slip of the finger most likely meant, if one is near enough: a third of its letters may differ. */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
}

/** Below that, every other short word would be a slip. */
const SHORTEST = 4;
/** From so many letters on, two slips still leave most of a word. */
const LONG = 6;

/** Whether a word is most likely a slip of the finger for another: not the same, and almost. */
export function isSlipOf(word: string, meant: string): boolean {
  if (word === meant || meant.length < SHORTEST) return false;
  return editDistance(word, meant) <= (meant.length < LONG ? 1 : 2);
}

/** Insertions, deletions, replacements, and swaps of two neighbours, that turn one word into the other (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      (rows[i] as number[])[j] = Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1);
    }
  }
  return at(a.length, b.length);
}
