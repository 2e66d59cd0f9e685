import { UnreadableValue } from '../parsing/unreadable-value.ts';
import { type Duration, parseDuration } from './duration.ts';

/** A period of years and months. Its length depends on the start day and on the time zone. */
export interface CalendarPeriod {
  /** As written in the policy, ISO 8601: `P2Y`, `P6M`, `P1Y6M`. */
  readonly iso: string;
  /** Years included: 24 for `P2Y`. */
  readonly months: number;
}

/** A century, like the limit of a {@link Duration}. */
const MAX_MONTHS = 1200;

const CALENDAR = /^P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?$/;
const BEGINS_WITH_YEARS_OR_MONTHS = /^P\d+(?:[.,]\d+)?[YM]/;
const EXPECTED = 'an ISO 8601 duration, such as P14D or PT1H, or years and months, such as P2Y or P6M';

/** Whether a period is counted by the calendar, so that it is not an exact duration. */
export const isCalendarPeriod = (period: Duration | CalendarPeriod): period is CalendarPeriod => 'months' in period;

/**
 * Reads an age: an exact duration ({@link parseDuration}), or years and months, which are counted by the calendar.
 * @throws UnreadableValue if it is neither, is zero, or is longer than a century.
 */
export function parseAge(text: string): Duration | CalendarPeriod {
  const match = CALENDAR.exec(text);
  if (match) return { iso: text, months: monthsOf(text, Number(match[1] ?? 0), Number(match[2] ?? 0)) };
  if (CALENDAR.test(text.toUpperCase())) throw unreadable(text, `Write it in capitals: ${text.toUpperCase()}`);
  if (BEGINS_WITH_YEARS_OR_MONTHS.test(text))
    throw unreadable(
      text,
      'Write whole years and months alone (P2Y, P6M, P1Y6M), or weeks, days and hours alone (P14D): a mixture could be counted in two ways',
    );
  try {
    return parseDuration(text);
  } catch (error) {
    // Its message leaves out years and months, which are accepted here.
    if (error instanceof UnreadableValue) throw new UnreadableValue({ ...error.finding, expected: EXPECTED });
    throw error;
  }
}

function monthsOf(text: string, years: number, months: number): number {
  const sum = years * 12 + months;
  if (sum > MAX_MONTHS) throw unreadable(text, 'Write at most P100Y, which is a century');
  if (sum === 0) throw unreadable(text, 'Write a period longer than zero');
  return sum;
}

function unreadable(text: string, fix: string): UnreadableValue {
  return new UnreadableValue({ expected: EXPECTED, found: text, fix });
}
