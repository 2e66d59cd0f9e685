import type { Duration } from './duration.ts';
import type { Instant } from './instant.ts';
import type { Schedule } from './schedule.ts';

export { parseRetentionPolicy } from './parse-retention-policy.ts';
export { PolicyError } from './policy-error.ts';

/** What has been promised about every category of data, and how it is kept. Read from `retention-policy.yml`. */
export interface RetentionPolicy {
  /** `sha256:<hex>` of the content; comments, layout and the order of keys do not change it. */
  readonly version: string;
  /** Observe does everything but destroy. */
  readonly mode: 'observe' | 'enforce';
  /** Documents dated before this count as undatable. */
  readonly earliest: Instant;
  readonly reports: { readonly index: string; readonly maxAge: Duration };
  /** By id, in the file's order. */
  readonly categories: ReadonlyMap<string, Category>;
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
  /** Dates a document whose timestamp does not. */
  readonly ingestedField: string;
  readonly accountField: string;
  readonly applicationField: string;
  readonly rules: Rules;
  readonly schedule: Schedule;
  readonly guard: Guard;
  readonly interpretations: readonly Interpretation[];
}

/** The promise as it was published. */
interface Promised {
  readonly quote: string;
  readonly source: string;
  /** `YYYY-MM-DD`. */
  readonly sourceDate: string;
}

/** The rules that decide which documents go. The termination rule will stand beside the age rule. */
interface Rules {
  readonly age?: AgeRule;
}

/** Purged from `maxAge` on; overdue once older than both together. */
export interface AgeRule {
  readonly maxAge: Duration;
  readonly allowedLateness: Duration;
}

/** A run that would remove more than this share of the category's documents is refused as a whole. */
interface Guard {
  /** Above 0, at most 1. */
  readonly maxShare: number;
}

/** How an unclear promise was read, by whom and when, so that a reader sees it and can change it. */
interface Interpretation {
  readonly reading: string;
  readonly decidedBy: string;
  /** `YYYY-MM-DD`. */
  readonly decidedOn: string;
}
