import { expect, test } from 'vitest';
import { keptUnseen } from '../../../lib/adapters/elasticsearch/query/unseen-dates-query.ts';
import type { AgeCriteria } from '../../../lib/criteria/due-criteria.ts';
import { parseAge } from '../../../lib/policy/time/calendar-period.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';

const NOW = Date.UTC(2026, 10, 29);
const AGE: AgeCriteria = {
  timestampField: '@timestamp',
  ingestedField: 'event.ingested',
  earliest: Date.UTC(2015, 0, 1),
  cutoff: NOW - 14 * DAY,
  term: { maxAge: parseAge('P14D') },
  overdueBefore: NOW - 15 * DAY,
  apartBefore: NOW - 16 * DAY,
  futureFrom: NOW + DAY,
};
const RUNTIME = 'es_retention_source_of_ingested';

test.each([true, false])(
  'the query asks only once whether _source has a date, before it compares dates (mapped: %s)',
  (ingested) => {
    const usable = {
      timestamp: true,
      ingested,
      unseen: { ingested: { in: 'lacking', path: 'event.ingested' } },
    } as const;
    const [query, ...others] = keptUnseen(AGE, usable, AGE.cutoff, 'ingested');
    expect(others).toEqual([]);
    const [cheap, hasDate, ranges] = (query as { bool: { filter: readonly object[] } }).bool.filter;
    expect(hasDate).toEqual({ exists: { field: RUNTIME } });
    expect(JSON.stringify(cheap)).not.toContain(RUNTIME);
    expect(JSON.stringify(ranges).split(RUNTIME)).toHaveLength(ingested ? 5 : 4);
  },
);
