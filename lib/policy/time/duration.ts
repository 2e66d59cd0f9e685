import { UnreadableValue } from '../parsing/unreadable-value.ts';

/** An exact length of time. A day always has 24 hours: neither daylight saving nor leap days change a promise. */
export interface Duration {
  /** As written in the policy, ISO 8601: `P14D`. */
  readonly iso: string;
  readonly milliseconds: number;
}

const SECOND = 1000;
/** In milliseconds, like {@link HOUR} and {@link DAY}. */
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** A century: longer than any promise, and short enough that now minus this is a valid date. */
const LONGEST_DURATION = 36_525 * DAY;

const EXACT = /^P(?=\d|T\d)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/;
const UNITS = [WEEK, DAY, HOUR, MINUTE, SECOND];
const YEARS_OR_MONTHS = /^P\d+(?:\.\d+)?[YM]/;
const EXPECTED = 'an ISO 8601 duration in weeks, days, hours, minutes or seconds, such as P14D or PT1H';

/**
 * Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds (seconds may have a fraction, to the
 * millisecond). Years and months are refused, because their length varies. Zero is refused unless `allowZero` is set.
 * @throws UnreadableValue with the expected form and the fix.
 */
export function parseDuration(text: string, options: { readonly allowZero?: boolean } = {}): Duration {
  const match = EXACT.exec(text);
  if (!match) throw unreadable(text, fixFor(text));
  const milliseconds = UNITS.reduce((sum, unit, i) => sum + Math.round(Number(match[i + 1] ?? 0) * unit), 0);
  if (milliseconds > LONGEST_DURATION) throw unreadable(text, 'Write at most P36525D, which is a century');
  if (milliseconds === 0 && !options.allowZero) throw unreadable(text, 'Write a duration longer than zero');
  return { iso: text, milliseconds };
}

function unreadable(text: string, fix: string): UnreadableValue {
  return new UnreadableValue({ expected: EXPECTED, found: text === '' ? 'an empty text' : text, fix });
}

function fixFor(text: string): string {
  if (YEARS_OR_MONTHS.test(text)) {
    return 'Years and months vary in length: write days instead (P1Y as P365D or P366D, P1M as P30D or P31D)';
  }
  if (/^[+-]|P.*-/.test(text)) return 'A duration has no sign: write it without';
  if (/\d[.,]\d+[WDHM]/.test(text))
    return 'Only seconds may have a fraction: write the rest in a smaller unit (PT1.5H as PT90M)';
  if (/^P\d+[HS]/.test(text)) return `Hours, minutes and seconds follow a T: write ${text.replace('P', 'PT')}`;
  if (EXACT.test(text.toUpperCase())) return `Write it in capitals: ${text.toUpperCase()}`;
  return 'Write for example P14D for fourteen days, or PT1H for an hour';
}

const PEOPLES_UNITS = [
  ['d', DAY],
  ['h', HOUR],
  ['min', MINUTE],
  ['s', SECOND],
] as const;

/**
 * Formats a length of time for people, in its largest unit and the next smaller unit: `14 d`, `3 h 20 min`, `250 ms`.
 * Smaller units are left out, not rounded up.
 * @param milliseconds a negative length gets a minus sign.
 */
export function describeDuration(milliseconds: number): string {
  if (milliseconds < 0) return `-${describeDuration(-milliseconds)}`;
  const largest = PEOPLES_UNITS.findIndex(([, length]) => milliseconds >= length);
  if (largest === -1) return milliseconds === 0 ? '0 s' : `${Math.floor(milliseconds)} ms`;
  let rest = milliseconds;
  const parts = PEOPLES_UNITS.slice(largest, largest + 2).map(([name, length]) => {
    const amount = Math.floor(rest / length);
    rest -= amount * length;
    return amount > 0 ? `${amount} ${name}` : '';
  });
  return parts.filter((part) => part !== '').join(' ');
}
