// Source: the pattern letters of java.time.format.DateTimeFormatter. Elasticsearch parses a text with the whole
// pattern, and builds an instant from the fields that it can combine. It silently drops the others.

const TOKEN = /'[^']*'|\[|\]|[^'[\]]+/g;
const MAX_EXPANSIONS = 256;

/**
 * All variants of a pattern, with and without each optional section. An unclosed section ends with the pattern.
 * @returns undefined if there are too many.
 */
export const expansionsOf = (pattern: string): readonly string[] | undefined => {
  const open: string[][] = [['']];
  const close = (): void => {
    const [inner = [], outer = ['']] = [open.pop(), open.pop()];
    open.push(outer.flatMap((before) => [...inner.map((section) => `${before}${section}`), before]));
  };
  for (const token of pattern.match(TOKEN) ?? []) {
    if (token === '[') open.push(['']);
    else if (token === ']') close();
    else open.push((open.pop() ?? ['']).map((before) => `${before}${token}`));
    if ((open.at(-1)?.length ?? 0) > MAX_EXPANSIONS) return undefined;
  }
  while (open.length > 1) close();
  const expansions = [...new Set(open[0])];
  return expansions.length > MAX_EXPANSIONS ? undefined : expansions;
};

/** Removes the quoted literals from a pattern. */
export const withoutLiterals = (pattern: string): string => pattern.replaceAll(/'[^']*'/g, '');

/** Whether every letter of a pattern without sections affects the resulting instant. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: a truth table, to be compared with java.time.
const isResolved = (letters: ReadonlySet<string>): boolean => {
  const has = (...some: readonly string[]): boolean => some.some((letter) => letters.has(letter));
  const isCalendar = has('y', 'u') && !has('D', 'w', 'e', 'c', 'Y') && (!has('d') || has('M', 'L'));
  const isOrdinal = has('y', 'u') && has('D') && !has('M', 'L', 'd', 'w', 'e', 'c', 'Y');
  const isWeek = has('Y') && !has('y', 'u', 'M', 'L', 'd', 'D') && (!has('e', 'c', 'E') || has('w'));
  const isWholeDay = isOrdinal || (isCalendar && has('d')) || (isWeek && has('e', 'c', 'E'));
  const isHalfDay = has('h', 'K');
  const hasHour = has('H', 'k') || (isHalfDay && has('a'));
  return (
    (isCalendar || isOrdinal || isWeek) &&
    (!has('E', 'A', 'N') || isWholeDay) &&
    (!isHalfDay || has('a')) &&
    (!has('a') || hasHour) &&
    (!hasHour || isWholeDay) &&
    (!has('m') || hasHour) &&
    (!has('s') || has('m')) &&
    (!has('S', 'n') || has('s'))
  );
};

const KNOWN = new Set([...'GyuMLdDYwecEHkhKamsSnANXxZzVOv']);

/**
 * Whether Elasticsearch uses only a part of the text that such a pattern reads: `YYYY-MM-dd` gives the first day of the
 * year.
 * @param pattern of a date format; not the name of a built-in format.
 */
export const isReadInPart = (pattern: string): boolean =>
  expansionsOf(pattern)?.every((each) => {
    const letters = new Set(withoutLiterals(each).match(/[A-Za-z]/g));
    return [...letters].every((letter) => KNOWN.has(letter)) && isResolved(letters);
  }) !== true;
