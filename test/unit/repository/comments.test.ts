import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** The width of a line, which the formatter holds for code but not for comments. */
const WIDTH = 120;

const files = globSync([
  '{bin,demo,deploy,docs,functions,lib,scripts,test}/**/*.{ts,mjs}',
  '*.{ts,mjs}',
  'retention-policy.yml',
]).filter((name) => !name.includes('node_modules'));

test('no comment is wider than the code', () => {
  expect(files.length).toBeGreaterThan(900);
  const wide = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, at) => (line.length > WIDTH && /^ *(?:\/\/|\/?\*|#)/.test(line) ? [`${file}:${at + 1}`] : [])),
  );
  expect(wide).toEqual([]);
});
