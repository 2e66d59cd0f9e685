import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { GLOSSARY, OLD_WORDS } from './old-words.ts';

const [, ...definitions] = GLOSSARY.split(/\n(?=- \*\*)/);
const terms = definitions.map((definition) => /^- \*\*([^*]+)\*\*: ./.exec(definition)?.[1] ?? definition);

/** Names in camel case and in kebab case are words too. */
const code = ['lib', 'deploy']
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(name, 'utf8'))
  .join('\n')
  .replaceAll(/(?<=[a-z])(?=[A-Z])|-/g, ' ')
  .toLowerCase();

test('the glossary lists each term once, in order', () => {
  expect(terms.length).toBeGreaterThan(50);
  expect(terms).toEqual([...new Set(terms)].sort());
});

test('the glossary takes at most two lines for a term', () => {
  expect(definitions.filter((definition) => definition.trimEnd().split('\n').length > 2)).toEqual([]);
});

test('the glossary contains only terms of the code', () => {
  expect(terms.filter((term) => !new RegExp(`\\b${term}`).test(code))).toEqual([]);
});

/**
 * Of a text, the names that it gives or uses, private ones too. No comments and texts: a word of English may stand
 * there with its own meaning.
 */
const namesIn = (text: string): ReadonlySet<string> => {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && /Identifier$/.test(String(node.type)) && 'name' in node) names.add(String(node.name));
    for (const part of Object.values(node)) visit(part);
  };
  visit(parseSync('file.ts', text).program);
  return names;
};

/** `#openDuties` as ` open duties `. */
const spaced = (name: string): string =>
  ` ${name
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, ' ')
    .replaceAll(/[^A-Za-z\d]+/g, ' ')
    .trim()
    .toLowerCase()} `;

/**
 * A name of JavaScript's own, keys of the JSON of `replay`, `terminate` and `reinstate`, and the field of reports that
 * version 0.1.0 has written.
 */
const KEPT = new Set(['allSettled', 'heldBack', 'mended', 'unmended', 'toTakeBack', 'wayOut']);

const OLD = OLD_WORDS.flatMap((word) => [spaced(word), spaced(`${word}s`)]);

const isOld = (name: string): boolean => {
  const words = spaced(name);
  return !KEPT.has(name) && OLD.some((old) => words.includes(old));
};

const FOLDERS = ['lib', 'deploy', 'functions', 'demo', 'embedded-elasticsearch', 'scripts', 'test'];

test.each([
  'settle',
  '#duties',
  'hasSettled',
  'Trouble',
  'fewTroubles',
  'WORLD_ERROR',
  'wayOutOf',
  'report-book',
  'mendEntry',
  'takeBackLater',
])('the check finds the old word in the name %s', (name) => {
  expect(isOld(name)).toBe(true);
});

test.each(['allSettled', 'booking', 'outstanding', 'keyIds', 'announced', 'watched', 'recommend', 'unmended'])(
  'the check finds no old word in the name %s',
  (name) => {
    expect(isOld(name)).toBe(false);
  },
);

test('no name in the code and no file name has an abandoned word', () => {
  expect(OLD_WORDS.length).toBeGreaterThan(10);
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(500);
  const found = files.flatMap((file) =>
    [basename(file, '.ts'), ...namesIn(readFileSync(file, 'utf8'))].filter(isOld).map((name) => `${file}: ${name}`),
  );
  expect(found).toEqual([]);
});
