import { describe, expect, test } from 'vitest';
import { InputError, TransientError } from '../../../lib/base/errors.ts';
import { reportFindings } from '../../../lib/purge/report/report-findings.ts';

const EXPLANATION = { expected: 'e', found: 'f', fix: 'x' };
const findings = (contested: () => Promise<readonly string[]>) => reportFindings('call-logs', { contested });

describe('the reports of a category', () => {
  test('have no finding if nobody else wrote one', async () => {
    expect(await findings(async () => [])).toEqual([]);
  });

  test.each([
    [['a'], '1 that somebody else wrote: a'],
    [['a', 'b', 'c'], '3 that somebody else wrote: a, b, c'],
    [['a', 'b', 'c', 'd'], '4 that somebody else wrote: a, b, c, …'],
  ])('are named if somebody else wrote them, at most three', async (ids, found) => {
    expect(await findings(async () => ids)).toMatchObject([{ code: 'forged-report', severity: 'notice', found }]);
  });

  test.each([
    ['blocks', new InputError('own-index-altered', EXPLANATION), 'blocking'],
    ['blocks', new TransientError('timeout', EXPLANATION), 'blocking'],
    [
      'is no more than a notice of a key that may not see them',
      new InputError('missing-privilege', EXPLANATION),
      'notice',
    ],
  ])('that cannot be read: this %s', async (_, error, severity) => {
    expect(await findings(() => Promise.reject(error))).toEqual([
      { ...EXPLANATION, code: 'evidence-not-examined', severity, found: `${error.code}: f` },
    ]);
  });

  test('hide no other error', async () => {
    await expect(findings(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  });
});
