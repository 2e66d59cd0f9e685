import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const [, ...definitions] = readFileSync('docs/glossary.md', 'utf8').split(/\n(?=- \*\*)/);
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

test('the glossary has only terms that the code uses', () => {
  expect(terms.filter((term) => !new RegExp(`\\b${term}`).test(code))).toEqual([]);
});
