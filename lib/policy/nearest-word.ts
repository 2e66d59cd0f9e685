import leven from 'leven';

/** The candidate that a slip of the finger most likely meant, if one is near enough: a third of its letters may differ. */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .map((candidate) => ({ candidate, distance: leven(word.toLowerCase(), candidate.toLowerCase()) }))
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
  return isWithin(meant.length < LONG ? 1 : 2, word, meant);
}

const withSwap = (word: string): readonly string[] =>
  Array.from(
    { length: Math.max(0, word.length - 1) },
    (_, at) => `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`,
  );

/** Whether so many insertions, deletions, replacements, and swaps of two neighbours turn one word into the other. */
function isWithin(edits: number, a: string, b: string): boolean {
  const distance = leven(a, b);
  if (distance <= edits) return true;
  // Without swaps, each of them is two edits.
  return distance <= 2 * edits && withSwap(a).some((swapped) => isWithin(edits - 1, swapped, b));
}
