import { describe, expect, test } from 'vitest';
import type { AgeTerm } from '../../../lib/policy/rules/rules.ts';
import { parseAge } from '../../../lib/policy/time/calendar-period.ts';
import { duePartsAfter } from '../../../lib/policy/time/due-parts.ts';
import { DAY, HOUR, MINUTE } from '../../../lib/policy/time/duration.ts';

const START = Date.parse('2026-11-24T09:00:00Z');
const age = (maxAge: string, more: Partial<AgeTerm> = {}): AgeTerm => ({ maxAge: parseAge(maxAge), ...more });

describe('the parts of the time ahead', () => {
  const parts = duePartsAfter(START, age('P14D'));

  test('are at most 400, are short at first, and cover a year', () => {
    expect(parts.length).toBeLessThanOrEqual(400);
    const [first, second] = parts;
    expect(first).toEqual({ after: START, cutoff: START - 14 * DAY + 15 * MINUTE });
    expect(second?.after).toBe(START + 15 * MINUTE);
    expect(parts.find(({ after }) => after === START + 2 * HOUR)?.cutoff).toBe(START - 14 * DAY + 3 * HOUR);
    expect(parts.at(-1)?.cutoff).toBe(START + (370 - 14) * DAY);
  });

  test('follow each other without a gap', () => {
    for (const [at, { after }] of parts.entries())
      expect(after).toBe(at === 0 ? START : (parts[at - 1]?.cutoff ?? 0) + 14 * DAY);
  });

  test('include only the part in which a whole year falls due', () => {
    expect(duePartsAfter(START, age('P2Y', { from: 'end-of-year', timeZone: 'Europe/Berlin' }))).toEqual([
      { after: Date.parse('2026-12-31T09:00:00Z'), cutoff: Date.parse('2024-12-31T23:00:00Z') },
    ]);
  });

  test('leave out a part in which the cutoff does not move', () => {
    const cutoffs = duePartsAfter(Date.parse('2026-08-28T09:00:00Z'), age('P6M')).map(({ cutoff }) => cutoff);
    expect(cutoffs).toEqual([...new Set(cutoffs)].toSorted((one, other) => one - other));
    expect(cutoffs.length).toBeLessThan(400);
  });
});
