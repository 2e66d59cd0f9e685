import { describe, expect, test } from 'vitest';
import { isoInstant, parseInstant } from '../../../lib/policy/time/instant.ts';
import { ageCriteria } from '../../../lib/rules/age.ts';
import { CATEGORY, POLICY } from '../../support/described-index.ts';

const at = (text: string): number => parseInstant(text) ?? Number.NaN;

describe('the criteria of a fourteen-day rule with an hour of allowed lateness', () => {
  test.each([
    ['2026-11-24T09:00:00.000Z', '2026-11-10T09:00:00.000Z', '2026-11-10T08:00:00.000Z', '2026-11-24T10:00:00.000Z'],
    ['2028-03-14T00:00:00.001Z', '2028-02-29T00:00:00.001Z', '2028-02-28T23:00:00.001Z', '2028-03-14T01:00:00.001Z'],
    ['2026-10-31T23:30:00-05:00', '2026-10-18T04:30:00.000Z', '2026-10-18T03:30:00.000Z', '2026-11-01T05:30:00.000Z'],
  ])('at %s are: due before %s, overdue before %s, and not believed from %s on', (now, cutoff, overdue, future) => {
    const criteria = ageCriteria(CATEGORY, POLICY, at(now));
    expect(isoInstant(criteria?.cutoff ?? 0)).toBe(cutoff);
    expect(isoInstant(criteria?.overdueBefore ?? 0)).toBe(overdue);
    expect(isoInstant(criteria?.futureFrom ?? 0)).toBe(future);
  });

  test("name the category's fields and the policy's earliest instant", () => {
    expect(ageCriteria(CATEGORY, POLICY, at('2026-11-24T09:00:00Z'))).toMatchObject({
      timestampField: '@timestamp',
      ingestedField: 'event.ingested',
      earliest: at('2015-01-01T00:00:00Z'),
    });
  });
});

describe('a category without an age rule', () => {
  test('has no criteria: none of its documents expires', () => {
    expect(ageCriteria({ ...CATEGORY, rules: {} }, POLICY, 0)).toBeUndefined();
  });
});
