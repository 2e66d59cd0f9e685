import { expect, test } from 'vitest';
import { stillPage } from '../../../../lib/cli/controls/still-destroying.ts';

test('a request without an answer is not blamed on the newest run alone', () => {
  const run = { kind: 'unanswered', runId: 'run-2', until: Date.parse('2026-04-10T12:00:00Z') } as const;
  const [line] = stillPage({ runs: new Map([['orders', run]]), unknown: [] }, ['orders']);
  expect(line).toContain('run run-2 (or a run before it, from which it took the lease) got no answer to a request');
});
