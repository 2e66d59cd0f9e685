/**
 * Whether an index name matches a pattern with Elasticsearch's simple wildcards: `*` stands for any number of
 * characters, every other character stands for itself.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  const [prefix = '', ...pieces] = pattern.split('*');
  const suffix = pieces.pop();
  if (suffix === undefined) return name === pattern;
  if (!name.startsWith(prefix)) return false;
  let end = prefix.length;
  for (const piece of pieces) {
    const start = name.indexOf(piece, end);
    if (start === -1) return false;
    end = start + piece.length;
  }
  return name.length - suffix.length >= end && name.endsWith(suffix);
}

/** Whether some name matches both patterns. */
export function patternsOverlap(a: string, b: string): boolean {
  // row[j]: whether a.slice(i) and b.slice(j) match a common name. Built from the ends of both patterns.
  let row = Array.from({ length: b.length + 1 }, (_, j) => onlyWildcards(b.slice(j)));
  for (let i = a.length - 1; i >= 0; i--) {
    const next = row;
    row = [];
    row[b.length] = onlyWildcards(a.slice(i));
    for (let j = b.length - 1; j >= 0; j--) {
      const isWild = a[i] === '*' || b[j] === '*';
      // A wildcard either ends here, or covers one more character of the other pattern.
      row[j] = isWild ? next[j] === true || row[j + 1] === true : a[i] === b[j] && next[j + 1] === true;
    }
  }
  return row[0] === true;
}

function onlyWildcards(rest: string): boolean {
  return /^\**$/.test(rest);
}
