import type { AgeCriteria, DateField, UsableFields } from '../../../criteria/due-criteria.ts';
import type { AgeTerm } from '../../../policy/rules/rules.ts';
import { isCalendarPeriod } from '../../../policy/time/calendar-period.ts';
import { unitOf } from '../../../policy/time/cutoff.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { canonicalZone } from '../../../policy/time/wall-clock.ts';
import type { Query } from './rule-query.ts';

/**
 * An explicit format gives a bound the same meaning for every format of the field. Without it, an `epoch_second` field
 * refuses an ISO cutoff, and plain milliseconds are read as seconds.
 */
const FORMAT = 'strict_date_optional_time';

// Uses only gte and lt, because Elasticsearch rounds the bounds of gt and lte up.
export const range = (field: string, bounds: { gte?: Instant; lt?: Instant }): Query => ({
  range: {
    [field]: {
      format: FORMAT,
      ...(bounds.gte === undefined ? {} : { gte: isoInstant(bounds.gte) }),
      ...(bounds.lt === undefined ? {} : { lt: isoInstant(bounds.lt) }),
    },
  },
});

/**
 * A length of time in date math, which has no milliseconds, so they are rounded up to seconds. Years are written as
 * months: then Elasticsearch corrects the day only once.
 */
const inDateMath = ({ maxAge }: AgeTerm): string =>
  isCalendarPeriod(maxAge) ? `${maxAge.months}M` : `${Math.ceil(maxAge.milliseconds / 1000)}s`;

const ROUNDED = { year: '/y', month: '/M' } as const;

/**
 * Values that are not older than an age, by the cluster's clock and, for years or months, by its calendar. It computes
 * as we do, and rounds a lower bound down.
 */
export const sinceByServer = (field: string, term: AgeTerm, lt: Instant): Query => {
  const unit = unitOf(term);
  return {
    range: {
      [field]: {
        format: FORMAT,
        gte: `now-${inDateMath(term)}${unit === undefined ? '' : ROUNDED[unit]}`,
        lt: isoInstant(lt),
        ...(term.timeZone !== undefined && { time_zone: canonicalZone(term.timeZone) }),
      },
    },
  };
};

/**
 * A field with nanoseconds refuses bounds before 1970. It contains no earlier dates, so a bound of 1970 means the same.
 */
export const fitting = (criteria: AgeCriteria, { nanoseconds }: UsableFields): AgeCriteria =>
  nanoseconds !== true
    ? criteria
    : {
        ...criteria,
        earliest: Math.max(0, criteria.earliest),
        cutoff: Math.max(0, criteria.cutoff),
        overdueBefore: Math.max(0, criteria.overdueBefore),
        apartBefore: Math.max(0, criteria.apartBefore),
        ...(criteria.fellDueFrom !== undefined && { fellDueFrom: Math.max(0, criteria.fellDueFrom) }),
      };

/** Both date fields, in the order of use. */
export const DATE_FIELDS = ['timestamp', 'ingested'] as const;

export const fieldName = (criteria: AgeCriteria, field: DateField): string =>
  field === 'timestamp' ? criteria.timestampField : criteria.ingestedField;
