import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { refuseDoubtfulSubjects } from '../../../../lib/cli/erasures/subject-values.ts';
import { printable } from '../../../../lib/cli/output/printable.ts';
import { shellWord, subjectFlags } from '../../../../lib/cli/output/shell-word.ts';
import { identifier } from '../../../support/erasure/arbitrary-termination.ts';
import fc from '../../../support/run/fast-check.ts';

/** What a shell makes of these words. */
const words = (text: string): readonly string[] =>
  execFileSync('bash', ['--norc', '-c', `printf '%s\\0' ${text}`], { env: { LC_ALL: 'C.UTF-8' } })
    .toString()
    .split('\0')
    .slice(0, -1);

test.each([
  ['9007199254740993', '9007199254740993'],
  ['jo+tag@example.com', 'jo+tag@example.com'],
  ['auth0|5f7c', "'auth0|5f7c'"],
  ['Jo Smith', "'Jo Smith'"],
  ["O'Brien", "'O'\\''Brien'"],
  ['$(reboot)', "'$(reboot)'"],
  ['José', "'José'"],
  ['a\u200bb', "$'a\\u200bb'"],
])('%s is quoted for a shell as %s', (text, word) => {
  expect(shellWord(text)).toBe(word);
});

test('a shell reads quoted identifiers unchanged, and their quoted form is printable', () => {
  fc.assert(
    fc.property(fc.array(identifier, { minLength: 50, maxLength: 50 }), (texts) => {
      const written = texts.map(shellWord);
      expect(words(written.join(' '))).toEqual(texts);
      for (const word of written) expect(printable(word)).toBe(word);
    }),
    { numRuns: 5 },
  );
});

test.each([['-7'], ['--app'], ['9.0E+15'], ['7', '-x'], ['a', 'b c']])(
  'the flags for the account %s are read back unchanged',
  (...subject) => {
    const argv = words(subjectFlags(subject[0] ?? '', subject[1]));
    expect(() => refuseDoubtfulSubjects(argv)).not.toThrow();
    expect(argv.flatMap((word) => word.split(/^(?:--uin|--app)=?/).filter((part) => part !== ''))).toEqual(subject);
  },
);
