/** The candidate that a slip of the finger most likely meant, if one is near enough: a third of its letters may differ. */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
}

/** Two slips of the finger, or two letters in the wrong order. */
const MOST_SLIPS = 2;
/** Below that, every other short word would be a slip. */
const SHORTEST = 4;

/** Whether a word is most likely a slip of the finger for another: not the same, and almost. */
export function isSlipOf(word: string, meant: string): boolean {
  return word !== meant && meant.length >= SHORTEST && editDistance(word, meant) <= MOST_SLIPS;
}

/** Levenshtein: insertions, deletions and replacements that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
