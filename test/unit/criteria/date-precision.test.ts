import { describe, expect, test } from 'vitest';
import { type CoarseUnit, lastOf, reachOf, startsAround, unitParams } from '../../../lib/criteria/date-precision.ts';
import { precisionOf } from '../../../lib/rules/dates/date-format.ts';

const at = (text: string): number => Date.parse(text);
const iso = (instant: number): string => new Date(instant).toISOString();
const always = (unit: CoarseUnit['unit'], zoned = false) => ({ kind: 'always', longest: { unit, zoned } });

describe('date formats', () => {
  test('an hour in an unknown zone may have begun at any instant of the last hour, if documents show their dates', () => {
    const instant = at('2026-11-14T10:05:07Z');
    const spans = startsAround({ unit: 'hour', zoned: true }, instant, true);
    expect(spans).toEqual([{ gte: at('2026-11-14T09:05:07Z'), lt: instant }]);
  });

  test('an hour in an unknown zone may start at any of 60 minutes if documents hide their dates', () => {
    const spans = startsAround({ unit: 'hour', zoned: true }, at('2026-11-14T10:00:30Z'));
    expect(spans).toHaveLength(60);
    expect(iso(Math.max(...spans.map(({ gte }) => gte)))).toBe('2026-11-14T10:00:00.000Z');
    expect(iso(Math.min(...spans.map(({ gte }) => gte)))).toBe('2026-11-14T09:01:00.000Z');
  });

  test.each([
    'epoch_millis',
    'epoch_second',
    'basic_date_time',
    'strict_week_date_time_no_millis',
    'strict_date_hour_minute_second',
    'basic_t_time_no_millis',
    'dd.MM.yyyy HH:mm:ss.SSS XXX',
    "yyyy-MM-dd'T'HH:mm:ss",
    'epoch_millis||yyyyMMddHHmmss',
  ])('the format %s always includes seconds', (format) => {
    expect(precisionOf(format, ['@timestamp'])).toBeUndefined();
  });

  test.each([
    ['year', always('year')],
    ['strict_year_month', always('month')],
    ['yyyy-MM', always('month')],
    ['8uuuu-MM', always('month')],
    ['strict_date', always('day')],
    ['basic_ordinal_date', always('day')],
    ['weekyear', always('weekyear')],
    ['strict_weekyear_week', always('week')],
    ['YYYY-ww', always('week')],
    ['strict_week_date', always('day')],
    ['strict_date_hour', always('hour')],
    ['strict_date_hour_minute', always('minute')],
    ["dd.MM.yyyy 'seconds' HH:mm XXX", always('minute', true)],
    ["yyyy-'Q'q", always('quarter')],
    ['yyyy-MM||MM/yyyy', always('month')],
    ["yyyy-MM-dd 00:00:00||yyyy-MM-dd'T00:00Z'", always('day')],
  ])('the format %s never includes seconds', (format, precision) => {
    expect(precisionOf(format, ['@timestamp'])).toEqual(precision);
  });

  test.each([
    ['strict_date_optional_time||epoch_millis', ['minute', 'hour', 'day', 'month', 'year']],
    ['strict_date_optional_time_nanos', ['minute', 'hour', 'day', 'month', 'year']],
    ['iso8601', ['minute', 'hour', 'day', 'month', 'year']],
    ['basic_date||epoch_second', ['day']],
    ["yyyy-MM[-dd['T'HH:mm:ss]]", ['day', 'month']],
    ['yyyy-MM-dd||yyyy-MM', ['day', 'month']],
    ['yyyy-MM[-dd HH:mm:ss]', ['month']],
    ['yyyy-MM[-dd]', ['day', 'month']],
    ['yyyy-MM[-dd', ['day', 'month']],
    ['date', ['day', 'month', 'year']],
    ['strict_year_month_day', ['day', 'month', 'year']],
    ['date_time||epoch_millis', ['minute', 'month']],
    ['strict_date_time', ['month']],
  ])('the format %s may or may not include seconds', (format, units) => {
    const precision = precisionOf(format, ['a.b']);
    expect(precision).toMatchObject({ kind: 'perhaps', paths: ['a.b'] });
    expect(precision?.kind === 'perhaps' && precision.units.map(({ unit }) => unit)).toEqual(units);
  });
});

