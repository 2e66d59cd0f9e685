import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { PlacedFinding } from './placed-finding.ts';
import type { Path } from './yaml-node.ts';

const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * Finds texts that YAML accepts silently although the writer meant something else: duplicate keys (the last would win),
 * `017` and `0o17` (read as 17 and 15), `__proto__` (which JavaScript may drop).
 */
export function trapsIn(node: unknown, path: Path = []): PlacedFinding[] {
  if (isScalar(node)) return numberTrap(node, path);
  if (isSeq(node)) return node.items.flatMap((item, i) => trapsIn(item, [...path, i]));
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    const inner = [...path, keyOf(pair)];
    return [...keyTraps(node, pair, inner), ...trapsIn(pair.value, inner)];
  });
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function keyTraps(map: YAMLMap, pair: Pair, path: Path): PlacedFinding[] {
  const key = keyOf(pair);
  const place = { path, offset: (pair.key as Node).range?.[0] ?? 0 };
  const isSecond = map.items.find((other) => keyOf(other) === key) !== pair;
  if (isSecond)
    return [{ ...place, expected: 'every key once', found: `a second '${key}'`, fix: 'Remove one of the two' }];
  if (key !== '__proto__') return [];
  return [{ ...place, expected: 'a key that can be read', found: `'${key}'`, fix: 'Choose another name' }];
}

function numberTrap(scalar: Scalar, path: Path): PlacedFinding[] {
  if (typeof scalar.value !== 'number' || scalar.source === undefined || PLAIN_NUMBER.test(scalar.source)) return [];
  const written = Number.isFinite(scalar.value) ? `${scalar.value}` : 'digits';
  const fix = `Write ${written}, if a number is meant, or put it in quotes, if it is text`;
  return [{ path, expected: 'a plain decimal number', found: scalar.source, fix }];
}
