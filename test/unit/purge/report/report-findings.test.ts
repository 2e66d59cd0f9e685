import { describe, expect, test } from 'vitest';
import { InputError, TransientError } from '../../../../lib/base/errors.ts';
import { reportFindings } from '../../../../lib/purge/report/report-findings.ts';

const EXPLANATION = { expected: 'e', found: 'f', fix: 'x' };
const findings = (contested: () => Promise<readonly string[]>) => reportFindings('call-logs', { contested });

describe('the reports of a category', () => {
  test('have no finding if nobody else wrote a report', async () => {
    expect(await findings(async () => [])).toEqual([]);
  });

  test.each([
    [['a'], '1 that somebody else wrote: a'],
    [['a', 'b', 'c'], '3 that somebody else wrote: a, b, c'],
    [['a', 'b', 'c', 'd'], '4 that somebody else wrote: a, b, c, …'],
  ])('have a notice that names at most three reports that somebody else wrote', async (ids, found) => {
    expect(await findings(async () => ids)).toMatchObject([{ code: 'forged-report', severity: 'notice', found }]);
  });

  const unread = (error: InputError | TransientError, severity: 'blocking' | 'notice') => [
    { ...EXPLANATION, code: 'evidence-not-examined', severity, found: `${error.code}: f` },
  ];

  test.each([new InputError('own-index-altered', EXPLANATION), new TransientError('timeout', EXPLANATION)])(
    'that cannot be read are a blocking finding: $code',
    async (error) => {
      expect(await findings(() => Promise.reject(error))).toEqual(unread(error, 'blocking'));
    },
  );

  test('that the key may not see are only a notice', async () => {
    const error = new InputError('missing-privilege', EXPLANATION);
    expect(await findings(() => Promise.reject(error))).toEqual(unread(error, 'notice'));
  });

  test('let an unexpected error through', async () => {
    await expect(findings(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  });
});
