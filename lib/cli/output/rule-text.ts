import type { AgeTerm, Category } from '../../policy/retention-policy.ts';
import { isCalendarPeriod } from '../../policy/time/calendar-period.ts';
import { unitOf } from '../../policy/time/cutoff.ts';

/** Whether anything is promised about the category that can be kept or broken. */
export const hasRule = ({ rules: { age, termination } }: Category): boolean =>
  age !== undefined || termination !== undefined;

/** How old documents may become: `P14D` as written, years and months in words: `2 years from the end of the year`. */
export const ageText = (age: AgeTerm): string => {
  const { maxAge } = age;
  const unit = unitOf(age);
  const length = isCalendarPeriod(maxAge)
    ? new Intl.DurationFormat('en', { style: 'long' }).format({
        years: Math.floor(maxAge.months / 12),
        months: maxAge.months % 12,
      })
    : maxAge.iso;
  return unit === undefined ? length : `${length} from the end of the ${unit}`;
};

/** The same with the time zone in which years and months are counted, where that is not UTC. */
const fullAgeText = (age: AgeTerm): string =>
  age.timeZone === undefined || age.timeZone === 'UTC' ? ageText(age) : `${ageText(age)} (${age.timeZone})`;

/** How long data may stay at most, for a column: `P14D`, `P7D after termination`, or both. */
export const limitText = ({ rules: { age, termination } }: Category): string =>
  [
    ...(age === undefined ? [] : [ageText(age)]),
    ...(termination === undefined ? [] : [`${termination.deadline.iso} after termination`]),
  ].join(', ') || '–';

/** The rules of a category in full: `P14D, overdue PT1H later`, `erased P3D to P7D after termination`. */
export const ruleText = ({ rules: { age, termination } }: Category): string =>
  [
    ...(age === undefined ? [] : [`${fullAgeText(age)}, overdue ${age.allowedLateness.iso} later`]),
    ...(termination === undefined
      ? []
      : [`erased ${termination.cancelWindow.iso} to ${termination.deadline.iso} after termination`]),
  ].join(' · ') || 'no rule';
