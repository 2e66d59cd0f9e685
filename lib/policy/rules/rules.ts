import type { TerminationTrigger } from '../termination-trigger.ts';
import type { CalendarPeriod } from '../time/calendar-period.ts';
import type { Duration } from '../time/duration.ts';

/** The rules that decide which documents are removed, by kind. A category may have one, several, or none. */
export interface Rules {
  readonly age?: AgeRule;
  readonly termination?: TerminationRule;
}

/** Erases documents of a subject between `cancelWindow` and `deadline`, both counted from the termination. */
export interface TerminationRule {
  readonly triggers: readonly TerminationTrigger[];
  /** The promise: data is erased no later than this after the termination. */
  readonly deadline: Duration;
  /** Nothing is erased until this time has passed after the termination. May be zero. */
  readonly cancelWindow: Duration;
}

/** How old documents may become, and the point from which their age counts. */
export interface AgeTerm {
  readonly maxAge: Duration | CalendarPeriod;
  /**
   * Absent: the age counts from the document's date. Otherwise it counts from the end of the year or month of that
   * date.
   */
  readonly from?: AgeStart;
  /** IANA name. Set only if years or months are counted; they begin and end in this zone. */
  readonly timeZone?: string;
}

/** Documents older than `maxAge` are purged. They are overdue when the allowed lateness has passed as well. */
export interface AgeRule extends AgeTerm {
  readonly allowedLateness: Duration;
}

/** The points from which an age may count, as an age rule names them. */
export const AGE_STARTS = ['end-of-year', 'end-of-month'] as const;

type AgeStart = (typeof AGE_STARTS)[number];
