import type { AgeStart } from '../time/age-start.ts';
import type { CalendarPeriod } from '../time/calendar-period.ts';
import type { Duration } from '../time/duration.ts';
import type { Trigger } from '../trigger.ts';

/** The rules that decide which documents go, by the ids of their kinds: a category may have one, several, or none. */
export interface Rules {
  readonly age?: AgeRule;
  readonly termination?: TerminationRule;
}

/** Erased between `cancelWindow` and `deadline` after the termination of what the subject used. */
export interface TerminationRule {
  readonly triggers: readonly Trigger[];
  /** The promise: not later than this after the termination. */
  readonly deadline: Duration;
  /** Not before this after the termination; may be zero. */
  readonly cancelWindow: Duration;
}

/** How old documents may become, and from when that counts. */
export interface AgeTerm {
  readonly maxAge: Duration | CalendarPeriod;
  /** The age counts from the end of the year or month of a document's date; absent: from the date itself. */
  readonly from?: AgeStart;
  /** IANA name. Only where years or months are counted: in it they begin and end. */
  readonly timeZone?: string;
}

/** Purged from `maxAge` on; overdue once that is longer ago than the allowed lateness. */
export interface AgeRule extends AgeTerm {
  readonly allowedLateness: Duration;
}
