import { expect, test } from 'vitest';
import { hasRule, limitText, ruleText } from '../../../../lib/cli/output/rule-text.ts';
import type { Category } from '../../../../lib/policy/retention-policy.ts';
import type { AgeRule } from '../../../../lib/policy/rules/rules.ts';
import { parseAge } from '../../../../lib/policy/time/calendar-period.ts';
import { parseDuration } from '../../../../lib/policy/time/duration.ts';
import { AGELESS, agedCategory, TERMINATED } from '../../../support/purge/category-result-fixture.ts';

const both = agedCategory('both');
const BOTH = { ...both, rules: { ...both.rules, ...TERMINATED.rules } };

const calendar = (age: Partial<AgeRule>): Category => {
  const rules = { age: { allowedLateness: parseDuration('P2D'), maxAge: parseAge('P2Y'), timeZone: 'UTC', ...age } };
  return { ...agedCategory('years'), rules };
};

test.each<[Category, string, string]>([
  [calendar({}), '2 years', '2 years, overdue P2D later'],
  [calendar({ maxAge: parseAge('P6M') }), '6 months', '6 months, overdue P2D later'],
  [calendar({ maxAge: parseAge('P1M') }), '1 month', '1 month, overdue P2D later'],
  [calendar({ maxAge: parseAge('P18M') }), '1 year, 6 months', '1 year, 6 months, overdue P2D later'],
  [
    calendar({ from: 'end-of-year' }),
    '2 years from the end of the year',
    '2 years from the end of the year, overdue P2D later',
  ],
  [
    calendar({ from: 'end-of-month', maxAge: parseAge('P14D'), timeZone: 'Europe/Berlin' }),
    'P14D from the end of the month',
    'P14D from the end of the month (Europe/Berlin), overdue P2D later',
  ],
])('an age rule that uses the calendar is written in words', (category, limit, rule) => {
  expect([limitText(category), ruleText(category)]).toEqual([limit, rule]);
});

test.each([
  ['an age rule', agedCategory('a'), 'P14D', 'P14D, overdue PT1H later', true],
  ['a termination rule', TERMINATED, 'P7D after termination', 'erased P3D to P7D after termination', true],
  [
    'both rules',
    BOTH,
    'P14D, P7D after termination',
    'P14D, overdue PT1H later · erased P3D to P7D after termination',
    true,
  ],
  ['no rule', AGELESS, '–', 'no rule', false],
] as const)('a category with %s shows its limit and its rule', (_, category, limit, rule, has) => {
  expect([limitText(category), ruleText(category), hasRule(category)]).toEqual([limit, rule, has]);
});
