import { UnreadableValue } from '../parsing/unreadable-value.ts';

/** One of the six fields of an EventBridge cron expression. */
export interface CronField {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Three-letter names in ascending order. The first name stands for `low`. */
  readonly names?: readonly string[];
  readonly steps?: false;
}

export const MINUTES: CronField = { name: 'minutes', low: 0, high: 59 };
export const HOURS: CronField = { name: 'hours', low: 0, high: 23 };
export const DAY_OF_MONTH: CronField = { name: 'day of month', low: 1, high: 31 };
export const MONTH: CronField = {
  name: 'month',
  low: 1,
  high: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
export const DAY_OF_WEEK: CronField = {
  name: 'day of week',
  low: 1,
  high: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  steps: false,
};
export const YEAR: CronField = { name: 'year', low: 1970, high: 2199 };

const ITEM = /^(?:(?<all>\*)|(?<from>\w+)(?:-(?<to>\w+))?)(?:\/(?<step>\d+))?$/;

/**
 * Expands one field to its numbers, ascending: `*`, `5`, `MON-FRI`, `1,15`, `0/15` (from 0, every 15), `*\/2`. The
 * caller handles `L`, `W`, `#` and `?`.
 * @throws UnreadableValue naming the field and its range.
 */
export function expandField(text: string, field: CronField): number[] {
  const values = new Set(text.split(',').flatMap((item) => expandItem(item, field)));
  return [...values].sort((a, b) => a - b);
}

function expandItem(item: string, field: CronField): number[] {
  const parts = ITEM.exec(item)?.groups;
  if (!parts) throw unreadableField(item, field);
  const from = parts.all ? field.low : numberIn(field, parts.from ?? '');
  const isOpen = parts.all !== undefined || (parts.to === undefined && parts.step !== undefined);
  const to = isOpen ? field.high : numberIn(field, parts.to ?? parts.from ?? '');
  const step = Number(parts.step ?? 1);
  const isStepAllowed = parts.step === undefined || field.steps !== false;
  if (from > to || step < 1 || step > field.high || !isStepAllowed) throw unreadableField(item, field);
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

/**
 * Reads one number or three-letter name of a field.
 * @throws UnreadableValue if it is neither, or is outside the field's range.
 */
export function numberIn(field: CronField, text: string): number {
  const named = field.names?.indexOf(text) ?? -1;
  if (named >= 0) return named + field.low;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.low && value <= field.high) return value;
  throw unreadableField(text, field);
}

/** The error for a field that cannot be read. */
export function unreadableField(found: string, { name, low, high, names, steps }: CronField): UnreadableValue {
  const range = names ? `${low}-${high} or ${names[0]}-${names.at(-1)}` : `${low}-${high}`;
  return new UnreadableValue({
    expected: `${name} within ${range} in a cron(minutes hours day-of-month month day-of-week year) expression`,
    found: found === '' ? 'nothing' : `'${found}'`,
    fix: `Write numbers, ascending ranges (a-b)${steps === false ? '' : ', steps (a/n)'} or lists (a,b), as EventBridge does. Write names such as MON in capitals`,
  });
}
