import { Cron } from 'croner';
import { UnreadableValue } from '../parsing/unreadable-value.ts';
import {
  type CronField,
  DAY_OF_MONTH,
  DAY_OF_WEEK,
  expandField,
  HOURS,
  MINUTES,
  MONTH,
  numberIn,
  unreadableField,
  YEAR,
} from './cron-field.ts';

/** The times at which a cron expression runs, by the wall clock of any time zone. */
export interface CronExpression {
  /** Minutes after midnight, ascending. They are the same on every day of the schedule. */
  readonly minutesOfDay: readonly number[];
  /**
   * The first day of the schedule after the given day; `undefined` if there is none. Days are midnight UTC in epoch
   * milliseconds.
   */
  readonly dayAfter: (midnight: number) => number | undefined;
  /** False if the expression names years, because then the runs end some day. */
  readonly isEndless: boolean;
}

/**
 * Reads the six fields of an EventBridge `cron(…)`. Croner computes the days. The differences of EventBridge are
 * translated here: `?`, weekdays counted from 1 = SUN, `5/10` and `6L`.
 * @param fields the text inside the parentheses.
 * @throws UnreadableValue
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function parseCronExpression(fields: string): CronExpression {
  const parts = fields.trim().split(/\s+/);
  const [minutes = '', hours = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = parts;
  if (parts.length !== 6) throw wrongNumberOfFields(parts.length);
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw wrongQuestionMarks(`${dayOfMonth} … ${dayOfWeek}`);
  const hoursOfDay = expandField(hours, HOURS);
  const minutesOfHour = expandField(minutes, MINUTES);
  const pattern = [
    '0',
    '0',
    '0',
    cronerDayOfMonth(dayOfMonth),
    cronerList(month, MONTH),
    cronerDayOfWeek(dayOfWeek),
    cronerList(year, YEAR),
  ];
  return {
    minutesOfDay: hoursOfDay.flatMap((hour) => minutesOfHour.map((minute) => hour * 60 + minute)),
    dayAfter: daysOf(pattern.join(' ')),
    isEndless: year === '*',
  };
}

function daysOf(pattern: string): CronExpression['dayAfter'] {
  const cron = new Cron(pattern, { mode: '7-part', timezone: 'UTC', alternativeWeekdays: true });
  return (midnight) => cron.nextRun(new Date(midnight))?.getTime();
}

function cronerList(text: string, field: CronField): string {
  return text === '*' ? '*' : expandField(text, field).join(',');
}

function cronerDayOfMonth(text: string): string {
  if (text === '?') return '*';
  if (text === 'L') return 'L';
  const nearestWeekday = /^(\d+)W$/.exec(text);
  return nearestWeekday?.[1] ? `${numberIn(DAY_OF_MONTH, nearestWeekday[1])}W` : cronerList(text, DAY_OF_MONTH);
}

function cronerDayOfWeek(text: string): string {
  if (text === '?') return '*';
  if (text === 'L') return '7';
  const special = /^(\w+?)(L|#.*)$/.exec(text);
  if (!special?.[1] || !special[2]) return cronerList(text, DAY_OF_WEEK);
  const day = numberIn(DAY_OF_WEEK, special[1]);
  if (special[2] === 'L') return `${day}#L`;
  if (!/^#[1-5]$/.test(special[2])) throw unreadableField(text, DAY_OF_WEEK);
  return `${day}${special[2]}`;
}

function wrongNumberOfFields(count: number): UnreadableValue {
  return new UnreadableValue({
    expected: 'six fields: cron(minutes hours day-of-month month day-of-week year)',
    found: `${count}`,
    fix: 'EventBridge has no field for seconds, but requires a field for the year: cron(0/15 * * * ? *) is every quarter of an hour',
  });
}

function wrongQuestionMarks(found: string): UnreadableValue {
  return new UnreadableValue({
    expected: "'?' in either day of month or day of week, and not in both",
    found: `'${found}'`,
    fix: "EventBridge reads days from only one of the two fields: write '?' in the other, such as cron(0 3 * * ? *)",
  });
}
