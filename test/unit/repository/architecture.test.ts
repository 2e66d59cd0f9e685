import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Checked, checkArchitecture, readArchitecture } from '../../../scripts/architecture.ts';

const page = readArchitecture('.');
const PARTS = Object.keys(page.parts);

/** The check of this repository. */
const checked = checkArchitecture('.', page);

/** The check of a repository that holds these files. */
const withFiles = (files: readonly (readonly [string, string])[]): Checked => {
  const root = mkdtempSync(join(tmpdir(), 'es-retention-architecture-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [file, text] of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return checkArchitecture(root, page);
};
const withFile = (file: string, text: string): Checked => withFiles([[file, text]]);

const foundIn = ({ violations }: Checked, file: string): readonly string[] =>
  violations.filter((violation) => violation.file === file).map(({ found }) => found);
const violationsIn = (file: string, text: string): readonly string[] => foundIn(withFile(file, text), file);

test('files do exactly what architecture.yml allows', () => {
  expect(checked.violations).toEqual([]);
});

test('every file of a folder in architecture.yml is read', () => {
  const { files } = checked;
  const filesOf = (part: string): number => {
    const deeper = PARTS.filter((other) => other.startsWith(`${part}/`));
    return globSync(`${part}/**/*.ts`).length - deeper.reduce((sum, other) => sum + filesOf(other), 0);
  };
  for (const part of PARTS) expect([part, files[part]]).toEqual([part, filesOf(part)]);
  expect(Math.min(...Object.values(files))).toBeGreaterThan(0);
});

test.each(
  PARTS.flatMap((part) =>
    PARTS.filter((other) => other !== part && !page.parts[part]?.imports?.includes(other)).map((other) => [
      part,
      other,
    ]),
  ),
)('a file of %s that imports from %s is a violation', (part, other) => {
  const up = part
    .split('/')
    .map(() => '..')
    .join('/');
  const files = [
    `import { planted } from '${up}/${other}/planted.ts';\nplanted();\n`,
    `import type { Planted } from '${up}/${other}/planted.ts';\nexport type Again = Planted;\n`,
    `export { planted } from '${up}/${other}/planted.ts';\n`,
    `export const planted = import('${up}/${other}/planted.ts');\n`,
  ].map((statement, at) => [`${part}/planted-${at}.ts`, statement] as const);
  const planted = withFiles(files);
  expect(files).toHaveLength(4);
  for (const [file] of files) expect(foundIn(planted, file)).toEqual([`imports ${other}/planted.ts`]);
});

const CLOSED = PARTS.filter((part) => page.parts[part]?.packages !== 'any');
test.each(CLOSED)('a file of %s that imports a cloud or cluster package is a violation', (part) => {
  for (const name of ['@elastic/elasticsearch', '@aws-sdk/client-sqs'])
    expect(violationsIn(`${part}/deeper/planted.ts`, `import { a } from '${name}';\na();\n`)).toEqual([
      `imports the package ${name}`,
    ]);
});

const PAIRS = Object.entries(page.folders).flatMap(([part, folders]) =>
  [...folders, ''].flatMap((higher, at) => folders.slice(0, at).map((lower) => [part, lower, higher])),
);
test.each(PAIRS)('a file of %s/%s that imports from the higher folder "%s" is a violation', (part, lower, higher) => {
  const target = join(part, higher, 'planted.ts');
  const text = `import type { Planted } from '../${join(higher, 'planted.ts')}';\nexport type Again = Planted;\n`;
  expect(violationsIn(`${part}/${lower}/planted.ts`, text)).toEqual([
    `imports ${target}, which is in a higher folder of ${part}`,
  ]);
});

test('a folder that is only on the disk or only in architecture.yml is a violation', () => {
  const { violations } = withFile('lib/rules/more/planted.ts', 'export {};\n');
  expect(violations.map(({ found }) => found)).toEqual(
    expect.arrayContaining(['lib/rules has a folder that is not listed: more', 'lib/rules has no folder dates']),
  );
});

/** Each way to reach that part of the world. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  clock: ['export const a = Date.now();', 'export const a = new Date();', 'export const a = performance.now();'],
  randomness: ['export const a = Math.random();', 'export const a = crypto.randomUUID();'],
  environment: ['export const a = process.env.HOME;', 'export const a = (b = process.env) => b;'],
  network: ["export const a = await fetch('http://127.0.0.1');"],
};

test.each(
  PARTS.flatMap((part) =>
    Object.keys(page.world)
      .filter((what) => !page.parts[part]?.touches?.includes(what))
      .map((what) => [part, what]),
  ),
)('a file of %s that touches the %s is a violation', (part, what) => {
  const ways = WAYS[what] ?? [];
  expect(ways.length).toBeGreaterThan(0);
  for (const way of ways)
    expect(violationsIn(`${part}/planted.ts`, `${way}\n`)).toEqual([expect.stringContaining(`touches the ${what}`)]);
});

test.each([
  'export const a = (process: { env: string }) => process.env;',
  'export const a = { process: 1 };',
  "export const a = { b: 'process' }.b;",
  'export const a = new Date(0).toISOString();',
  'export const a = Date.parse("2026-01-01");',
  'export type Fetch = typeof fetch;',
])('no violation is found in the harmless code %s', (text) => {
  expect(violationsIn('lib/policy/planted.ts', `${text}\n`)).toEqual([]);
});

test('an unused permission is a violation, and a folder without files has the count 0', () => {
  const { violations, files } = checkArchitecture('.', {
    ...page,
    parts: {
      ...page.parts,
      'lib/policy': { ...page.parts['lib/policy'], imports: ['lib/base', 'lib/cli'] },
      'lib/gone': {},
    },
  });
  expect(violations.map(({ found }) => found)).toEqual(['lib/policy does not need imports: lib/cli']);
  expect(files['lib/gone']).toBe(0);
});

test('no folder in lib, deploy, test/support, test/unit or test/integration has more than sixteen files', () => {
  const files = globSync('{lib,deploy,test/{support,unit,integration}}/**/*.ts');
  const folders = Map.groupBy(files, (file) => dirname(file));
  expect(folders.size).toBeGreaterThan(100);
  expect(folders.has('test/support')).toBe(false);
  expect([...folders].flatMap(([folder, files]) => (files.length > 16 ? folder : []))).toEqual([]);
});
