import { DAY, HOUR, MINUTE } from '../../lib/policy/time/duration.ts';
import { type Instant, isoInstant } from '../../lib/policy/time/instant.ts';
import fc from '../support/run/fast-check.ts';

/** A date format, a text in it, and the period that the text names. */
export interface DatedText {
  readonly format: string;
  readonly value: string | number;
  readonly start: Instant;
  /** Exclusive; one millisecond after the start of what names a second. */
  readonly end: Instant;
}

type Unit = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

/** The parts of a local date that texts are made of, by pattern. */
const PARTS: Readonly<Record<string, (local: Date) => string>> = {
  yyyy: (local) => isoInstant(local.getTime()).slice(0, 4),
  uuuu: (local) => isoInstant(local.getTime()).slice(0, 4),
  MM: (local) => isoInstant(local.getTime()).slice(5, 7),
  M: (local) => `${local.getUTCMonth() + 1}`,
  MMM: (local) => local.toLocaleString('en', { month: 'short', timeZone: 'UTC' }),
  dd: (local) => isoInstant(local.getTime()).slice(8, 10),
  d: (local) => `${local.getUTCDate()}`,
  DDD: (local) => `${Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0)) / DAY) + 1}`.padStart(3, '0'),
  HH: (local) => isoInstant(local.getTime()).slice(11, 13),
  H: (local) => `${local.getUTCHours()}`,
  'hh a': (local) =>
    `${`${local.getUTCHours() % 12 || 12}`.padStart(2, '0')} ${local.getUTCHours() < 12 ? 'AM' : 'PM'}`,
  mm: (local) => isoInstant(local.getTime()).slice(14, 16),
  ss: (local) => isoInstant(local.getTime()).slice(17, 19),
};

