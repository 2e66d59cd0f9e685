import { describe, expect, test } from 'vitest';
import { periodsOfTwoSchedules } from '../../../deploy/alarms/alarm.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { examplePolicy } from '../../support/policy/example-policy.ts';

const [example] = examplePolicy.categories.values();

const running = (expression: string): Category => ({
  ...(example as Category),
  id: 'rare',
  schedule: { expression, timeZone: 'UTC' },
});

describe('an alarm on runs that have stopped', () => {
  test.each([
    ['rate(1 hour)', 2],
    ['cron(0 3 * * ? *)', 2],
    ['rate(36 hours)', 3],
    ['rate(84 hours)', 7],
  ])('looks back over two schedules: %s needs %i periods', (expression, periods) => {
    expect(periodsOfTwoSchedules(running(expression))).toBe(periods);
  });

  test.each([
    ['rate(85 hours)', '7.083333333333333'],
    ['cron(0 3 ? * MON *)', '14'],
  ])('is refused if CloudWatch cannot look back so far: %s', (expression, days) => {
    expect(() => periodsOfTwoSchedules(running(expression))).toThrow(
      `rare: an alarm can look back over 7 days, and two of its schedules take ${days} days: nobody would be told that runs have stopped. Let it run at least twice a week.`,
    );
  });
});
