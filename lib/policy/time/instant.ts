/** Epoch milliseconds, UTC. Instants are numbers everywhere in the core; clocks are read at the edge only. */
export type Instant = number;

/** Tells the time by the clock of the machine that runs es-retention, not by the clock of the cluster. */
export type Clock = () => Instant;

const ISO_INSTANT =
  /^(?<day>\d{4}-\d{2}-\d{2})T(?<hour>[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Formats an instant as ISO 8601 in UTC with milliseconds: `2026-11-24T09:00:00.000Z`.
 * @throws RangeError if the instant is outside the range of a date.
 */
export function isoInstant(instant: Instant): string {
  return new Date(instant).toISOString();
}

/**
 * Reads a strict ISO 8601 instant: a full calendar date, hours and minutes, and a zone (`Z` or `+hh:mm`). Digits beyond
 * the millisecond are dropped. Any other text, even 30 February, gives `undefined`.
 */
export function parseInstant(text: string): Instant | undefined {
  const day = ISO_INSTANT.exec(text)?.groups?.day;
  return day !== undefined && isCalendarDate(day) ? Date.parse(text) : undefined;
}

/** The start of the calendar month, quarter or year (1, 3 or 12 months) that contains an instant, in UTC. */
export function startOfMonths(instant: Instant, months: 1 | 3 | 12): Instant {
  const date = new Date(instant);
  const month = date.getUTCMonth();
  return Date.UTC(date.getUTCFullYear(), month - (month % months));
}

/** Whether `YYYY-MM-DD` names a day that exists. `Date` would turn 30 February into a day of March. */
function isCalendarDate(day: string): boolean {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight) && isoInstant(midnight).startsWith(day);
}
