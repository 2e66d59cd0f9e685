import { type Instant, isoInstant } from '../../policy/time/instant.ts';

export { count, number } from '../../base/number-text.ts';

/** The beginning of a subject's hash, which is enough to tell two of them apart. */
export const shortHash = (hash: string): string => `${hash.slice(0, 12)}…`;

/** `2026-11-24 09:00`, in UTC. */
export const minute = (instant: Instant): string => isoInstant(instant).slice(0, 16).replace('T', ' ');

/**
 * The time of a wall clock in a zone. The date is added unless it is that of `today`: `14:15 UTC`, `2026-11-25 00:15
 * GMT+1`.
 */
export const wallTime = (instant: Instant, timeZone: string, today: Instant): string => {
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(instant);
  return day.format(instant) === day.format(today) ? time : `${day.format(instant)} ${time}`;
};
