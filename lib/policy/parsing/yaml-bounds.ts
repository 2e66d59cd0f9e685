import { type Alias, type CST, type Document, isAlias, isCollection, isNode, isPair, type Node, Parser } from 'yaml';
import type { PlacedFinding } from './placed-finding.ts';

/**
 * A policy needs a depth of nine. Very deep nesting overflows the stack of a YAML reader, or keeps it busy without end.
 */
const DEEPEST = 50;
/** A policy with more than a thousand categories has about this many values. */
const MAX_VALUES = 100_000;

type Token = CST.Token | null | undefined;

const itemsOf = (token: CST.Token): readonly CST.CollectionItem[] => ('items' in token ? token.items : []);

const childrenOf = (token: CST.Token): readonly Token[] =>
  token.type === 'document' ? [token.value] : itemsOf(token).flatMap(({ key, value }) => [key, value]);

/** A finding if the text is nested deeper than any policy, found without recursion. Empty otherwise. */
export function depthFindings(text: string): PlacedFinding[] {
  const open: (readonly [token: Token, depth: number])[] = [];
  for (const token of new Parser().parse(text)) open.push([token, 0]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, depth] = next;
    if (token === null || token === undefined) continue;
    if (depth > DEEPEST)
      return [
        {
          path: [],
          offset: token.offset,
          expected: `at most ${DEEPEST} levels of nested maps and lists`,
          found: 'more',
          fix: 'Look for a bracket that is not closed, or for a text that should stand in quotes',
        },
      ];
    for (const child of childrenOf(token)) open.push([child, depth + 1]);
  }
  return [];
}

/** The target of each `*name`. */
export type AliasTargets = ReadonlyMap<Alias, Node>;

/**
 * How many values a node has with all aliases written out. Each anchor is counted once. Infinite for an anchor that
 * contains itself.
 */
const valuesIn = (node: unknown, targets: AliasTargets, counted: Map<unknown, number>): number => {
  if (isPair(node)) return valuesIn(node.key, targets, counted) + valuesIn(node.value, targets, counted);
  if (!isNode(node)) return 0;
  const target = isAlias(node) ? targets.get(node) : node;
  if (!isCollection(target)) return 1;
  const known = counted.get(target);
  if (known !== undefined) return known;
  counted.set(target, Number.POSITIVE_INFINITY);
  const values = target.items.reduce<number>((sum, item) => sum + valuesIn(item, targets, counted), 1);
  counted.set(target, values);
  return values;
};

/** A finding if aliases stand for more values than a policy can hold. Empty otherwise. */
export function aliasFindings(document: Document.Parsed, targets: AliasTargets): PlacedFinding[] {
  const values = valuesIn(document.contents, targets, new Map());
  if (values <= MAX_VALUES) return [];
  return [
    {
      path: [],
      expected: `at most ${MAX_VALUES.toLocaleString('en-US')} values, when each *name is replaced by its value`,
      found: Number.isFinite(values) ? `${values.toLocaleString('en-US')}` : 'a &name that contains its own *name',
      fix: 'Do not use an anchor inside itself, and use anchors fewer times',
    },
  ];
}
