import { describe, expect, test } from 'vitest';
import type { Category, RetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import { parseAge } from '../../../lib/policy/time/calendar-period.ts';
import { DAY, HOUR, parseDuration } from '../../../lib/policy/time/duration.ts';
import { isoInstant, parseInstant } from '../../../lib/policy/time/instant.ts';
import { AGE_RULE, ageCriteria } from '../../../lib/rules/age.ts';
import type { FoundCategory } from '../../../lib/rules/rule.ts';
import { lagsOf } from '../../../lib/rules/rule-kinds.ts';
import { agedCategory, TERMINATED } from '../../support/purge/category-result-fixture.ts';
import { CATEGORY, POLICY } from '../../support/purge/described-index.ts';

const NOW = Date.parse('2026-11-24T09:00:00Z');
const FOURTEEN_DAYS = agedCategory('days');
const CALENDAR: Category = {
  ...FOURTEEN_DAYS,
  rules: {
    age: {
      maxAge: parseAge('P2Y'),
      from: 'end-of-year',
      timeZone: 'Europe/Berlin',
      allowedLateness: parseDuration('P2D'),
    },
  },
};

const criteriaOf = (category: Category, now = NOW, policy: RetentionPolicy = POLICY) =>
  AGE_RULE.criteriaOf({ category, policy, now, dueErasures: { subjects: [], more: 0 } });

const instantOf = (text: string): number => parseInstant(text) ?? Number.NaN;

describe('the criteria of a fourteen-day rule with an hour of allowed lateness', () => {
  test.each([
    ['2026-11-24T09:00:00.000Z', '2026-11-10T09:00:00.000Z', '2026-11-10T08:00:00.000Z', '2026-11-24T10:00:00.000Z'],
    ['2028-03-14T00:00:00.001Z', '2028-02-29T00:00:00.001Z', '2028-02-28T23:00:00.001Z', '2028-03-14T01:00:00.001Z'],
    ['2026-10-31T23:30:00-05:00', '2026-10-18T04:30:00.000Z', '2026-10-18T03:30:00.000Z', '2026-11-01T05:30:00.000Z'],
  ])('at %s are: due before %s, overdue before %s, and not believed from %s on', (now, cutoff, overdue, future) => {
    const criteria = ageCriteria(CATEGORY, POLICY, instantOf(now));
    expect(isoInstant(criteria?.cutoff ?? 0)).toBe(cutoff);
    expect(isoInstant(criteria?.overdueBefore ?? 0)).toBe(overdue);
    expect(isoInstant(criteria?.futureFrom ?? 0)).toBe(future);
  });

  test("have the category's fields and the policy's earliest instant", () => {
    expect(ageCriteria(CATEGORY, POLICY, instantOf('2026-11-24T09:00:00Z'))).toMatchObject({
      timestampField: '@timestamp',
      ingestedField: 'event.ingested',
      earliest: instantOf('2015-01-01T00:00:00Z'),
    });
  });
});

describe('a category without an age rule', () => {
  test('has no criteria: none of its documents expires', () => {
    expect(ageCriteria({ ...CATEGORY, rules: {} }, POLICY, 0)).toBeUndefined();
  });
});

describe('the criteria of an age rule', () => {
  test('stay empty later on without an age rule, and nothing becomes overdue', () => {
    const criteria = criteriaOf(FOURTEEN_DAYS);
    for (const at of [NOW, NOW + DAY]) {
      expect(AGE_RULE.criteriaAt?.({}, FOURTEEN_DAYS, at)).toEqual({});
      expect(AGE_RULE.criteriaAt?.(criteria, TERMINATED, at)).toEqual({});
      expect(AGE_RULE.criteriaSince?.({}, FOURTEEN_DAYS, at)).toEqual({});
      expect(AGE_RULE.criteriaSince?.(criteria, TERMINATED, at)).toEqual({});
      expect(AGE_RULE.overdueFrom?.(TERMINATED, at)).toBeUndefined();
      expect(AGE_RULE.dueParts?.(TERMINATED, at)).toEqual([]);
    }
  });

  test('are empty for a category without the rule: nothing of it expires', () => {
    expect(criteriaOf(TERMINATED)).toEqual({});
    expect([AGE_RULE.canBeDue({}), AGE_RULE.canBeDue(criteriaOf(FOURTEEN_DAYS))]).toEqual([false, true]);
  });

  test('keep the cutoff of the plan later on, and move the limits for overdue and future dates', () => {
    const planned = criteriaOf(FOURTEEN_DAYS);
    const later = AGE_RULE.criteriaAt?.(planned, FOURTEEN_DAYS, NOW + DAY);
    expect(later?.age).toMatchObject({
      cutoff: NOW - 14 * DAY,
      overdueBefore: NOW - 13 * DAY - HOUR,
      futureFrom: NOW + DAY + HOUR,
    });
  });

  test('need both dates in the next index', () => {
    expect(AGE_RULE.mappingNeeds(FOURTEEN_DAYS)).toEqual({
      dates: ['@timestamp', 'event.ingested'],
      otherFields: [],
      datesDecide: 'age',
    });
  });
});

describe('the lag', () => {
  test.each([
    ['the oldest is as old as it may be', 14 * DAY, 0, 0],
    ['it is older by the allowed lateness', 14 * DAY + HOUR, HOUR, 0],
    ['it is older by a millisecond more', 14 * DAY + HOUR + 1, HOUR + 1, 1],
    ['it is young', DAY, 0, 0],
  ])('counts from the cutoff when %s', (_, age, expired, overdue) => {
    expect(AGE_RULE.lag?.(FOURTEEN_DAYS, NOW - age, NOW)).toEqual({ expired, overdue });
    expect(lagsOf(FOURTEEN_DAYS, NOW - age, NOW)).toEqual({ expired, overdue });
  });

  test('is zero if no document can be dated, or no rule uses dates', () => {
    expect(lagsOf(FOURTEEN_DAYS, undefined, NOW)).toEqual({ expired: 0, overdue: 0 });
    expect(lagsOf(TERMINATED, NOW - 100 * DAY, NOW)).toEqual({ expired: 0, overdue: 0 });
    expect(AGE_RULE.lag?.(TERMINATED, 0, NOW)).toEqual({ expired: 0, overdue: 0 });
  });
});

const found = (category: Category): FoundCategory => ({
  category,
  criteria: criteriaOf(category),
  survey: { indices: [] },
});

test('a report contains the cutoff and the rule of the run', () => {
  const reported = (category: Category) => AGE_RULE.reported?.(category, criteriaOf(category));
  expect(reported(FOURTEEN_DAYS)).toEqual({
    cutoff: '2026-11-10T09:00:00.000Z',
    maxAge: 'P14D',
    allowedLateness: 'PT1H',
  });
  expect(reported(CALENDAR)).toEqual({
    cutoff: '2023-12-31T23:00:00.000Z',
    maxAge: 'P2Y from end-of-year in Europe/Berlin',
    allowedLateness: 'P2D',
  });
  expect(reported(TERMINATED)).toEqual({});
});

test('a plan contains its cutoff, as text and as JSON', () => {
  const { planned, plannedJson } = AGE_RULE.wording;
  expect(planned(found(FOURTEEN_DAYS))).toEqual(['removes what is dated before 2026-11-10T09:00:00.000Z']);
  expect(plannedJson(found(FOURTEEN_DAYS))).toEqual({ cutoff: '2026-11-10T09:00:00.000Z' });
  expect([planned(found(TERMINATED)), plannedJson(found(TERMINATED))]).toEqual([[], { cutoff: null }]);
});

test('the JSON contains the rule of a category, or null if it has none', () => {
  const { json } = AGE_RULE.wording;
  expect(json(CALENDAR)).toEqual({
    maxAge: 'P2Y',
    from: 'end-of-year',
    timeZone: 'Europe/Berlin',
    allowedLateness: 'P2D',
  });
  expect(json(TERMINATED)).toEqual({ maxAge: null, from: null, timeZone: null, allowedLateness: null });
});

test('a category without an age rule has no text about one', () => {
  const { limit, rule } = AGE_RULE.wording;
  expect([limit(TERMINATED), rule(TERMINATED)]).toEqual(['', '']);
});
