import * as z from 'zod';
import type { PlacedFinding } from '../parsing/placed-finding.ts';
import { age, duration } from '../parsing/policy-value.ts';
import { isCalendarPeriod } from '../time/calendar-period.ts';
import { DAY } from '../time/duration.ts';
import type { RuleForm, RuleOwner } from './rule-form.ts';
import { AGE_STARTS, type AgeTerm } from './rules.ts';

/** The shape of an age rule in the policy. */
export const ageSchema = z
  .strictObject({
    maxAge: age(
      'Documents are purged from this age on. A day is exactly 24 hours; years and months (P2Y, P6M) are counted by the calendar, in timeZone',
    ),
    from: z
      .enum(AGE_STARTS)
      .meta({
        description:
          'The age counts from the end of the year or month that contains the date of the document, in timeZone. Without this key, it counts from the date itself',
      })
      .optional(),
    allowedLateness: duration('A document is overdue when it has been older than maxAge for this long', 'PT1H'),
  })
  .meta({ description: 'Purges documents by their age' });

function recordsFindings({ id, records, rules }: RuleOwner): PlacedFinding[] {
  if (records === 'dated' || !rules.age) return [];
  return [
    {
      path: ['categories', id, 'rules', 'age'],
      expected: 'no age rule for records: current-state',
      found: 'an age rule',
      fix: 'An age rule would remove data that is still in force, only because it has not changed recently. Remove the rule. Or write records: dated, if each document records something that happened',
    },
  ];
}

/** The shortest length of an age: no month has fewer than 28 days. */
const shortest = (maxAge: AgeTerm['maxAge']): number =>
  isCalendarPeriod(maxAge) ? maxAge.months * 28 * DAY : maxAge.milliseconds;

function latenessFindings({ id, rules: { age } }: RuleOwner): PlacedFinding[] {
  if (!age || age.allowedLateness.milliseconds < shortest(age.maxAge)) return [];
  return [
    {
      path: ['categories', id, 'rules', 'age', 'allowedLateness'],
      expected: `a duration shorter than maxAge, ${age.maxAge.iso}`,
      found: age.allowedLateness.iso,
      fix: 'Allow as much lateness as the schedule needs, such as PT1H',
    },
  ];
}

/** Adds the time zone to an age in years or months, since the calendar of the zone counts these. */
const resolve = (written: unknown, timeZone: string): unknown => {
  const { from, ...rule } = written as z.output<typeof ageSchema>;
  const isByCalendar = from !== undefined || isCalendarPeriod(rule.maxAge);
  return { ...rule, ...(from !== undefined && { from }), ...(isByCalendar && { timeZone }) };
};

/** `rules.age`: documents are purged by their age. */
export const AGE_FORM: RuleForm = {
  id: 'age',
  schema: ageSchema,
  resolve,
  findings: (category) => [...recordsFindings(category), ...latenessFindings(category)],
  lateness: ({ rules }) => rules.age?.allowedLateness.milliseconds,
};
