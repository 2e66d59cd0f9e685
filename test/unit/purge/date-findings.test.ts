import { expect, test } from 'vitest';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { dateFindings } from '../../../lib/purge/dates/date-findings.ts';
import { CATEGORY, counted, describedIndex } from '../../support/described-index.ts';

const decided = (date: 'timestamp' | 'later'): Category => ({
  ...CATEGORY,
  dateDecisions: [
    { indices: ['call-log-*'], date, reason: 'Measured.', decidedBy: 'Privacy officer', decidedOn: '2026-11-28' },
  ],
});

test.each([
  ['timestamp', 'They go by their timestamp, as the policy decides.'],
  ['later', 'They go by the later of both dates, as the policy decides.'],
] as const)('where a clock ran ahead, date: %s is said as it was decided', (date, fix) => {
  const counts = counted(5, 0, { aheadOfIngestion: 1 });
  expect(dateFindings(describedIndex(), decided(date), counts)).toMatchObject([
    { code: 'ahead-of-ingestion', severity: 'notice', fix },
  ]);
});