test('a precision that a format only rarely has is ignored if documents hide their dates', () => {
  expect(precisionOf('strict_date_time', undefined)).toBeUndefined();
  expect(precisionOf('date_hour', undefined)).toEqual(always('hour'));
});

test('a month in another time zone may begin a day before or after the month in UTC', () => {
  const spans = startsAround({ unit: 'month', zoned: true }, at('2026-11-14T10:05:07Z'), true);
  expect(spans).toEqual([{ gte: at('2026-10-31T00:00:00Z'), lt: at('2026-11-03T00:00:00Z') }]);
});

test.each<[CoarseUnit, string, string]>([
  [{ unit: 'month', zoned: false }, '2026-11-14T10:05:07Z', '2026-11-01T00:00:00.000Z'],
  [{ unit: 'month', zoned: false }, '2026-11-01T00:00:00Z', '2026-11-01T00:00:00.000Z'],
  [{ unit: 'month', zoned: true }, '2026-11-14T10:05:07Z', '2026-10-14T09:05:07.001Z'],
  [{ unit: 'day', zoned: false }, '2026-11-14T10:05:07Z', '2026-11-14T00:00:00.000Z'],
  [{ unit: 'quarter', zoned: false }, '2026-11-14T10:05:07Z', '2026-10-01T00:00:00.000Z'],
  [{ unit: 'year', zoned: false }, '2028-02-29T10:05:07Z', '2028-01-01T00:00:00.000Z'],
  [{ unit: 'week', zoned: false }, '2026-11-14T10:05:07Z', '2026-11-07T10:05:07.001Z'],
])('a unit (%o) that ends after %s begins at %s or later', (unit, instant, start) => {
  expect(iso(reachOf(unit, at(instant)))).toBe(start);
});

test.each<[CoarseUnit, string, readonly string[]]>([
  [{ unit: 'minute', zoned: true }, '2026-11-14T10:05:07Z', ['2026-11-14T10:05:00.000Z']],
  [{ unit: 'minute', zoned: true }, '2026-11-14T10:05:00Z', []],
  [{ unit: 'day', zoned: false }, '2026-11-14T00:00:00Z', []],
  [{ unit: 'year', zoned: false }, '2026-11-14T10:05:07Z', ['2026-01-01T00:00:00.000Z']],
])('a unit (%o) that contains %s may begin at %j', (unit, instant, starts) => {
  const spans = startsAround(unit, at(instant));
  expect(spans.map(({ gte }) => iso(gte))).toEqual(starts);
  for (const { gte, lt } of spans) expect(lt).toBe(gte + 1);
});

test.each([
  ['yyyy-MM', '2024-02-01T00:00:00Z', '2024-02-29T23:59:59.999Z'],
  ['yyyy-MM', '2026-12-01T00:00:00Z', '2026-12-31T23:59:59.999Z'],
  ['yyyy', '2028-01-01T00:00:00Z', '2028-12-31T23:59:59.999Z'],
  ['strict_weekyear_week', '2026-11-09T00:00:00Z', '2026-11-15T23:59:59.999Z'],
  ['strict_date', '2026-11-14T00:00:00Z', '2026-11-14T23:59:59.999Z'],
  ['epoch_millis', '2026-11-14T00:00:00Z', '2026-11-14T00:00:00.000Z'],
])('a date of the format %s that begins at %s lasts until %s', (format, start, last) => {
  expect(iso(lastOf(precisionOf(format, undefined), at(start)))).toBe(last);
});

