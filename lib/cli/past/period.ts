import { InputError } from '../../base/errors.ts';
import { DAY, parseDuration } from '../../policy/time/duration.ts';
import { type Instant, isoInstant, parseInstant } from '../../policy/time/instant.ts';
import type { Period } from '../../purge/report/run-history.ts';

/** The values of `--since` and `--until`. */
export interface AskedPeriod {
  readonly since?: string;
  readonly until?: string;
}

/** The help texts of the two options. */
export const SINCE = [
  '--since <when>',
  'from this date (2026-01-01), instant (ISO 8601), or time before now (P90D) on (default: P30D)',
] as const;
export const UNTIL = [
  '--until <when>',
  'to the end of this date, to this instant, or to this time before now (default: now)',
] as const;

const badPeriod = (expected: string, found: string): InputError =>
  new InputError('bad-period', {
    expected,
    found,
    fix: 'Write a date (2026-01-01, in UTC), an instant with its zone (2026-01-01T09:00:00Z), or a time before now (P90D).',
  });

const before = (text: string, now: Instant): Instant | undefined => {
  try {
    return now - parseDuration(text).milliseconds;
  } catch {
    return undefined;
  }
};

/**
 * Reads one end of a period.
 * @param wholeDay the milliseconds that are added to a date without a time.
 */
const readEnd = (option: string, text: string, now: Instant, wholeDay: number): Instant => {
  const midnight = parseInstant(`${text}T00:00:00Z`);
  const instant = midnight === undefined ? (parseInstant(text) ?? before(text, now)) : midnight + wholeDay;
  if (instant === undefined) throw badPeriod(`a date, an instant or a duration after ${option}`, 'something else');
  return instant;
};

/**
 * Reads the period that a person asks about. Dates are days in UTC, and `--until` includes its day. A period that
 * reaches into the future ends now.
 * @param text the values of the options; absent: the last 30 days.
 * @throws InputError `bad-period`
 */
export const readPeriod = ({ since, until }: AskedPeriod, now: Instant): Period => {
  const period = {
    since: since === undefined ? now - 30 * DAY : readEnd('--since', since, now, 0),
    until: until === undefined ? now : Math.min(now, readEnd('--until', until, now, DAY)),
  };
  if (period.since < period.until) return period;
  throw new InputError('bad-period', {
    expected: 'a period that begins in the past, and before it ends',
    found: `one from ${isoInstant(period.since)} to ${isoInstant(period.until)}`,
    fix: 'Give --since an earlier instant than --until. Without --since, the period begins thirty days ago.',
  });
};

/**
 * Reads the instant that `--at` names. A date means its end, in UTC.
 * @param text the value of the option; absent: now.
 * @throws InputError `bad-period`; also if the instant has not passed yet.
 */
export const readInstant = (text: string | undefined, now: Instant): Instant => {
  const instant = text === undefined ? now : readEnd('--at', text, now, DAY);
  if (instant <= now) return instant;
  throw badPeriod('an instant that has passed, or a date that has ended, after --at', isoInstant(instant));
};

/** The keys for programs. */
export const periodJson = ({ since, until }: Period) => ({ since: isoInstant(since), until: isoInstant(until) });
