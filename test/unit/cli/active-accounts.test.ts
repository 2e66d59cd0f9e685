import { expect, test } from 'vitest';
import { parseActiveAccounts } from '../../../lib/cli/active-accounts.ts';

test('accounts in use are read one a line, whole or by application, without what is not meant', () => {
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

test.each([
  ['three parts', '1\n2,3,4\n', /in line 2 of f/],
  ['another separator', '1;2', /in line 1 of f/],
  ['an empty application', '# x\n\n1,', /in line 3 of f/],
  ['what would steer a terminal', '1\n\u001b[2J', /in line 2 of f/],
  ['nobody', '\n# nobody\n', /none in f/],
])('%s is refused, and not repeated', (_, text, found) => {
  const read = () => parseActiveAccounts(text, 'f');
  expect(read).toThrow(expect.objectContaining({ code: 'bad-active-file', message: expect.stringMatching(found) }));
  expect(read).toThrow(expect.not.objectContaining({ message: expect.stringContaining('\u001b') }));
});
