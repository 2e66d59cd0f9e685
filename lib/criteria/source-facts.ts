/**
 * The part of the original documents that an index keeps. Absent in a description: the index keeps everything, as it
 * was sent.
 */
export interface SourceFacts {
  /** `synthetic`: rebuilt from the indexed values, so that `"007"` in a long field comes back as 7. */
  readonly kept: 'stored' | 'synthetic' | 'disabled';
  readonly includes?: readonly string[];
  readonly excludes?: readonly string[];
}

/**
 * Whether a pattern of `_source.includes` or `excludes` matches the field, one of its parent objects, or a part of it.
 */
const touches = (pattern: string, path: string): boolean => {
  const literal = pattern.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  const expression = new RegExp(`^${literal.join('.*')}$`);
  const parts = path.split('.');
  return parts.some((_, at) => expression.test(parts.slice(0, at + 1).join('.'))) || pattern.startsWith(`${path}.`);
};

/** Why `_source` does not prove the value that was sent under this path; undefined if it proves it. */
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
