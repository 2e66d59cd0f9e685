import { UnreadableValue } from '../parsing/unreadable-value.ts';
import { type CronExpression, parseCronExpression } from './cron-expression.ts';
import { DAY } from './duration.ts';
import type { Instant } from './instant.ts';
import { instantsOfDay, offsetsOf } from './wall-clock.ts';

/** When a category's function runs. */
export interface Schedule {
  /** In EventBridge's syntax: `rate(15 minutes)` or `cron(0/15 * * * ? *)`. */
  readonly expression: string;
  /** IANA name of the zone in which a `cron(…)` is read: `UTC`, `Europe/Berlin`. */
  readonly timeZone: string;
}

/** Four years and a day or two: they contain every daylight saving change, every length of month and a leap day. */
const OBSERVED = 1463 * DAY;

const MILLISECONDS = { minute: 60_000, hour: 3_600_000, day: DAY };

/**
 * Checks that a schedule can be read.
 * @throws UnreadableValue
 */
export function assertSchedule(expression: string): void {
  read(expression);
}

/**
 * The next run after an instant; `undefined` if there is none.
 * A `rate(…)` counts from the creation of its rule, which only EventBridge knows. If `after` is the last run, the
 * result is exactly the next run. Otherwise it is the latest time at which the next run can come.
 * @throws UnreadableValue if schedule or time zone cannot be read.
 */
export function nextRun(schedule: Schedule, after: Instant): Instant | undefined {
  const timing = read(schedule.expression);
  if (typeof timing === 'number') return after + timing;
  for (const run of runsOf(timing, schedule.timeZone, after)) return run;
  return undefined;
}

/**
 * The longest time without a run, in milliseconds, in the four years after an instant; infinite if the runs end or
 * never come.
 * @throws UnreadableValue if schedule or time zone cannot be read.
 */
export function largestGap(schedule: Schedule, from: Instant): number {
  const timing = read(schedule.expression);
  if (typeof timing === 'number') return timing;
  if (!timing.isEndless) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let previous = from;
  for (const run of runsOf(timing, schedule.timeZone, from)) {
    largest = Math.max(largest, run - previous);
    previous = run;
    if (run > from + OBSERVED) return largest;
  }
  return Number.POSITIVE_INFINITY;
}

/** The runs strictly after an instant, ascending. */
function* runsOf(cron: CronExpression, timeZone: string, after: Instant): Generator<Instant> {
  const offsetAt = offsetsOf(timeZone);
  // Starts two days before the instant's UTC day: no wall clock differs from UTC by more than that.
  let day = cron.dayAfter(Math.floor(after / DAY) * DAY - 2 * DAY);
  while (day !== undefined) {
    yield* instantsOfDay(day, cron.minutesOfDay, offsetAt).filter((run) => run > after);
    day = cron.dayAfter(day);
  }
}

/** Parses a schedule: milliseconds between the runs of a `rate(…)`, or a cron expression. */
function read(expression: string): number | CronExpression {
  const cron = /^cron\((.*)\)$/.exec(expression)?.[1];
  return cron === undefined ? readRate(expression) : parseCronExpression(cron);
}

function readRate(expression: string): number {
  const [, value, unit, plural] = /^rate\(([1-9]\d{0,5}) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  if (!value || !unit || (plural === '') !== (value === '1')) throw unreadable(expression);
  return Number(value) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
}

function unreadable(expression: string): UnreadableValue {
  const isRate = expression.startsWith('rate(');
  return new UnreadableValue({
    expected: 'a schedule in EventBridge syntax, rate(…) or cron(…)',
    found: expression === '' ? 'an empty text' : expression,
    fix: isRate
      ? 'Write rate(1 minute), rate(15 minutes), rate(1 hour), rate(6 hours) or rate(1 day): a whole number, singular after 1, plural otherwise'
      : 'Write for example rate(15 minutes), or cron(0/15 * * * ? *)',
  });
}

/** Validation reads no clock. It always uses the four years from this date, so that every run gives the same result. */
const OBSERVED_FROM = Date.UTC(2026, 0, 1);

/** The longest time between two runs, in milliseconds; infinite for a schedule that ends. */
export const observedGap = (schedule: Schedule): number => largestGap(schedule, OBSERVED_FROM);
