/**
 * Whether an index name matches a pattern, as Elasticsearch's simple wildcards do: `*` stands for any characters or none,
 * everything else for itself.
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

/** Whether any name at all matches both patterns. */
export function patternsOverlap(a: string, b: string): boolean {
  // row[j]: whether what is left of `a` and b.slice(j) have a name in common; built from the ends of both.
  let row = Array.from({ length: b.length + 1 }, (_, j) => onlyWildcards(b.slice(j)));
  for (let i = a.length - 1; i >= 0; i--) {
    const next = row;
    row = [];
    row[b.length] = onlyWildcards(a.slice(i));
    for (let j = b.length - 1; j >= 0; j--) {
      const isWild = a[i] === '*' || b[j] === '*';
      // A wildcard stands for nothing more (it is passed over), or for one more character of the other pattern.
      row[j] = isWild ? next[j] === true || row[j + 1] === true : a[i] === b[j] && next[j + 1] === true;
    }
  }
  return row[0] === true;
}

function onlyWildcards(rest: string): boolean {
  return /^\**$/.test(rest);
}
