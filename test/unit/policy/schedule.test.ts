import { describe, expect, test } from 'vitest';
import { isoInstant, parseInstant } from '../../../lib/policy/time/instant.ts';
import { assertSchedule, largestGap, nextRun } from '../../../lib/policy/time/schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const FROM = Date.UTC(2026, 0, 1);

function runsAfter(expression: string, timeZone: string, after: string, count: number): string[] {
  const runs: string[] = [];
  let at = parseInstant(after);
  while (at !== undefined && runs.length < count) {
    at = nextRun({ expression, timeZone }, at);
    if (at !== undefined) runs.push(isoInstant(at).replace(':00.000Z', 'Z'));
  }
  return runs;
}

describe('the next run', () => {
  test.each([
    ['rate(15 minutes)', '2026-11-24T09:07:30Z', '2026-11-24T09:22:30.000Z'],
    ['rate(1 day)', '2026-11-24T09:00:00Z', '2026-11-25T09:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-11-24T09:00:00Z', '2026-11-24T09:15:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-11-24T08:59:59.999Z', '2026-11-24T09:00:00.000Z'],
    ['cron(*/20 * * * ? *)', '2026-11-24T23:40:00Z', '2026-11-25T00:00:00.000Z'],
    ['cron(5,35 8-10 * * ? *)', '2026-11-24T10:35:00Z', '2026-11-25T08:05:00.000Z'],
    ['cron(5/30 * * * ? *)', '2026-11-24T09:06:00Z', '2026-11-24T09:35:00.000Z'],
    ['cron(0 3 ? * 1 *)', '2026-11-24T00:00:00Z', '2026-11-29T03:00:00.000Z'],
    ['cron(0 3 ? * SUN *)', '2026-11-24T00:00:00Z', '2026-11-29T03:00:00.000Z'],
    ['cron(0 3 ? * MON-FRI *)', '2026-11-27T03:00:00Z', '2026-11-30T03:00:00.000Z'],
    ['cron(0 3 ? * L *)', '2026-11-24T00:00:00Z', '2026-11-28T03:00:00.000Z'],
    ['cron(0 3 ? * 6L *)', '2026-11-01T00:00:00Z', '2026-11-27T03:00:00.000Z'],
    ['cron(0 3 ? * TUE#2 *)', '2026-11-01T00:00:00Z', '2026-11-10T03:00:00.000Z'],
    ['cron(0 3 L * ? *)', '2028-02-01T00:00:00Z', '2028-02-29T03:00:00.000Z'],
    ['cron(0 3 15W * ? *)', '2026-11-01T00:00:00Z', '2026-11-16T03:00:00.000Z'],
    ['cron(0 3 29 2 ? *)', '2026-11-24T00:00:00Z', '2028-02-29T03:00:00.000Z'],
    ['cron(0 3 1 JAN,JUL ? *)', '2026-11-24T00:00:00Z', '2027-01-01T03:00:00.000Z'],
    ['cron(0 3 1 1 ? 2030-2032)', '2026-11-24T00:00:00Z', '2030-01-01T03:00:00.000Z'],
  ])('of %s after %s is %s', (expression, after, next) => {
    const run = nextRun({ expression, timeZone: 'UTC' }, parseInstant(after) ?? Number.NaN);
    expect(isoInstant(run ?? Number.NaN)).toBe(next);
  });

  test.each(['cron(0 3 31 2 ? *)', 'cron(0 3 * * ? 2025)'])('of %s never comes', (expression) => {
    expect(nextRun({ expression, timeZone: 'UTC' }, FROM)).toBeUndefined();
  });

  test('is computed in the time zone of the schedule, even if the weekday in UTC differs', () => {
    expect(runsAfter('cron(0 1 ? * MON *)', 'Asia/Tokyo', '2026-11-24T00:00:00Z', 1)).toEqual(['2026-11-29T16:00Z']);
    expect(runsAfter('cron(0 20 ? * MON *)', 'America/Los_Angeles', '2026-11-24T00:00:00Z', 2)).toEqual([
      '2026-11-24T04:00Z',
      '2026-12-01T04:00Z',
    ]);
  });

  test('skips a time that daylight saving skips', () => {
    expect(runsAfter('cron(30 2 * * ? *)', 'Europe/Berlin', '2026-03-28T00:00:00Z', 2)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-30T00:30Z',
    ]);
  });

  test('occurs once if the clock shows a time twice', () => {
    expect(runsAfter('cron(30 2 * * ? *)', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
    expect(runsAfter('cron(0/30 * * * ? *)', 'Europe/Berlin', '2026-10-25T00:00:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T02:00Z',
    ]);
  });
});

describe('the largest gap', () => {
  test.each([
    ['rate(15 minutes)', 'UTC', 15 * MINUTE],
    ['cron(0/15 * * * ? *)', 'UTC', 15 * MINUTE],
    ['cron(0,50 * * * ? *)', 'UTC', 50 * MINUTE],
    ['cron(0/15 8-17 * * ? *)', 'UTC', 14 * HOUR + 15 * MINUTE],
    ['cron(0 3 ? * MON-FRI *)', 'UTC', 3 * DAY],
    ['cron(0 3 1/3 * ? *)', 'UTC', 3 * DAY],
    ['cron(0 3 1-30/3 * ? *)', 'UTC', 4 * DAY],
    ['cron(0 3 29 2 ? *)', 'UTC', 4 * 365 * DAY + DAY],
    ['cron(0/15 * * * ? *)', 'Europe/Berlin', 75 * MINUTE],
    ['cron(0/15 * * * ? *)', 'Australia/Lord_Howe', 45 * MINUTE],
    ['cron(0/15 * * * ? *)', 'Asia/Kolkata', 15 * MINUTE],
    ['cron(30 2 * * ? *)', 'Europe/Berlin', 47 * HOUR],
    ['cron(0 12 * * ? *)', 'America/New_York', 25 * HOUR],
    ['cron(0 3 31 2 ? *)', 'UTC', Number.POSITIVE_INFINITY],
    ['cron(0 3 * * ? 2020)', 'UTC', Number.POSITIVE_INFINITY],
    ['cron(0 3 * * ? 2020-2199)', 'UTC', Number.POSITIVE_INFINITY],
  ])('of %s in %s is %d ms', (expression, timeZone, gap) => {
    expect(largestGap({ expression, timeZone }, FROM)).toBe(gap);
  });

  test('of a yearly schedule contains the leap day', () => {
    const from = parseInstant('2026-11-24T00:00:00Z') ?? Number.NaN;
    expect(largestGap({ expression: 'cron(0 0 1 1 ? *)', timeZone: 'UTC' }, from)).toBe(366 * DAY);
  });
});

describe('a schedule that EventBridge would refuse', () => {
  test.each([
    ['rate(1 minutes)', /singular after 1/],
    ['rate(15 minute)', /singular after 1/],
    ['rate(0 minutes)', /whole number/],
    ['rate(1.5 hours)', /whole number/],
    ['rate(2 weeks)', /whole number/],
    ['at(2026-11-24T09:00:00)', /rate\(…\) or cron\(…\)/],
    ['*/15 * * * *', /rate\(…\) or cron\(…\)/],
    ['', /an empty text/],
    ['cron(0/15 * * * ?)', /six fields.*found 5/],
    ['cron(0 0/15 * * * ? *)', /six fields.*found 7/],
    ['cron(0 3 * * * *)', /'\?'/],
    ['cron(0 3 ? * ? *)', /'\?'/],
    ['cron(0 3 1 * MON *)', /'\?'/],
    ['cron(60 3 * * ? *)', /minutes within 0-59/],
    ['cron(0 24 * * ? *)', /hours within 0-23/],
    ['cron(0 3 0 * ? *)', /day of month within 1-31/],
    ['cron(0 3 32W * ? *)', /day of month within 1-31/],
    ['cron(0 3 LW * ? *)', /day of month within 1-31/],
    ['cron(0 3 * 13 ? *)', /month within 1-12 or JAN-DEC/],
    ['cron(0 3 * jan ? *)', /month within 1-12 or JAN-DEC/],
    ['cron(0 3 ? * 0 *)', /day of week within 1-7 or SUN-SAT/],
    ['cron(0 3 ? * 8 *)', /day of week within 1-7 or SUN-SAT/],
    ['cron(0 3 ? * MON#6 *)', /day of week/],
    ['cron(0 3 ? * MON#1,TUE#2 *)', /day of week/],
    ['cron(0 3 ? * 1/2 *)', /day of week/],
    ['cron(0 3 * * ? 1969)', /year within 1970-2199/],
    ['cron(30-10 3 * * ? *)', /ascending ranges/],
    ['cron(0/0 3 * * ? *)', /minutes/],
    ['cron(0/60 3 * * ? *)', /minutes/],
    ['cron(0, 3 * * ? *)', /found nothing/],
    ['cron(*-5 3 * * ? *)', /minutes/],
  ])('is refused: %s', (expression, message) => {
    expect(() => assertSchedule(expression)).toThrow(message);
  });

  test.each(['Mars/Olympus', '+02:00', 'CET+1', ''])('is refused with the time zone %j', (timeZone) => {
    expect(() => nextRun({ expression: 'cron(0 3 * * ? *)', timeZone }, FROM)).toThrow(/IANA time zone/);
  });
});
