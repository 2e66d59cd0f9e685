import { expect, test } from 'vitest';
import { dropsUntil } from '../../../lib/purge/destruction.ts';

const END = 1_000_000_000;
const HOUR = 3_600_000;

test.each([
  ['a run that died while it destroyed', true, undefined, END],
  ['such a run after an older request without an answer', true, END - HOUR, END],
  ['such a run with a later request without an answer', true, END + HOUR, END + HOUR],
  ['a run that ended after a request without an answer', false, END - HOUR, END - HOUR],
  ['a run that ended, with all requests answered', false, undefined, undefined],
])('a drop of %s may be executed until then', (_, destroying, unansweredUntil, until) => {
  const flags = { runId: 'run', isLeased: false, expiresAt: END, destroying, unansweredUntil };
  expect(dropsUntil(flags)).toBe(until);
});
