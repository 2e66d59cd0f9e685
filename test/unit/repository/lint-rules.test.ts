import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, onTestFinished, test } from 'vitest';

const BIOME = join(process.cwd(), 'node_modules/.bin/biome');
const PAGE = 'CONTRIBUTING.md';
const MAX_EXCEPTIONS = 5;

interface Diagnostic {
  readonly severity: string;
  readonly category: string;
  readonly location: { readonly path: string };
}

/** What the linter refuses in a folder that holds these files and the configuration of this repository: `file rule`. */
const refusedIn = (files: Readonly<Record<string, string>>): readonly string[] => {
  const root = mkdtempSync(join(tmpdir(), 'es-retention-lint-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const name of ['biome.json', '.gitignore']) copyFileSync(name, join(root, name));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  const { stdout, status } = spawnSync(BIOME, ['lint', '--reporter=json', '.'], { cwd: root, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(status).toBe(errors.length > 0 ? 1 : 0);
  return [...new Set(errors.map(({ category, location }) => `${location.path} ${category.replace('lint/', '')}`))];
};

const CODE = ['lib/policy', 'lib/adapters/elasticsearch', 'functions', 'deploy', 'demo', 'scripts'];
const ALL = [...CODE, 'test/unit', 'test/support'];

/** A function of so many statements, a line each. */
const long = (statements: number): string =>
  `export const planted = (add: (each: number) => void): void => {\n${'  add(1);\n'.repeat(statements)}};\n`;

/**
 * A function of so many questions that follow from each other: of each the complexity is one more than of the one
 * around it.
 */
const nested = (questions: number): string =>
  `export const planted = (a: number): number => {\n${'if (a > 1) {\n'.repeat(questions)}return 1;\n${'}\n'.repeat(questions)}return 0;\n};\n`;

describe('the linter', () => {
  test('accepts what breaks no rule', () => {
    const files = ALL.map((folder) => [`${folder}/planted-file.test.ts`, long(55)]);
    expect(refusedIn(Object.fromEntries(files))).toEqual([]);
  });

  test.each([
    ['noExcessiveLinesPerFunction', long(61)],
    ['noExcessiveCognitiveComplexity', nested(6)],
  ])('refuses a function that breaks %s, in every folder of the product', (rule, text) => {
    const files = CODE.map((folder) => `${folder}/planted.ts`);
    const refused = refusedIn(Object.fromEntries(files.map((file) => [file, text])));
    expect(refused.toSorted()).toEqual(files.map((file) => `${file} complexity/${rule}`).toSorted());
  });

  test('refuses a test that calls it() instead of test()', () => {
    const text = "import { describe, it } from 'vitest';\n\ndescribe('a', () => {\n  it('is', () => {});\n});\n";
    expect(refusedIn({ 'test/unit/planted.test.ts': text })).toEqual([
      'test/unit/planted.test.ts nursery/useConsistentTestIt',
    ]);
  });

  test('refuses a complex function in a test, but not a long one', () => {
    const refused = refusedIn({ 'test/unit/long.test.ts': long(200), 'test/unit/complex.test.ts': nested(6) });
    expect(refused).toEqual(['test/unit/complex.test.ts complexity/noExcessiveCognitiveComplexity']);
  });

  test.each([
    [
      'values',
      `import { b } from './b.ts';\nexport const a = (): unknown => b;\n`,
      `import { a } from './a.ts';\nexport const b = (): unknown => a;\n`,
    ],
    [
      'types',
      `import type { B } from './b.ts';\nexport interface A {\n  readonly b?: B;\n}\n`,
      `import type { A } from './a.ts';\nexport interface B {\n  readonly a?: A;\n}\n`,
    ],
  ])('refuses circular imports of %s', (_, a, b) => {
    const files = ALL.flatMap((folder) => [`${folder}/a.ts`, `${folder}/b.ts`]);
    const refused = refusedIn(Object.fromEntries(files.map((file) => [file, file.endsWith('a.ts') ? a : b])));
    expect(refused.toSorted()).toEqual(files.map((file) => `${file} suspicious/noImportCycles`).toSorted());
  });

  test.each([
    [
      'function of its own',
      `const send = async (): Promise<void> => undefined;\nexport const planted = (): void => {\n  send();\n};\n`,
    ],
    [
      'function of another file',
      `import { send } from './send.ts';\nexport const planted = (): void => {\n  send();\n};\n`,
    ],
    [
      'method of a port',
      `import type { Port } from './send.ts';\nexport const planted = (port: Port): void => {\n  port.send();\n};\n`,
    ],
  ])('refuses a promise of a %s that nobody awaits', (_, text) => {
    const send = `export const send = async (): Promise<void> => undefined;\nexport interface Port {\n  send(): Promise<void>;\n}\n`;
    const files = ALL.flatMap((folder) => [
      [`${folder}/planted.ts`, text],
      [`${folder}/send.ts`, send],
    ]);
    expect(refusedIn(Object.fromEntries(files)).toSorted()).toEqual(
      ALL.map((folder) => `${folder}/planted.ts nursery/noFloatingPromises`).toSorted(),
    );
  });

  test.each(['plantedFile.ts', 'PlantedFile.ts', 'planted_file.ts'])('refuses a file named %s', (name) => {
    const files = ALL.map((folder) => `${folder}/${name}`);
    const refused = refusedIn(Object.fromEntries(files.map((file) => [file, 'export const planted = 1;\n'])));
    expect(refused.toSorted()).toEqual(files.map((file) => `${file} style/useFilenamingConvention`).toSorted());
  });
});

/** The functions in a file, with their lines from the first to the last, comments and blank ones too. */
const functionsIn = (file: string): readonly { readonly at: string; readonly lines: number }[] => {
  const text = readFileSync(file, 'utf8');
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
  const found: { readonly at: string; readonly lines: number }[] = [];
  const open: unknown[] = [parseSync(file, text).program];
  for (const node of open) {
    if (typeof node !== 'object' || node === null) continue;
    open.push(...Object.values(node));
    const { type, start, end } = node as { readonly type?: unknown; readonly start: number; readonly end: number };
    if (typeof type !== 'string' || !type.includes('Function') || type.startsWith('TS')) continue;
    found.push({ at: `${file}:${lineOf(start)}`, lines: lineOf(end) - lineOf(start) + 1 });
  }
  return found;
};

test('no product function has more than 60 lines, including comments', () => {
  const functions = globSync('{lib,functions,deploy,demo,scripts,bin}/**/*.{ts,mjs}').flatMap(functionsIn);
  expect(functions.length).toBeGreaterThan(3_000);
  expect(functions.filter(({ lines }) => lines > 60)).toEqual([]);
});

describe('exceptions from lint rules', () => {
  const folders = ['lib', 'functions', 'deploy', 'demo', 'embedded-elasticsearch', 'scripts', 'test', 'bin'];
  const suppressions = globSync(folders.map((folder) => `${folder}/**/*.{ts,mjs}`)).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/biome-ignore(\S*) (lint\S*?): (.+)/g)].map(
      ([, kind = '', rule = '', why = '']) => ({ file, kind, rule, why }),
    ),
  );
  const SIZES = 'lint/complexity/noExcessive';

  test('for the size of functions are few, and CONTRIBUTING.md lists them with reasons', () => {
    const sizes = suppressions.filter(({ rule }) => rule.startsWith(SIZES) || SIZES.startsWith(rule));
    expect(sizes.length).toBeLessThanOrEqual(MAX_EXCEPTIONS);
    const rows = sizes.map(({ file, rule, why }) => `| \`${file}\` | \`${rule.split('/')[2]}\` | ${why} |`);
    const listed = readFileSync(PAGE, 'utf8').split('\n');
    expect(listed.filter((line) => line.includes('` | `noExcessive'))).toEqual(rows.toSorted());
  });

  test('never apply to a whole file or a range', () => {
    expect(suppressions.filter(({ kind }) => kind !== '')).toEqual([]);
  });
});
