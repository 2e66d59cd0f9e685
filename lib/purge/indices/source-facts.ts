/** What an index keeps of the documents that it is sent, beside what it indexes. Absent in a description: everything, as it was sent. */
export interface SourceFacts {
  /** `synthetic` is made up again from what is indexed: `"007"` in a long field comes back as 7. */
  readonly kept: 'stored' | 'synthetic' | 'disabled';
  readonly includes?: readonly string[];
  readonly excludes?: readonly string[];
}

/** Whether a pattern of `_source.includes` or `excludes` names the field, an object that it lies in, or part of that. */
const touches = (pattern: string, path: string): boolean => {
  const literal = pattern.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  const expression = new RegExp(`^${literal.join('.*')}$`);
  const parts = path.split('.');
  return parts.some((_, at) => expression.test(parts.slice(0, at + 1).join('.'))) || pattern.startsWith(`${path}.`);
};

/** Why `_source` does not prove what a document was sent with under this path; undefined when it does. */
export const lostFromSource = (source: SourceFacts | undefined, path: string): string | undefined => {
  if (source === undefined) return undefined;
  if (source.kept === 'disabled') return '_source is disabled';
  if (source.kept === 'synthetic') return '_source is synthetic: made up again from what is indexed';
  const { includes = [], excludes = [] } = source;
  const isIncluded = includes.length === 0 || includes.some((pattern) => touches(pattern, path));
  return isIncluded && !excludes.some((pattern) => touches(pattern, path))
    ? undefined
    : `_source does not include "${path}"`;
};
