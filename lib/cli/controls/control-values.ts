import { InputError } from '../../base/errors.ts';
import { DAY, type Duration, HOUR, MINUTE, parseDuration } from '../../policy/time/duration.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';

/** How long a pause lasts without `--until`. */
const USUAL_PAUSE = 24 * HOUR;
/** A pause breaks promises long before this limit, so a later end is a typing error. */
const LONGEST_PAUSE = 366 * DAY;
/** How long `hold` and `pause` wait for requests that are still destroying, unless `--wait` says otherwise. */
const USUAL_WAIT = 1.5 * MINUTE;
/** The longest text of an option. */
const LONGEST_TEXT = 1_000;

const badValue = (option: string, expected: string, found: string): InputError =>
  new InputError('bad-control', {
    expected: `${expected} after ${option}`,
    found,
    fix: 'Nothing was done. Correct this, and run the command again.',
  });

/**
 * A text that a person gives: a reason or a name.
 * @throws InputError `bad-control`
 */
export const readText = (option: string, text: string): string => {
  const trimmed = text.trim();
  if (trimmed === '') throw badValue(option, 'a text', 'none');
  if (trimmed.length > LONGEST_TEXT) throw badValue(option, `at most ${LONGEST_TEXT} characters`, `${trimmed.length}`);
  return trimmed;
};

/**
 * A date or an instant in the future. A date means its beginning, in UTC.
 * @throws InputError `bad-control`
 */
export const readFuture = (option: string, text: string, now: Instant): Instant => {
  const instant = parseInstant(text) ?? parseInstant(`${text}T00:00:00Z`);
  if (instant === undefined) throw badValue(option, 'a date (2027-03-01) or an ISO 8601 instant', 'something else');
  if (instant <= now) throw badValue(option, 'a date in the future', 'one in the past');
  return instant;
};

/** The end of a pause. @throws InputError `bad-control` */
export const readUntil = (until: string | undefined, now: Instant): Instant => {
  if (until === undefined) return now + USUAL_PAUSE;
  const end = readFuture('--until', until, now);
  if (end - now > LONGEST_PAUSE) throw badValue('--until', 'a date within the next 366 days', 'a later one');
  return end;
};

/** Milliseconds to wait. @throws InputError `bad-control` */
export const readWait = (wait: string | undefined): number => {
  if (wait === undefined) return USUAL_WAIT;
  let duration: Duration;
  try {
    duration = parseDuration(wait, { allowZero: true });
  } catch {
    throw badValue('--wait', 'an ISO 8601 duration such as PT90S', 'something else');
  }
  return duration.milliseconds;
};
