import { expect, test } from 'vitest';
import { refuseDoubtfulSubjects } from '../../../../lib/cli/erasures/subject-values.ts';

test.each([
  [['terminate', '--uin', '--account-deleted']],
  [['terminate', '--uin', '7', '--app', '--immediate']],
  [['status', '--uin', '-7']],
  [['terminate', '--uin', '9.00719925474099E+15']],
])('an identifier that may be a typing error is refused: %j', (argv) => {
  expect(() => refuseDoubtfulSubjects(argv)).toThrow(
    expect.objectContaining({ code: 'doubtful-identifier', message: expect.stringContaining('=…') }),
  );
});

test.each([
  [['terminate', '--uin=-7', '--app=9.0E+15']],
  [['terminate', '--uin', '7', '--account-deleted']],
  [['status']],
])('an identifier after its option is accepted: %j', (argv) => {
  expect(() => refuseDoubtfulSubjects(argv)).not.toThrow();
});
