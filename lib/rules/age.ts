import type { AgeCriteria } from '../criteria/due-criteria.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { AgeRule, AgeTerm } from '../policy/rules/rules.ts';
import { isCalendarPeriod } from '../policy/time/calendar-period.ts';
import { cutoffOf, disagreementBound, dueFrom, lagOf, overdueBefore, unitOf } from '../policy/time/cutoff.ts';
import { duePartsAfter } from '../policy/time/due-parts.ts';
import { type Instant, isoInstant } from '../policy/time/instant.ts';
import type { RuleContext, RuleKind, RuleWording } from './rule.ts';

/** The bounds for overdue, disagreeing and future dates at an instant. */
const boundsAt = (now: Instant, age: AgeRule): Pick<AgeCriteria, 'overdueBefore' | 'apartBefore' | 'futureFrom'> => ({
  overdueBefore: overdueBefore(now, age),
  apartBefore: disagreementBound(now, age),
  futureFrom: now + age.allowedLateness.milliseconds,
});

/**
 * The age rule of a category at one instant, as criteria on documents. Undefined if the category has no age rule.
 * A timestamp may be ahead of our clock by at most the allowed lateness: such a document is still purged in time. A
 * timestamp further ahead would outlive the promise, so it is not believed.
 */
export const ageCriteria = (
  category: Category,
  policy: Pick<RuleContext['policy'], 'earliest'>,
  now: Instant,
): AgeCriteria | undefined => {
  const { age } = category.rules;
  if (age === undefined) return undefined;
  return {
    timestampField: category.timestampField,
    ingestedField: category.ingestedField,
    earliest: policy.earliest,
    cutoff: cutoffOf(now, age),
    term: age,
    ...boundsAt(now, age),
  };
};

/** Formats the maximum age: `P14D` as written, years and months in words: `2 years from the end of the year`. */
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

/** Formats the maximum age in words, with the time zone of years and months if it is not UTC. */
const fullAgeText = (age: AgeTerm): string =>
  age.timeZone === undefined || age.timeZone === 'UTC' ? ageText(age) : `${ageText(age)} (${age.timeZone})`;

/**
 * Formats an age as one value in the syntax of the policy: `P14D`, `P6M in Europe/Berlin`, `P2Y from end-of-year in
 * UTC`.
 */
const termText = ({ maxAge, from, timeZone }: AgeTerm): string =>
  [maxAge.iso, ...(from === undefined ? [] : ['from', from]), ...(timeZone === undefined ? [] : ['in', timeZone])].join(
    ' ',
  );

const wording: RuleWording = {
  due: 'expired',
  dueDocuments: ['expired document', 'expired documents'],
  limit: ({ rules: { age } }) => (age === undefined ? '' : ageText(age)),
  rule: ({ rules: { age } }) =>
    age === undefined ? '' : `${fullAgeText(age)}, overdue ${age.allowedLateness.iso} later`,
  planned: ({ criteria: { age } }) =>
    age === undefined ? [] : [`removes what is dated before ${isoInstant(age.cutoff)}`],
  json: ({ rules: { age } }) => ({
    maxAge: age?.maxAge.iso ?? null,
    from: age?.from ?? null,
    timeZone: age?.timeZone ?? null,
    allowedLateness: age?.allowedLateness.iso ?? null,
  }),
  plannedJson: ({ criteria: { age } }) => ({ cutoff: age === undefined ? null : isoInstant(age.cutoff) }),
};

/** The age rule, `rules.age`: purges documents by their age. */
export const AGE_RULE: RuleKind = {
  id: 'age',
  criteriaOf: ({ category, policy, now }) => {
    const age = ageCriteria(category, policy, now);
    return age === undefined ? {} : { age };
  },
  criteriaAt: ({ age: criteria }, { rules: { age } }, now) =>
    criteria === undefined || age === undefined ? {} : { age: { ...criteria, ...boundsAt(now, age) } },
  criteriaBefore: ({ age }, cutoff) =>
    age === undefined ? {} : { age: { ...age, cutoff: Math.min(age.cutoff, cutoff) } },
  criteriaSince: ({ age: criteria }, { rules: { age } }, instant) =>
    criteria === undefined || age === undefined ? {} : { age: { ...criteria, fellDueFrom: cutoffOf(instant, age) } },
  dueParts: ({ rules: { age } }, start) => (age === undefined ? [] : duePartsAfter(start, age)),
  canBeDue: ({ age }) => age !== undefined,
  mappingNeeds: ({ timestampField, ingestedField }) => ({
    dates: [timestampField, ingestedField],
    otherFields: [],
    datesDecide: 'age',
  }),
  lag: ({ rules: { age } }, oldestAt, now) => {
    const expired = age === undefined ? 0 : lagOf(now, oldestAt, age);
    return { expired, overdue: Math.max(0, expired - (age?.allowedLateness.milliseconds ?? 0)) };
  },
  overdueFrom: ({ rules: { age } }, date) =>
    age === undefined ? undefined : dueFrom(date, age) + age.allowedLateness.milliseconds,
  reported: ({ rules: { age } }, criteria) => ({
    ...(criteria.age === undefined ? {} : { cutoff: isoInstant(criteria.age.cutoff) }),
    ...(age === undefined ? {} : { maxAge: termText(age), allowedLateness: age.allowedLateness.iso }),
  }),
  wording,
};
