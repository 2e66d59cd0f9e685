import * as z from 'zod';
import type { Explanation } from '../../base/explanation.ts';
import { parseAge } from '../time/calendar-period.ts';
import { parseDuration } from '../time/duration.ts';
import { parseInstant } from '../time/instant.ts';
import { assertSchedule } from '../time/schedule.ts';
import { offsetsOf } from '../time/wall-clock.ts';
import { UnreadableValue } from './unreadable-value.ts';

// The kinds of values in a policy file. The `error` of a check is the text after "expected" in the message.

type Meta = { readonly description: string; readonly examples?: string[]; readonly pattern?: string };

/**
 * The policy's version is a hash of its canonical JSON, and its texts are signed in receipts. Text with half of a
 * surrogate pair has no canonical form.
 */
const WELL_FORMED = 'text without half of a surrogate pair';

/** A text that is not empty. */
export const text = (description: string) =>
  z
    .string()
    .regex(/\S/, { error: 'text that is not empty' })
    .refine((value) => value.isWellFormed(), { error: WELL_FORMED })
    .meta({ description });

/** A calendar date: `2023-09-08`. */
export const date = (description: string) =>
  z.iso.date({ error: 'a calendar date such as 2023-09-08' }).meta({ description, examples: ['2023-09-08'] });

/** The path of one field of documents. */
export const field = (description: string) =>
  z
    .string()
    .regex(/^(?!_[^_])[^\s*,.]+(?:\.[^\s*,.]+)*$/, {
      error:
        "the path of one field of documents, such as event.ingested (names that begin with one _ are Elasticsearch's own)",
    })
    .refine((value) => value.isWellFormed(), { error: WELL_FORMED })
    .meta({ description });

/** A text that is parsed into a value. `read` returns the value, or throws an UnreadableValue. */
function meaningful<T>(read: (text: string) => T, meta: Meta) {
  return z
    .string()
    .meta(meta)
    .transform((value, context): T => {
      try {
        return read(value);
      } catch (error) {
        if (!(error instanceof UnreadableValue)) throw error;
        context.issues.push({ code: 'custom', input: value, message: error.message, params: { ...error.finding } });
        return z.NEVER;
      }
    });
}

/** A text that is kept unchanged, if `check` finds no fault. */
export const checked = (check: (text: string) => Explanation | undefined, meta: Meta) =>
  meaningful((value) => {
    if (!value.isWellFormed())
      throw new UnreadableValue({
        expected: WELL_FORMED,
        found: value,
        fix: 'Write the whole character, or remove it',
      });
    const finding = check(value);
    if (finding) throw new UnreadableValue(finding);
    return value;
  }, meta);

/** An exact duration, read by `parseDuration`. */
export const duration = (description: string, example: string, options: { readonly allowZero?: boolean } = {}) =>
  meaningful((value) => parseDuration(value, options), {
    description,
    examples: [example],
    pattern: '^P[0-9.WDTHMS]+$',
  });

/** An age, read by `parseAge`. */
export const age = (description: string) =>
  meaningful(parseAge, { description, examples: ['P14D', 'P2Y'], pattern: '^P[0-9.YWDTHMS]+$' });

/** An ISO 8601 instant with its zone, read as epoch milliseconds. */
export const instant = (description: string) =>
  meaningful(
    (value) => {
      const read = parseInstant(value);
      if (read !== undefined) return read;
      const expected = 'an ISO 8601 instant with its zone, such as 2015-01-01T00:00:00Z';
      throw new UnreadableValue({
        expected,
        found: value,
        fix: 'Write date, T, time, and Z or an offset such as +02:00',
      });
    },
    { description, examples: ['2015-01-01T00:00:00Z'] },
  );

/** A schedule in EventBridge syntax, kept as text. */
export const schedule = meaningful(
  (value) => {
    assertSchedule(value);
    return value;
  },
  {
    description: "When the category's function runs, in EventBridge syntax: rate(15 minutes), or cron(0/15 * * * ? *)",
    examples: ['rate(15 minutes)', 'cron(0/15 * * * ? *)'],
    pattern: '^(rate|cron)\\(.+\\)$',
  },
);

/** An IANA time zone, kept as text. */
export const timeZone = meaningful(
  (value) => {
    offsetsOf(value);
    return value;
  },
  {
    description:
      'IANA time zone in which a cron(…) schedule is read, and in which the years and months of an age rule are counted',
    examples: ['UTC', 'Europe/Berlin'],
  },
);
