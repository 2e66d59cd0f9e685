import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, visit } from 'yaml';

/** Keys and list positions that lead from the top of the file to a value. */
export type Path = readonly (string | number)[];

/**
 * Offset of the deepest existing part of a path: the key of a map entry, or the list entry. If a missing part is behind
 * an alias, this is the place of the anchor.
 */
export function offsetAt(document: Document.Parsed, path: Path): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = nodeAt(document, path.slice(0, depth - 1));
    const step = path[depth - 1];
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === step) : undefined;
    const item = isSeq(parent) && typeof step === 'number' ? parent.items[step] : undefined;
    const value = pair?.value ?? item;
    const isMissingBehind = depth < path.length && isAlias(value);
    const node = isMissingBehind ? anchorPlace(document, value) : (item ?? pair?.key);
    const start = (node as Node | undefined)?.range?.[0];
    if (start !== undefined) return start;
  }
  return document.contents?.range?.[0] ?? 0;
}

function anchorPlace(document: Document.Parsed, alias: Alias): unknown {
  const anchored = alias.resolve(document);
  let holder: Pair | undefined;
  visit(document, {
    Pair(_, pair) {
      if (pair.value !== anchored) return undefined;
      holder = pair;
      return visit.BREAK;
    },
  });
  return holder?.key ?? anchored;
}

/** The value at a path, following aliases; `undefined` if there is none. */
export function nodeAt(document: Document.Parsed, path: Path): unknown {
  return path.reduce<unknown>((parent, step) => {
    const node = isAlias(parent) ? parent.resolve(document) : parent;
    return isMap(node) || isSeq(node) ? resolved(node.get(step, true), document) : undefined;
  }, document.contents);
}

function resolved(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

const LONGEST_QUOTE = 80;

/** Describes a node for an error message: its text, or the kind of value. */
export function describeNode(node: unknown): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  if (typeof node.value !== 'string') return `the ${typeof node.value} ${node.source ?? node.value}`;
  if (node.value.trim() === '') return 'an empty text';
  return node.value.length > LONGEST_QUOTE ? `${node.value.slice(0, LONGEST_QUOTE)}…` : node.value;
}
