import { ownValue } from '../../base/objects.ts';
import type { CoarseUnit } from '../../criteria/date-precision.ts';

// The units coarser than a second that each built-in format accepts, by name. Measured on Elasticsearch 8.19.13 and
// 9.4.3, because names mislead: `date` also accepts a year, `date_time` a minute. A format that one of the two versions
// accepts counts for both.

/** The texts that a format accepts. A fine unit is a second or less. */
export interface TakenUnits {
  readonly units: readonly CoarseUnit[];
  readonly isFine: boolean;
}

const MINUTE: CoarseUnit = { unit: 'minute', zoned: true };
const LOCAL_MINUTE: CoarseUnit = { unit: 'minute', zoned: false };
const HOUR: CoarseUnit = { unit: 'hour', zoned: false };
const DAY: CoarseUnit = { unit: 'day', zoned: false };
const WEEK: CoarseUnit = { unit: 'week', zoned: false };
const MONTH: CoarseUnit = { unit: 'month', zoned: false };
const YEAR: CoarseUnit = { unit: 'year', zoned: false };
const WEEKYEAR: CoarseUnit = { unit: 'weekyear', zoned: false };

/** `2026-11T10:05:07`: a month that begins at a time on its first day. */
const MONTH_AND_TIME: CoarseUnit = { unit: 'month', zoned: false, isOdd: true };
/** `2026-11-14T+05:30`: a date with an offset. */
const DATES_OF_A_ZONE: readonly CoarseUnit[] = [DAY, MONTH, YEAR].map((each) => ({ ...each, isOdd: true }));

const OPTIONAL: readonly CoarseUnit[] = [MINUTE, { unit: 'hour', zoned: true }, DAY, MONTH, YEAR, MONTH_AND_TIME];

const only = (...units: readonly CoarseUnit[]): TakenUnits => ({ units, isFine: false });
const also = (...units: readonly CoarseUnit[]): TakenUnits => ({ units, isFine: true });

const FORMATS: Readonly<Record<string, TakenUnits>> = {
  date_optional_time: also(...OPTIONAL),
  date_optional_time_nanos: also(...OPTIONAL),
  iso8601: also(...OPTIONAL, ...DATES_OF_A_ZONE),
  year: only(YEAR),
  year_month: only(MONTH),
  year_month_day: only(DAY),
  strict_year_month_day: only(DAY, MONTH, YEAR),
  date: only(DAY, MONTH, YEAR),
  strict_date: only(DAY),
  basic_date: only(DAY),
  ordinal_date: only(DAY),
  basic_ordinal_date: only(DAY),
  weekyear: only(WEEKYEAR),
  weekyear_week: only(WEEK),
  weekyear_week_day: only(DAY),
  week_date: only(DAY),
  basic_week_date: only(DAY),
  hour: only(HOUR),
  hour_minute: only(LOCAL_MINUTE),
  date_hour: only(HOUR, MONTH_AND_TIME),
  strict_date_hour: only(HOUR),
  date_hour_minute: only(LOCAL_MINUTE, MONTH_AND_TIME),
  strict_date_hour_minute: only(LOCAL_MINUTE),
  date_hour_minute_second: also(MONTH_AND_TIME),
  strict_date_hour_minute_second: also(),
  date_hour_minute_second_fraction: also(MONTH_AND_TIME),
  date_hour_minute_second_millis: also(MONTH_AND_TIME),
  date_time: also(MINUTE, MONTH_AND_TIME),
  strict_date_time: also(MONTH_AND_TIME),
  date_time_no_millis: also(MINUTE, MONTH_AND_TIME),
  strict_date_time_no_millis: also(MONTH_AND_TIME),
  ordinal_date_time: also(MINUTE),
};
const FINE = /^(?:epoch_(?:millis|second)|(?:\w+_)?time(?:_no_millis)?|\w+_second(?:_millis|_fraction)?)$/;

/** The texts that a built-in format accepts; undefined if the name is not built in. */
export const unitsOfBuiltIn = (name: string): TakenUnits | undefined => {
  const bare = name.replace(/^strict_/, '');
  return ownValue(FORMATS, name) ?? ownValue(FORMATS, bare) ?? (FINE.test(bare) ? also() : undefined);
};
