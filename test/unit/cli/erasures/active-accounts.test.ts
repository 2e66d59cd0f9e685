import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import {
  assertNoHeading,
  parseActiveAccounts,
  readActiveAccounts,
} from '../../../../lib/cli/commands/erasure/active-accounts.ts';
import { identifier } from '../../../support/erasure/arbitrary-termination.ts';
import fc from '../../../support/run/fast-check.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';

test('active accounts are read line by line, as whole accounts or single applications', () => {
  const text = '\ufeff9007199254740993\r\n\r\n# a remark\n100,1\n100 , 2\n101,1\n101\n102\n102,9';
  expect(parseActiveAccounts(text, 'f')).toEqual(
    new Map<string, unknown>([
      ['9007199254740993', 'all'],
      ['100', new Set(['1', '2'])],
      ['101', 'all'],
      ['102', 'all'],
    ]),
  );
});

test('an account with separators is quoted as in CSV', () => {
  const text = '"a,b","c""d"\n"x;y"\nauth0|5f7c\n"#1"\nk#1\r\n"Jo Smith" , 2\nO\'Brien\n';
  expect(parseActiveAccounts(text, 'f')).toEqual(
    new Map<string, unknown>([
      ['a,b', new Set(['c"d'])],
      ['x;y', 'all'],
      ['auth0|5f7c', 'all'],
      ['#1', 'all'],
      ['k#1', 'all'],
      ['Jo Smith', new Set(['2'])],
      ["O'Brien", 'all'],
    ]),
  );
});

test('no line of a file with several kinds of line ends is lost', () => {
  expect([...parseActiveAccounts('1\r\n# x\n2\r3\n\r\n4', 'f').keys()]).toEqual(['1', '2', '3', '4']);
});

test('any accounts written as CSV are read unchanged', () => {
  const cell = identifier.map((text) => ({ text, written: `"${text.replaceAll('"', '""')}"` }));
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n'), (cells, end) => {
      const text = cells.map(({ written }) => written).join(end);
      expect([...parseActiveAccounts(text, 'f').keys()]).toEqual([...new Set(cells.map((each) => each.text))]);
    }),
  );
});

test.each(['latin1', 'utf16le'] as const)('a file in %s is refused, since other accounts would be read', (encoding) => {
  const file = temporaryFile('active.csv', Buffer.from('\ufeffJosé\n', encoding));
  expect(() => readActiveAccounts(file)).toThrow(
    expect.objectContaining({ code: 'bad-active-file', message: expect.stringContaining('UTF-8') }),
  );
});

test.each([
  ['an account of two lines', '1\n"2\n3"\n', /in line \d of f/],
  ['a quote that is never closed', '1\n"2\n3\n', /in line \d of f/],
  ['a quote in the middle', '1\n2"x"\n', /in line 2 of f/],
  ['something behind a quote', '1\r\n\r\n"2"x\r\n', /in line 3 of f/],
  ['what a spreadsheet has rounded', '1\n9.00719925474099E+15\n', /in line 2 of f/],
  ['an account that is empty', '""\n', /in line 1 of f/],
  ['a blank at an end within quotes', '" 1"', /in line 1 of f/],
  ['three parts', '1\n2,3,4\n', /in line 2 of f/],
  ['another separator', '1;2', /in line 1 of f/],
  ['an empty application', '# x\n\n1,', /in line 3 of f/],
  ['what would steer a terminal', '1\n\u001b[2J', /in line 2 of f/],
  ['nobody', '\n# nobody\n', /none in f/],
])('%s is refused by a message without unsafe characters', (_, text, found) => {
  const read = () => parseActiveAccounts(text, 'f');
  expect(read).toThrow(expect.objectContaining({ code: 'bad-active-file', message: expect.stringMatching(found) }));
  expect(read).toThrow(expect.not.objectContaining({ message: expect.stringContaining('\u001b') }));
});

test.each([
  ['a line of three parts', '1\n9007199254740993,1,2\n'],
  ['a quote in the middle', '9007199254740993"x"\n'],
  ['another separator', '1;9007199254740993'],
  ['what a spreadsheet has rounded', '9.00719925474099E+15\n'],
])('the error about %s does not quote the account', (_, text) => {
  // Its cause and its stack, too.
  const quoted = (() => {
    try {
      return inspect(parseActiveAccounts(text, 'f'));
    } catch (error) {
      return inspect(error, { depth: null });
    }
  })();
  expect(quoted).toContain('bad-active-file');
  expect(quoted).not.toMatch(/900719|9\.00719/);
});

const CATEGORIES = [{ accountField: 'labels.uin', applicationField: 'sdkAppId' }];

test.each([
  ['names the columns the other way round', 'sdkAppId,uin\n1,7\n2,8\n', /application before the account/],
  ['does so by a path, below other lines', '"9"\nSDKAPPID,labels.uin\n', /application before the account/],
  ['stands alone', 'uin,sdkAppId\n', /a heading and nothing else/],
])('a heading that %s is refused', (_, text, found) => {
  expect(() => assertNoHeading(parseActiveAccounts(text, 'f'), CATEGORIES)).toThrow(
    expect.objectContaining({ code: 'bad-active-file', message: expect.stringMatching(found) }),
  );
});

test('a file with a heading in the right order, or with none, is accepted', () => {
  for (const text of ['uin,sdkAppId\n7,1\n', 'uin\n7\n', '7,1\n', 'sdkAppId,1\n'])
    expect(() => assertNoHeading(parseActiveAccounts(text, 'f'), CATEGORIES)).not.toThrow();
});
