import { expect, test } from 'vitest';
import { hasRule, limitText, ruleText } from '../../../lib/cli/rule-text.ts';
import { AGELESS, agedCategory, TERMINATED } from './standing-fixture.ts';

const both = agedCategory('both');
const BOTH = { ...both, rules: { ...both.rules, ...TERMINATED.rules } };

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
] as const)('a category with %s says what is promised', (_, category, limit, rule, has) => {
  expect([limitText(category), ruleText(category), hasRule(category)]).toEqual([limit, rule, has]);
});
