import type { AgeStart } from './time/age-start.ts';
import type { CalendarPeriod } from './time/calendar-period.ts';
import type { Duration } from './time/duration.ts';
import type { Instant } from './time/instant.ts';
import type { Schedule } from './time/schedule.ts';
import type { Trigger } from './trigger.ts';

/** What has been promised about every category of data, and how it is kept. Read from `retention-policy.yml`. */
export interface RetentionPolicy {
  /** `sha256:<hex>` of the content; comments, layout and the order of keys do not change it. */
  readonly version: string;
  /** Observe does everything but destroy. */
  readonly mode: 'observe' | 'enforce';
  /** Documents dated before this count as undatable. */
  readonly earliest: Instant;
  readonly reports: { readonly index: string; readonly maxAge: Duration };
  /** With what the names of our own indices begin: {@link ownIndices}. Policies that share a cluster have one each. */
  readonly indexPrefix: string;
  /** How long snapshots may hold what was erased. */
  readonly backups: Duration;
  /** Names and patterns of indices that look like ours, belong to no category, and are known for it. */
  readonly ignoredIndices: readonly string[];
  readonly terminations: MessageLimits;
  /** What the webhook takes beside Standard Webhooks. */
  readonly webhook: { readonly cloudEvents: readonly CloudEventMeaning[] };
  /** By id, in the file's order. */
  readonly categories: ReadonlyMap<string, Category>;
}

/** How far messages of webhook and bus go. */
interface MessageLimits {
  /** They may ask to skip the cancel window. */
  readonly immediate: boolean;
  /** So many terminations are taken in an hour from one source; what comes beyond is braked. */
  readonly maxPerHour: number;
}

/** A CloudEvent that the webhook takes: by its source and type exactly, and what it means as a Standard Webhook. */
export interface CloudEventMeaning {
  readonly source: string;
  readonly type: string;
  readonly means: 'account.deleted' | 'feature.terminated' | 'account.reinstated';
}

/** One category of personal data, as the privacy policy names it. */
export interface Category {
  /** Kebab-case: `backend-logs`. */
  readonly id: string;
  readonly title: string;
  /** The personal data in it, in the privacy policy's words. */
  readonly fields: readonly string[];
  readonly dataSubjects: 'customer' | 'participants';
  readonly purpose: string;
  readonly legalBasis: string;
  readonly promise: Promised;
  /** Index names, or patterns with `*`. No index can belong to two categories. */
  readonly indices: readonly string[];
  readonly records: 'dated' | 'current-state';
  readonly timestampField: string;
  /** When a document arrived: the later of both dates counts. */
  readonly ingestedField: string;
  readonly accountField: string;
  /** Absent where documents belong to an account as a whole. */
  readonly applicationField?: string;
  readonly rules: Rules;
  /** Kept free before the deadline of an erasure, for its bytes to leave the disk; absent without a termination rule. */
  readonly physical?: { readonly within: Duration };
  readonly schedule: Schedule;
  readonly guard: Guard;
  readonly interpretations: readonly Interpretation[];
  /** Which date counts in certain indices; elsewhere the later of both does. */
  readonly dateDecisions: readonly DateDecision[];
}

/** A person's decision which date counts in indices whose dates disagree. */
export interface DateDecision {
  /** Index names, or patterns with `*`, of the category's own indices. */
  readonly indices: readonly string[];
  /** The one of that field, where it dates a document; or the later of both, as everywhere else, but decided. */
  readonly date: 'timestamp' | 'ingested' | 'later';
  readonly reason: string;
  readonly decidedBy: string;
  /** `YYYY-MM-DD`. */
  readonly decidedOn: string;
}

/** The promise as it was published. */
interface Promised {
  readonly quote: string;
  readonly source: string;
  /** `YYYY-MM-DD`. */
  readonly sourceDate: string;
}

/** The rules that decide which documents go: a category may have one, both, or none. */
interface Rules {
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

/** The limits of one run. */
export interface Guard {
  /** A run that would remove more than this share of the category's documents is refused as a whole. Above 0, at most 1. */
  readonly maxShare: number;
  /** Where more than this share of the category's accounts is to be erased, they are braked. Above 0, at most 1: no limit. */
  readonly maxAccountShare: number;
  /** So many accounts may always be erased. */
  readonly minAccounts: number;
}

/** How an unclear promise was read, by whom and when, so that a reader sees it and can change it. */
interface Interpretation {
  readonly reading: string;
  readonly decidedBy: string;
  /** `YYYY-MM-DD`. */
  readonly decidedOn: string;
}
