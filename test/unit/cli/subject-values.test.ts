import { expect, test } from 'vitest';
import { refuseOptionsAsSubjects } from '../../../lib/cli/subject-values.ts';

test.each([
  [['terminate', '--uin', '--account-deleted']],
  [['terminate', '--uin', '7', '--app', '--immediate']],
  [['status', '--uin', '-7']],
])('an option in place of an identifier is refused: %j', (argv) => {
  expect(() => refuseOptionsAsSubjects(argv)).toThrow(
    expect.objectContaining({ code: 'option-as-identifier', message: expect.stringContaining('=…') }),
  );
});

test.each([[['terminate', '--uin=-7', '--app=--x']], [['terminate', '--uin', '7', '--account-deleted']], [['status']]])(
  'an identifier after its option is not: %j',
  (argv) => {
    expect(() => refuseOptionsAsSubjects(argv)).not.toThrow();
  },
);
