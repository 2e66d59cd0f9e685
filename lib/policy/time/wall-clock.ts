import { UnreadableValue } from '../parsing/unreadable-value.ts';
import { DAY } from './duration.ts';
import type { Instant } from './instant.ts';

const MINUTE = 60_000;

/** Offset of a zone's wall clock from UTC, in milliseconds, at an instant. */
type OffsetAt = (instant: Instant) => number;

/**
 * The offsets of an IANA time zone, as the runtime's own zone data has them.
 * @throws UnreadableValue if the runtime does not know the zone.
 */
export function offsetsOf(timeZone: string): OffsetAt {
  const format = formatIn(timeZone);
  return (instant) => {
    const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = 0, minutes = 0, seconds = 0] = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * MINUTE + Number(seconds) * 1000);
  };
}

/**
 * The current, usual name of a time zone. Other programs may have dropped old names.
 * @throws UnreadableValue if the runtime does not know the zone.
 */
export function canonicalZone(timeZone: string): string {
  return formatIn(timeZone).resolvedOptions().timeZone;
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  try {
    if (/^[A-Za-z]/.test(timeZone)) return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {}
  throw new UnreadableValue({
    expected: 'an IANA time zone, such as UTC or Europe/Berlin',
    found: timeZone === '' ? 'an empty text' : timeZone,
    fix: 'Write the name as in the IANA time zone database (an offset such as +02:00 has no daylight saving time)',
  });
}

/**
 * The instants at which the wall clock shows the given minutes of one day, as EventBridge Scheduler reads them. A
 * minute that the clock skips has no instant. A minute that it shows twice counts once.
 * @param midnight the day, as midnight UTC in epoch milliseconds.
 * @param minutesOfDay ascending.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
export function instantsOfDay(midnight: number, minutesOfDay: readonly number[], offsetAt: OffsetAt): Instant[] {
  const before = offsetAt(midnight - DAY);
  const after = offsetAt(midnight + 2 * DAY);
  const walls = minutesOfDay.map((minute) => midnight + minute * MINUTE);
  if (before === after) return walls.map((wall) => wall - before);
  // A repeated minute counts when it is shown first. It is not known which of the two EventBridge uses, but the length
  // of the gaps does not depend on it.
  return walls.flatMap(
    (wall) => [before, after].map((offset) => wall - offset).find((i) => offsetAt(i) === wall - i) ?? [],
  );
}
