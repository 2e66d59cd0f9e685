import { expect, test } from 'vitest';
import { sinceByServer } from '../../../../lib/adapters/elasticsearch/query/date-ranges.ts';
import type { AgeTerm } from '../../../../lib/policy/rules/rules.ts';
import { parseAge } from '../../../../lib/policy/time/calendar-period.ts';

const LT = Date.UTC(2026, 10, 28);

test.each<[AgeTerm, object]>([
  [{ maxAge: parseAge('P14D') }, { gte: 'now-1209600s' }],
  [{ maxAge: parseAge('PT0.5S') }, { gte: 'now-1s' }],
  [
    { maxAge: parseAge('P2Y'), timeZone: 'UTC' },
    { gte: 'now-24M', time_zone: 'UTC' },
  ],
  [
    { maxAge: parseAge('P2Y'), from: 'end-of-year', timeZone: 'europe/berlin' },
    { gte: 'now-24M/y', time_zone: 'Europe/Berlin' },
  ],
  [
    { maxAge: parseAge('P1Y6M'), from: 'end-of-month', timeZone: 'EST' },
    { gte: 'now-18M/M', time_zone: 'America/Panama' },
  ],
  [
    { maxAge: parseAge('P14D'), from: 'end-of-month', timeZone: 'Asia/Tokyo' },
    { gte: 'now-1209600s/M', time_zone: 'Asia/Tokyo' },
  ],
])("the cluster's clock decides which values are not older than %j", (age, bound) => {
  const range = { format: 'strict_date_optional_time', lt: '2026-11-28T00:00:00.000Z', ...bound };
  expect(sinceByServer('at', age, LT)).toEqual({ range: { at: range } });
});
