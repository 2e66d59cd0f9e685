import leven from 'leven';

/**
 * The candidate that a misspelt word most likely means. A third of the candidate's letters may differ.
 * @returns undefined if no candidate is close enough.
 */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .map((candidate) => ({ candidate, distance: leven(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
}

/** Almost any two shorter words would count as misspellings of each other. */
const SHORTEST = 4;
/** From this length on, a word with two typing errors can still be recognized. */
const LONG = 6;

/** Whether a word is most likely a misspelling of another: it is not equal, but almost. */
export function isSlipOf(word: string, meant: string): boolean {
  if (word === meant || meant.length < SHORTEST) return false;
  return isWithin(meant.length < LONG ? 1 : 2, word, meant);
}

const withSwap = (word: string): readonly string[] =>
  Array.from(
    { length: Math.max(0, word.length - 1) },
    (_, at) => `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`,
  );

/**
 * Whether one word becomes the other by at most `edits` insertions, deletions, replacements or swaps of neighbouring
 * letters.
 */
function isWithin(edits: number, a: string, b: string): boolean {
  const distance = leven(a, b);
  if (distance <= edits) return true;
  // leven does not know swaps, and counts each as two edits.
  return distance <= 2 * edits && withSwap(a).some((swapped) => isWithin(edits - 1, swapped, b));
}