const signed = (minutes: number, separator: string): string => {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const two = (number: number): string => `${number}`.padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(hours)}${separator}${two(rest)}`;
};

/** How zones are written; undefined where a zone cannot be. */
const ZONES: Readonly<Record<string, (minutes: number) => string | undefined>> = {
  Z: (minutes) => signed(minutes, ''),
  xx: (minutes) => signed(minutes, ''),
  XX: (minutes) => (minutes === 0 ? 'Z' : signed(minutes, '')),
  XXX: (minutes) => (minutes === 0 ? 'Z' : signed(minutes, ':')),
  xxx: (minutes) => signed(minutes, ':'),
  X: (minutes) => (minutes === 0 ? 'Z' : signed(minutes, '').replace(/00$/, '')),
  XXXX: (minutes) => (minutes === 0 ? 'Z' : `${signed(minutes, '')}00`),
  XXXXX: (minutes) => (minutes === 0 ? 'Z' : signed(minutes, ':')),
  VV: (minutes) => (minutes === -300 ? 'Etc/GMT+5' : signed(minutes, ':')),
  z: (minutes) => (minutes === 0 ? 'UTC' : undefined),
  OOOO: (minutes) => (minutes === 0 ? 'GMT' : `GMT${signed(minutes, ':')}`),
};

const startOf = (unit: Unit, local: Instant): Instant => {
  const date = new Date(local);
  if (unit === 'year') return Date.UTC(date.getUTCFullYear(), 0);
  if (unit === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const length = { day: DAY, hour: HOUR, minute: MINUTE, second: 1000 }[unit];
  return local - (local % length);
};

const endOf = (unit: Unit, start: Instant): Instant => {
  const date = new Date(start);
  if (unit === 'year') return Date.UTC(date.getUTCFullYear() + 1, 0);
  if (unit === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  return start + { day: DAY, hour: HOUR, minute: MINUTE, second: 1 }[unit];
};

/** One part of a pattern, and whether it stands for itself. */
interface Token {
  readonly pattern: string;
  readonly text?: string;
}

const part = (...patterns: readonly string[]): fc.Arbitrary<Token> =>
  fc.constantFrom(...patterns).map((pattern) => ({ pattern }));
const year = part('yyyy', 'uuuu');
const month = part('MM', 'M', 'MMM');
const day = part('dd', 'd');
const hour = part('HH', 'H', 'hh a');
const PERIODS: Readonly<Record<Unit, readonly (readonly fc.Arbitrary<Token>[])[]>> = {
  year: [[year]],
  month: [[year, month]],
  day: [
    [year, month, day],
    [year, part('DDD')],
  ],
  hour: [
    [year, month, day, hour],
    [year, part('DDD'), hour],
  ],
  minute: [[year, month, day, hour, part('mm')]],
  second: [[year, month, day, part('HH'), part('mm'), part('ss')]],
};

/** Digits need no quotes. */
const literal = fc.constantFrom<Token>(
  { pattern: "'v2 '", text: 'v2 ' },
  { pattern: "-'01'", text: '-01' },
  { pattern: ' 00:00:00', text: ' 00:00:00' },
  { pattern: "'T00:00:00Z'", text: 'T00:00:00Z' },
  { pattern: '年', text: '年' },
);
const separator = fc.constantFrom('-', '/', '.', ' ', ':', '', ',');
const other = fc.constantFrom(
  'epoch_millis',
  'epoch_second',
  'strict_date_optional_time',
  'date_optional_time',
  "yyyy-MM-dd'T'HH:mm:ss.SSS",
  'strict_date',
  'yyyy-MM',
  'yyyyMMddHHmmss',
);

const shape = fc.constantFrom<Unit>('year', 'month', 'day', 'hour', 'minute', 'second').chain((unit) =>
  fc
    .constantFrom(...PERIODS[unit])
    .chain((parts) => fc.tuple(...parts))
    .chain((parts) =>
      fc.constantFrom<readonly Token[]>(parts, parts.toReversed(), [...parts.slice(1), parts[0] as Token]),
    )
    .map((parts) => ({ unit, parts })),
);

const zone = fc.record({
  letters: fc.constantFrom(...Object.keys(ZONES)),
  minutes: fc.constantFrom(-300, -330, 0, 330, 540, 307),
  gap: fc.constantFrom('', ' '),
  isFirst: fc.boolean(),
});

/**
 * Formats of every order, separator, zone and literal, alone or beside others, each with a text of an instant of 2024
 * or 2025.
 */
export const datedText: fc.Arbitrary<DatedText | undefined> = fc
  .record({
    shape,
    separator,
    inside: fc.integer({ min: Date.UTC(2024, 0, 3), max: Date.UTC(2025, 11, 20) }),
    zone: fc.option(zone, { freq: 2 }),
    before: fc.option(literal, { freq: 6 }),
    after: fc.option(literal, { freq: 3 }),
    others: fc.array(other, { maxLength: 2 }),
    isFirst: fc.boolean(),
    isNumber: fc.boolean(),
  })
  .map(({ shape: { unit, parts }, inside, others, isFirst, isNumber, ...form }) => {
    const minutes = form.zone?.minutes ?? 0;
    const start = startOf(unit, inside + minutes * MINUTE);
    const zoneText = form.zone === null ? '' : ZONES[form.zone.letters]?.(minutes);
    if (zoneText === undefined) return undefined;
    const sides = (date: string, of: (token: Token) => string, ofZone: string): string => {
      const whole = [form.before, form.after].map((token) => (token === null ? '' : of(token)));
      const dated = `${whole[0]}${date}${whole[1]}`;
      if (form.zone === null) return dated;
      const { gap } = form.zone;
      return form.zone.isFirst ? `${ofZone}${gap}${dated}` : `${dated}${gap}${ofZone}`;
    };
    const local = new Date(start);
    const pattern = sides(
      parts.map((token) => token.pattern).join(form.separator),
      (token) => token.pattern,
      form.zone?.letters ?? '',
    );
    const text = sides(
      parts.map((token) => PARTS[token.pattern]?.(local) ?? '').join(form.separator),
      (token) => token.text ?? '',
      zoneText,
    );
    const isNumeral = isNumber && /^[1-9]\d{0,14}$/.test(text);
    return {
      format: (isFirst ? [pattern, ...others] : [...others, pattern]).join('||'),
      value: isNumeral ? Number(text) : text,
      start: start - minutes * MINUTE,
      end: endOf(unit, start) - minutes * MINUTE,
    };
  });

const BUILT_IN = (
  'date_optional_time strict_date_optional_time strict_date_optional_time_nanos iso8601 year year_month year_month_day ' +
  'strict_year_month_day date strict_date basic_date ordinal_date strict_ordinal_date basic_ordinal_date week_date basic_week_date ' +
  'weekyear_week weekyear_week_day date_hour strict_date_hour date_hour_minute strict_date_hour_minute date_hour_minute_second ' +
  'strict_date_hour_minute_second date_hour_minute_second_fraction date_hour_minute_second_millis date_time strict_date_time ' +
  'date_time_no_millis strict_date_time_no_millis ordinal_date_time strict_ordinal_date_time ordinal_date_time_no_millis ' +
  'basic_date_time basic_date_time_no_millis basic_ordinal_date_time basic_week_date_time week_date_time week_date_time_no_millis'
).split(' ');

/** How dates and times are written in ISO 8601, with what they name. */
const DATES: readonly (readonly [Unit, (local: Date) => string])[] = [
  ['year', (local) => PARTS.yyyy?.(local) ?? ''],
  ['month', (local) => isoInstant(local.getTime()).slice(0, 7)],
  ['month', (local) => `${local.getUTCFullYear()}-${local.getUTCMonth() + 1}`],
  ['day', (local) => isoInstant(local.getTime()).slice(0, 10)],
  ['day', (local) => isoInstant(local.getTime()).slice(0, 10).replaceAll('-', '')],
  ['day', (local) => `${local.getUTCFullYear()}-${local.getUTCMonth() + 1}-${local.getUTCDate()}`],
  ['day', (local) => `${local.getUTCFullYear()}-${PARTS.DDD?.(local)}`],
  ['day', (local) => `${local.getUTCFullYear()}${PARTS.DDD?.(local)}`],
];
const TIMES: readonly (readonly [Unit | undefined, (local: Date) => string])[] = [
  [undefined, () => ''],
  [undefined, () => 'T'],
  ['hour', (local) => `T${PARTS.HH?.(local)}`],
  ['hour', (local) => `T${local.getUTCHours()}`],
  ['minute', (local) => isoInstant(local.getTime()).slice(10, 16)],
  ['minute', (local) => `T${local.getUTCHours()}:${local.getUTCMinutes()}`],
  ['minute', (local) => isoInstant(local.getTime()).slice(10, 16).replace(':', '')],
  ['second', (local) => isoInstant(local.getTime()).slice(10, 19)],
  ['second', (local) => isoInstant(local.getTime()).slice(10, 19).replaceAll(':', '')],
  ['second', (local) => `${isoInstant(local.getTime()).slice(10, 19)}.0`],
];

/** The same for built-in formats, with texts that these may take or not: a month with a time names no day. */
export const isoText: fc.Arbitrary<DatedText> = fc
  .record({
    format: fc.constantFrom(...BUILT_IN),
    others: fc.subarray(['epoch_millis', 'strict_date_time_no_millis', 'yyyy-MM-dd HH:mm:ss']),
    date: fc.constantFrom(...DATES),
    time: fc.constantFrom(...TIMES),
    zone: fc.constantFrom<readonly [number, string]>(
      [0, ''],
      [0, ''],
      [0, 'Z'],
      [330, '+05:30'],
      [-330, '-0530'],
      [120, '+02'],
    ),
    inside: fc.integer({ min: Date.UTC(2024, 0, 3), max: Date.UTC(2025, 11, 20) }),
  })
  .map(({ format, others, date, time, zone: [minutes, zoneText], inside }) => {
    const [unit, dateText] = date;
    const [timeUnit, timeText] = time;
    const local = inside + minutes * MINUTE;
    const named = startOf(unit, local);
    // A number of a month is a number of a day to it.
    const isRead = !format.includes('ordinal') || unit !== 'month';
    const sinceMidnight = timeUnit === undefined ? 0 : startOf(timeUnit, local) % DAY;
    const start = timeUnit !== undefined && unit === 'day' ? startOf(timeUnit, local) : named + sinceMidnight;
    const end = timeUnit !== undefined && unit === 'day' ? endOf(timeUnit, start) : endOf(unit, named);
    return {
      format: [format, ...others].join('||'),
      value: isRead ? `${dateText(new Date(local))}${timeText(new Date(local))}${zoneText}` : 'none',
      start: start - minutes * MINUTE,
      end: end - minutes * MINUTE,
    };
  });
