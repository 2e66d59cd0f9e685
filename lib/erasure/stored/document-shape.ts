import { isRecord } from '../../base/objects.ts';
import type { Instant } from '../../policy/time/instant.ts';

/** An unchecked JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Checks whether any value has a certain shape. */
export type Shape = (value: unknown) => boolean;

/** The end of the year 9999. Later instants are written with a sign, which the server cannot read. */
export const LAST_INSTANT: Instant = 253_402_300_799_999;

/** A value as an object with fields; undefined if it is none. */
export const recordIn = (value: unknown): Fields | undefined => (isRecord(value) ? value : undefined);

/** Any text. */
export const isText: Shape = (value) => typeof value === 'string';

/** A text that a receipt can contain. */
export const isPlainText: Shape = (value) => typeof value === 'string' && value !== '' && value.isWellFormed();

/** True or false. */
export const isFlag: Shape = (value) => typeof value === 'boolean';

/** A non-negative integer. */
export const isCount: Shape = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

/** An instant from 1970 to 9999. */
export const isInstant: Shape = (value) => isCount(value) && (value as number) <= LAST_INSTANT;

/** One of the given values. */
export const oneOf =
  (values: readonly string[]): Shape =>
  (value) =>
    typeof value === 'string' && values.includes(value);

/** A value that may be absent. Null does not count as absent: none of our code writes it. */
export const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value);

/** A list whose items all have this shape. */
export const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape);

/** An object with these fields; other fields are ignored. */
export const objectOf =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value) => {
    const found = recordIn(value);
    return found !== undefined && Object.entries(fields).every(([name, shape]) => shape(found[name]));
  };
