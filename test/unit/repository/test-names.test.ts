import { existsSync, globSync, readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { isNode, type SyntaxNode } from '../../../scripts/syntax-node.ts';

const MAX_CHARACTERS = 110;

const FILES = globSync('test/**/*.ts').map((file) => [file, readFileSync(file, 'utf8')] as const);

/** `test` of `test`, of `test.each` and of `test.each(rows)`. */
const rootOf = (node: unknown): unknown => {
  if (!isNode(node)) return undefined;
  if (node.type === 'MemberExpression') return rootOf(node.object);
  return node.type === 'CallExpression' ? rootOf(node.callee) : node.name;
};

const nameOf = ({ type, value, quasis }: SyntaxNode): string | undefined => {
  if (type === 'Literal') return typeof value === 'string' ? value : undefined;
  if (type !== 'TemplateLiteral') return undefined;
  return (quasis as readonly { readonly value: { readonly cooked: string } }[])
    .map((quasi) => quasi.value.cooked)
    .join('…');
};

/** The name of a test or of a group, as it is written: what a row adds to it does not count. */
interface Named {
  readonly kind: string;
  readonly name: string;
}

const namesIn = (text: string): readonly Named[] => {
  const names: Named[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (isNode(node) && node.type === 'CallExpression') {
      const [first, second] = node.arguments as readonly unknown[];
      const kind = String(rootOf(node.callee));
      const isTest = ['test', 'it', 'describe'].includes(kind);
      const name = isTest && second !== undefined && isNode(first) ? nameOf(first) : undefined;
      if (name !== undefined) names.push({ kind, name });
    }
    for (const part of Object.values(node)) visit(part);
  };
  visit(parseSync('file.ts', text).program);
  return names;
};

const NAMES = FILES.flatMap(([file, text]) => namesIn(text).map((each) => ({ file, ...each })));

test('names of tests do not exceed the maximum length', () => {
  expect(NAMES.length).toBeGreaterThan(1_000);
  expect(NAMES.filter(({ name }) => name.length > MAX_CHARACTERS)).toEqual([]);
});

/** Whether the name of a test says nothing without its row: `%s`, `$name`, or fewer than three words. */
const saysTooLittle = (name: string): boolean => {
  const words = name.split(/\s+/);
  return words.length < 3 || words.every((word) => /^(?:%[a-z]|\$[\w.]+)[,:]?$/.test(word));
};

test('names of tests have at least three words, and not only placeholders', () => {
  const names = NAMES.filter(({ kind }) => kind === 'test');
  expect(names.length).toBeGreaterThan(1_000);
  expect(names.filter(({ name }) => saysTooLittle(name))).toEqual([]);
});

test.each(['%s', '$lie', '%s: %s', 'adjoin', 'when %s', '%s, %s, %s'])(
  'the name of a test is too short, or has only placeholders: %s',
  (name) => {
    expect(saysTooLittle(name)).toBe(true);
  },
);

test.each([
  ["test('is long', () => {});", ['is long']],
  ["describe('a', () => { test.each([1])('%i is', () => {}); });", ['a', '%i is']],
  [`test(\`of \${file}\`, () => {});`, ['of …']],
  ['test.each([1])(name, () => {});', []],
])('the names of tests are found in %s', (text, names) => {
  expect(namesIn(text).map(({ name }) => name)).toEqual(names);
});

test('tests name only test files that exist', () => {
  // Its files are planted for the linter.
  const others = FILES.filter(([file]) => !file.endsWith('lint-rules.test.ts'));
  const named = others.flatMap(([file, text]) =>
    [...text.matchAll(/\btest\/[\w/-]+\.test\.ts\b/g)].map(([name]) => ({ file, name })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ name }) => !existsSync(name))).toEqual([]);
});
