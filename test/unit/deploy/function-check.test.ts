import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entryTextOf, functionFileOf, functionTextOf } from '../../../deploy/service/category-function.ts';
import { assertSameCategories } from '../../../deploy/service/function-check.ts';
import { readServiceFiles, type ServiceFiles } from '../../../deploy/service/service-files.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';

const policyOf = (...ids: readonly string[]) => ({ categories: new Map(ids.map((id) => [id, {} as Category])) });

/** A service with the files of these categories, and in serverless.yml these entries. */
const serviceOf = (files: readonly string[], entries: readonly string[] = files.map(entryTextOf)): ServiceFiles => ({
  serverless: ['custom:', '  purge: &purge', '    timeout: 900', 'functions:', '  housekeeping: {}', ...entries].join(
    '\n',
  ),
  functions: new Map(files.map((id) => [functionFileOf(id), functionTextOf(id)])),
});

const refusalOf = (ids: readonly string[], files: ServiceFiles): string => {
  try {
    assertSameCategories(policyOf(...ids), files);
    return 'none';
  } catch (error) {
    return (error as Error).message.replace(/^Expected .* and no other; found /, '');
  }
};

test("this repository's service has a function for each category of its policy", () => {
  const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');
  expect(() => assertSameCategories(policy, readServiceFiles())).not.toThrow();
});

test('the texts that add-category writes agree with the policy', () => {
  expect(refusalOf(['a', 'b-2'], serviceOf(['a', 'b-2']))).toBe('none');
});

test('additional settings of a function are ignored: memory size, a comment', () => {
  const { serverless, functions } = serviceOf(['a'], [`${entryTextOf('a')}\n    memorySize: 2048`]);
  const text = `// not purgeHandler('b')\n${functions.get('functions/purge-a.ts')}`;
  expect(refusalOf(['a'], { serverless, functions: new Map([['functions/purge-a.ts', text]]) })).toBe('none');
});

test.each([
  [['a', 'c'], serviceOf(['a']), 'no function purge-c. Run: npm run add-category -- c.'],
  [
    ['a', 'c', 'd'],
    serviceOf(['a']),
    'no function purge-c; no function purge-d. Run: npm run add-category -- c && npm run add-category -- d.',
  ],
  [['a'], serviceOf(['a'], []), 'no purge-a in serverless.yml. Run: npm run add-category -- a.'],
  [['a'], serviceOf([], [entryTextOf('a')]), 'no functions/purge-a.ts. Run: npm run add-category -- a.'],
  [
    ['a'],
    serviceOf(['a', 'b']),
    'functions/purge-b.ts without a category; purge-b in serverless.yml without a category. Remove by hand: functions/purge-b.ts, purge-b in serverless.yml.',
  ],
  [
    ['a', 'new'],
    serviceOf(['a', 'old']),
    'no function purge-new; functions/purge-old.ts without a category; purge-old in serverless.yml without a category. Remove by hand: functions/purge-old.ts, purge-old in serverless.yml. Run: npm run add-category -- new.',
  ],
])('a service that does not match the policy categories %j is refused, with the fix', (ids, files, message) => {
  expect(refusalOf(ids, files)).toBe(message);
});

test.each([
  ['another category', "export const handler = purgeHandler('b');"],
  ['two categories', "purgeHandler('a');\npurgeHandler('b');"],
  ['nothing', "// purgeHandler('a')\n"],
])('a function that purges %s is refused', (_, text) => {
  const functions = new Map([['functions/purge-a.ts', text]]);
  expect(refusalOf(['a'], { ...serviceOf(['a']), functions })).toBe(
    "functions/purge-a.ts without purgeHandler('a'). Remove by hand: functions/purge-a.ts. Run: npm run add-category -- a.",
  );
});

test.each([
  ['handler', 'functions/purge-a.handler', 'functions/purge-b.handler'],
  ['role', 'PurgeARole', 'PurgeBRole'],
  ['environment', 'environments.purge-a', 'environments.purge-b'],
  ['events', 'busEvents.purge-a', 'busEvents.purge-b'],
  ['destinations', 'PurgeAFailures.Arn', 'PurgeBFailures.Arn'],
])('an entry with the %s of another function is refused', (key, right, wrong) => {
  expect(refusalOf(['a'], serviceOf(['a'], [entryTextOf('a').replace(right, wrong)]))).toBe(
    `purge-a in serverless.yml with another ${key}. Remove by hand: purge-a in serverless.yml. Run: npm run add-category -- a.`,
  );
});

test('an empty entry is refused', () => {
  expect(refusalOf(['a'], serviceOf(['a'], ['  purge-a:']))).toContain(
    'purge-a in serverless.yml with another handler',
  );
});
