import type { Hold } from '../../control/controls.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { HistoryFigures } from '../../purge/report/history-figures.ts';
import type { ClusterIdentity } from '../../purge/report/report.ts';
import type { StatusCounts } from '../erasures/status-counts.ts';
import type { PromiseState } from '../output/category-result.ts';
import type { closedJson } from '../past/closed-erasures.ts';

/** How many days a report shows, today included. */
export const REPORTED_DAYS = 90;
/** Of these, the last days of which the largest lag is named too. */
export const RECENT_DAYS = 30;
/** The days for which a report counts the documents that fall due by then. */
export const AHEAD_DAYS = [1, 7, 90] as const;

/** One day of a category, by the reports of its runs. Days without a run are missing. */
export interface ReportedDay {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  readonly runs: number;
  /** Milliseconds; absent if no run ended. */
  readonly largestLag?: number;
  readonly documentsRemoved: number;
  readonly indicesDropped: number;
}

/** The oldest document of a category. Lengths are milliseconds. */
export interface OldestDocument {
  readonly age: number;
  /** The age at which it falls due. */
  readonly limit: number;
  /** The age at which it is overdue: the limit and the allowed lateness. */
  readonly overdueFrom: number;
}

/** What a category holds at this moment. */
export interface ReportedState {
  readonly indices: number;
  readonly documents: number;
  readonly due: number;
  readonly held: number;
  readonly overdue: number;
  readonly undatable: number;
  /** Absent without an age rule or without a dated document. */
  readonly oldest?: OldestDocument;
  /** Documents that are due or fall due within {@link AHEAD_DAYS}. Absent without an age rule. */
  readonly fallingDue?: readonly number[];
}

/** What the reports of the last {@link REPORTED_DAYS} days say of a category. */
export interface ReportedPast
  extends Pick<HistoryFigures, 'runs' | 'outcomes' | 'unfinished' | 'notKept' | 'withOverdue'> {
  /** Milliseconds; absent if no run ended. */
  readonly largestLag?: number;
  /** The same of the last {@link RECENT_DAYS} days. */
  readonly recentLag?: number;
  readonly days: readonly ReportedDay[];
  /** Times without a run, longer than two schedules. */
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
  /** Plans that the guard refused, and why. */
  readonly refused: readonly { readonly at: string; readonly codes: readonly string[] }[];
  /** Reports that are not as a run writes them. They are not counted. */
  readonly doubtful: number;
}

/** What a report says of one category. */
export interface ReportedCategory {
  readonly category: string;
  readonly title: string;
  readonly promise: Category['promise'];
  readonly rule: string;
  readonly schedule: string;
  readonly state: PromiseState;
  readonly problems: readonly string[];
  /** Milliseconds; absent without an age rule. */
  readonly allowedLateness?: number;
  /** Absent if the category could not be looked at. */
  readonly now?: ReportedState;
  /** Absent if its reports could not be read. */
  readonly past?: ReportedPast;
}

/** An erasure that is owed. It names no account. */
interface OpenErasure {
  /** The beginning of the keyed hash. */
  readonly subject: string;
  readonly state: string;
  readonly eraseBy: string;
  /** Milliseconds until the deadline; negative if it has passed. */
  readonly left: number;
  readonly isOverdue: boolean;
}

/** What a report says of the erasures of one category. */
export interface ReportedErasures {
  readonly category: string;
  readonly counts: StatusCounts;
  /** The most urgent ones. */
  readonly open: readonly OpenErasure[];
  /** Those that were closed in the last {@link REPORTED_DAYS} days. */
  readonly closed: readonly ReturnType<typeof closedJson>[];
}

/** A hold, without its reason and its account. */
interface ReportedHold extends Pick<Hold, 'id' | 'scope'> {
  readonly category: string;
  readonly placedAt: string;
  readonly reviewAt: string;
}

/**
 * Everything that a report shows: the document of `report --json`. It names no account. Instants are ISO 8601 in UTC,
 * lengths of time are milliseconds.
 */
export interface ReportData {
  readonly at: string;
  /** The first day of what was, `YYYY-MM-DD`. */
  readonly since: string;
  readonly cluster: ClusterIdentity & { readonly host: string };
  readonly policy: { readonly version: string; readonly mode: string };
  /** The summary of `verify`, and how many promises are kept. */
  readonly summary: string;
  readonly kept: number;
  readonly of: number;
  readonly empty: number;
  readonly categories: readonly ReportedCategory[];
  readonly erasures: readonly ReportedErasures[];
  readonly holds: readonly ReportedHold[];
  readonly pauses: readonly { readonly category: string; readonly since: string; readonly until: string }[];
  /** Categories of which something could not be read, and the code of the reason. */
  readonly unread: readonly { readonly category: string; readonly code: string }[];
}
