import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Addition, additionOf, categoryNamed } from '../../../deploy/service/add-category.ts';
import { entryTextOf, functionFileOf, functionTextOf } from '../../../deploy/service/category-function.ts';
import { assertSameCategories } from '../../../deploy/service/function-check.ts';
import { readServiceFiles, type ServiceFiles } from '../../../deploy/service/service-files.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';

const policyOf = (...ids: readonly string[]) => ({ categories: new Map(ids.map((id) => [id, {} as Category])) });

const EMPTY: ServiceFiles = {
  serverless: 'custom:\n  purge: &purge\n    timeout: 900\nfunctions:\n  housekeeping:\n    timeout: 9\n',
  functions: new Map(),
};

/** The files once the addition is written. */
const written = (files: ServiceFiles, { file, serverless }: Addition): ServiceFiles => ({
  serverless: serverless ?? files.serverless,
  functions: new Map([...files.functions, ...(file === undefined ? [] : [[file.path, file.text] as const])]),
});

const withCategories = (ids: readonly string[], files = EMPTY): ServiceFiles =>
  ids.reduce((before, id) => written(before, additionOf(id, before)), files);

describe('add-category', () => {
  test('adds categories after the existing ones, and changes nothing else', () => {
    const before = readServiceFiles();
    const after = withCategories(['a-first', 'a-second'], before);
    expect(after.serverless.replace(`\n\n${entryTextOf('a-first')}\n\n${entryTextOf('a-second')}`, '')).toBe(
      before.serverless,
    );
    for (const [path, text] of before.functions) expect(after.functions.get(path)).toBe(text);
    expect(after.functions.get('functions/purge-a-first.ts')).toBe(functionTextOf('a-first'));
  });

  test('adds the first category of a service', () => {
    const after = withCategories(['a']);
    expect(after.serverless).toBe(`${EMPTY.serverless.trimEnd()}\n\n${entryTextOf('a')}\n`);
    expect(() => assertSameCategories(policyOf('a'), after)).not.toThrow();
  });

  test.each([
    ['a line break at the end is missing', (text: string) => text.trimEnd()],
    ['a comment ends the last line', (text: string) => `${text.trimEnd()} # seconds\n`],
    ['more follows', (text: string) => `${text}\nresources:\n  - !Ref X # a comment\n`],
  ])('adds categories to a file where %s', (_, change) => {
    const serverless = change(EMPTY.serverless);
    const after = withCategories(['a', 'b'], { ...EMPTY, serverless });
    expect(() => assertSameCategories(policyOf('a', 'b'), after)).not.toThrow();
    expect(after.serverless.startsWith(serverless.split('\nresources')[0]?.trimEnd() ?? '')).toBe(true);
  });

  test('writes only what is missing if the function or its entry exists', () => {
    const whole = withCategories(['a']);
    expect(Object.keys(additionOf('a', { ...whole, functions: new Map() }))).toEqual(['file']);
    expect(Object.keys(additionOf('a', { ...whole, serverless: EMPTY.serverless }))).toEqual(['serverless']);
  });
});

describe('a category', () => {
  const file = (text: string): ReadonlyMap<string, string> => new Map([[functionFileOf('a'), text]]);

  test('is not added if it exists already', () => {
    expect(() => additionOf('a', withCategories(['a']))).toThrow(
      'Not added: expected a category without a function; found functions/purge-a.ts, and purge-a in serverless.yml. Nothing is left to do: it is there already.',
    );
  });

  test('is not added if its file has a different text', () => {
    const { serverless } = withCategories(['a']);
    for (const text of [serverless, EMPTY.serverless])
      expect(() => additionOf('a', { serverless: text, functions: file('// mine') })).toThrow(
        /no functions\/purge-a\.ts, or exactly what this command writes; found another text\. Move that file away/,
      );
  });

  test('is not added if its entry has other values', () => {
    const serverless = withCategories(['a']).serverless.replace('role: PurgeARole', 'role: Mine');
    expect(() => additionOf('a', { serverless, functions: new Map() })).toThrow(
      /no purge-a in serverless\.yml, or one as this command writes it; found another role\. Remove that entry/,
    );
  });

  test.each([
    ['functions in braces', EMPTY.serverless.replace(/functions:.*/s, 'functions: { housekeeping: {} }\n')],
    ['functions from files', EMPTY.serverless.replace(/functions:.*/s, 'functions:\n  - !Ref X\n')],
    ['no functions', EMPTY.serverless.replace(/functions:.*/s, '')],
    [
      'another indentation',
      EMPTY.serverless.replace('  housekeeping:\n    timeout', '    housekeeping:\n      timeout'),
    ],
    ['no common part', EMPTY.serverless.replace('&purge', '')],
  ])('is not added to a serverless.yml with %s, and the entry is shown', (_, serverless) => {
    expect(() => additionOf('a', { ...EMPTY, serverless })).toThrow(
      `found another form. Restore that form, or add this entry by hand:\n${entryTextOf('a')}`,
    );
  });
});

describe('the argument of add-category', () => {
  const policy = policyOf('app-logs', 'orders');
  const named = (...given: readonly string[]) => categoryNamed(given, policy, withCategories(['orders']));

  test('may be any category of the policy', () => {
    expect(named('app-logs')).toBe('app-logs');
    expect(named('orders')).toBe('orders');
  });

  test.each([
    [['order'], /a category of retention-policy\.yml: app-logs, orders; found "order" \(did you mean orders\?\)/],
    [['purge-orders'], /found "purge-orders" \(did you mean orders\?\)/],
    [
      ['nothing-like-it'],
      /found "nothing-like-it"\. Correct the id, or describe the category in retention-policy\.yml/,
    ],
    [[], /one category of retention-policy\.yml; found none\. Run: npm run add-category -- <category id>/],
    [[''], /found none/],
    [['app-logs', 'orders'], /found 2 arguments/],
  ])('%j is refused, and those without a function are named', (given, message) => {
    expect(() => named(...given)).toThrow(message);
    expect(() => named(...given)).toThrow(/Without a function: app-logs\.$/);
  });

  test('is refused with a note if every category has its function', () => {
    expect(() => categoryNamed([], policyOf('orders'), withCategories(['orders']))).toThrow(
      /Every category there has its function\.$/,
    );
  });
});

test('every function of this repository is as add-category writes it', () => {
  const { functions } = readServiceFiles();
  for (const [path, text] of functions) {
    const [, id = ''] = /^functions\/purge-(.+)\.ts$/.exec(path) ?? [];
    expect(text).toBe(functionTextOf(id));
  }
  const serverless = readFileSync('serverless.yml', 'utf8');
  for (const path of functions.keys())
    expect(serverless).toContain(entryTextOf(/purge-(.+)\.ts/.exec(path)?.[1] ?? ''));
});
