import { expect, test } from 'vitest';
import type { Criteria } from '../../../lib/criteria/due-criteria.ts';
import type { Survey } from '../../../lib/criteria/survey-result.ts';
import { erasureFindings } from '../../../lib/rules/accounts/erasure-findings.ts';

const SUBJECT = { key: 'k', eraseBy: 2 };
const SURVEYED = { indices: [], counts: new Map(), subjects: new Map(), findings: [] } as unknown as Survey;

const leftOf = (subjects: readonly object[], more: number) => {
  const criteria = { termination: { subjects, more } } as unknown as Criteria;
  return erasureFindings(criteria, SURVEYED, 1, ['data-*']).find(({ code }) => code === 'erasures-left');
};

test('a finding names the subjects beyond the limit of a run, and says that the next runs continue', () => {
  expect(leftOf([SUBJECT], 3)).toMatchObject({
    subjects: 3,
    expected: 'at most 1 subjects due in one run',
    found: '3 more',
    fix: expect.stringMatching(/^The next runs continue/),
  });
});

test('a finding names neither a limit nor next runs if the run cannot erase anybody', () => {
  expect(leftOf([], 3)).toMatchObject({
    severity: 'blocking',
    subjects: 3,
    expected: 'no obstacle to the erasures that are due',
    found: '3 that this run does not look at',
    fix: expect.stringMatching(/^The other findings .* When it is removed/),
  });
});