describe('the units that a script looks for', () => {
  const forms = (format: string) => {
    const precision = precisionOf(format, ['at']);
    return precision?.kind === 'perhaps' ? precision : undefined;
  };

  test('come from all patterns and built-in formats, except number formats', () => {
    expect(forms("strict_date||yyyy-MM-dd HH:mm:ss||yyyy-MM'x'||epoch_millis")?.texts).toEqual({
      patterns: [{ pattern: 'yyyy-MM-dd HH:mm:ss' }, { pattern: "yyyy-MM'x'", unit: 'month' }],
      builtIn: ['day'],
      takesNumbers: true,
      locale: 'en',
    });
    expect(forms('yyyy||yyyy-MM')?.texts).toEqual({
      patterns: [
        { pattern: 'yyyy', unit: 'year' },
        { pattern: 'yyyy-MM', unit: 'month' },
      ],
      takesNumbers: false,
      locale: 'en',
    });
    expect(forms('yyyy||epoch_second')?.texts).not.toHaveProperty('builtIn');
  });

  test('are marked as zoned or odd if one alternative of the format is', () => {
    expect(precisionOf('yyyy-MM-dd HH||yyyy-MM-dd HHX', ['at'])).toEqual(always('hour', true));
    expect(forms('yyyy-MM||date_hour')?.units).toEqual([
      { unit: 'hour', zoned: false },
      { unit: 'month', zoned: false, isOdd: true },
    ]);
    expect(forms('yyyy-MM||yyyy')?.units.map((unit) => 'isOdd' in unit)).toEqual([false, false]);
  });

  test('are not searched in a format of more than 64 patterns', () => {
    const sections = (count: number) => `yyyy${'[-MM]'.repeat(count)}`;
    const patterns = (count: number) => Array.from({ length: count }, (_, at) => `yyyy-MM-dd'${at}'||yyyy-MM'${at}'`);
    expect(forms(patterns(32).join('||'))).toHaveProperty('paths');
    expect(forms(patterns(33).join('||'))).not.toHaveProperty('paths');
    expect(forms(sections(2))?.texts.patterns).toHaveLength(3);
  });

  test('have a maximum length, and an extra hour for a day in a zone that changes clocks', () => {
    const HOUR = 3_600_000;
    expect(unitParams({ unit: 'minute', zoned: true })).toMatchObject({ rank: 0, longest: HOUR / 60, slack: 0 });
    expect(unitParams({ unit: 'hour', zoned: true })).toMatchObject({ zoned: true, longest: HOUR, slack: 0 });
    expect(unitParams({ unit: 'day', zoned: true })).toMatchObject({ unit: 'day', longest: 24 * HOUR, slack: HOUR });
    expect(unitParams({ unit: 'day', zoned: false })).toMatchObject({ zoned: false, slack: 0 });
  });
});

describe('the possible starts of a date', () => {
  test('include the month before on the first day of a month in another zone', () => {
    const first = at('2026-11-01T12:00:00Z');
    expect(startsAround({ unit: 'month', zoned: true }, first)).toEqual([
      { gte: at('2026-09-30T00:00:00Z'), lt: at('2026-10-03T00:00:00Z') },
      { gte: at('2026-10-31T00:00:00Z'), lt: first },
    ]);
  });

  test('include the next month on the last day of a month in another zone', () => {
    const last = at('2026-10-31T12:00:00Z');
    expect(startsAround({ unit: 'month', zoned: true }, last)).toEqual([
      { gte: at('2026-09-30T00:00:00Z'), lt: at('2026-10-03T00:00:00Z') },
      { gte: at('2026-10-31T00:00:00Z'), lt: last },
    ]);
    const earlier = at('2026-10-31T00:00:00Z');
    expect(startsAround({ unit: 'month', zoned: true }, earlier)).toHaveLength(1);
  });

  test('lie in the last seven days for a week, whose first day is unknown', () => {
    const instant = at('2026-11-14T10:05:07Z');
    const [span, ...others] = startsAround({ unit: 'week', zoned: false }, instant);
    expect(others).toEqual([]);
    expect(span).toEqual({ gte: at('2026-11-07T10:05:07.001Z'), lt: instant });
  });

  test('are a single instant for an hour in UTC', () => {
    const instant = at('2026-11-14T10:05:07Z');
    const hour = at('2026-11-14T10:00:00Z');
    expect(startsAround({ unit: 'hour', zoned: false }, instant)).toEqual([{ gte: hour, lt: hour + 1 }]);
    expect(reachOf({ unit: 'minute', zoned: false }, instant)).toBe(at('2026-11-14T10:05:00Z'));
  });
});
