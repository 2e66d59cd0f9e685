import type { z } from 'zod';
import type { ReadOnly } from '../base/objects.ts';
import type { categorySchema, policySchema } from './policy-schema.ts';
import type { Rules } from './rules/rules.ts';
import type { Duration } from './time/duration.ts';
import type { Schedule } from './time/schedule.ts';

type PolicyText = ReadOnly<z.output<typeof policySchema>>;
type CategoryText = ReadOnly<z.output<typeof categorySchema>>;

/**
 * The promise for every category of data, and how it is kept. Read from `retention-policy.yml`; `policy-schema.ts`
 * explains each key.
 */
export interface RetentionPolicy extends Omit<PolicyText, 'defaults' | 'categories'> {
  /** `sha256:<hex>` of the content. Comments, layout and the order of keys do not change it. */
  readonly version: string;
  /** By id, in the file's order. */
  readonly categories: ReadonlyMap<string, Category>;
}

/**
 * A CloudEvent that the webhook accepts: its exact source and type, and the Standard Webhooks event that it stands for.
 */
export type CloudEventMeaning = RetentionPolicy['webhook']['cloudEvents'][number];

/**
 * One category of personal data, as the privacy policy names it, including what `defaults` and the built-in defaults
 * add.
 */
export interface Category
  extends Pick<
    CategoryText,
    | 'fields'
    | 'dataSubjects'
    | 'purpose'
    | 'legalBasis'
    | 'promise'
    | 'indices'
    | 'records'
    | 'interpretations'
    | 'dateDecisions'
  > {
  /** Kebab-case: `backend-logs`. */
  readonly id: string;
  readonly title: string;
  readonly timestampField: string;
  readonly ingestedField: string;
  readonly accountField: string;
  /** Absent if documents belong to an account as a whole. */
  readonly applicationField?: string;
  readonly rules: Rules;
  /**
   * Time reserved before the deadline of an erasure, for the bytes to leave the disk. Absent without a termination
   * rule.
   */
  readonly physical?: { readonly within: Duration };
  readonly schedule: Schedule;
  readonly guard: Guard;
}

/** A decision by a person about which date counts, for indices whose dates disagree. */
export type DateDecision = Category['dateDecisions'][number];

/** The limits of one run. */
export interface Guard {
  /**
   * A run that would remove more than this share of the category's documents is refused as a whole. Above 0, at most 1.
   */
  readonly maxShare: number;
  /**
   * Erasures are braked if they cover more than this share of the category's accounts. Above 0 and at most 1; 1 means
   * no limit.
   */
  readonly maxAccountShare: number;
  /** This many accounts may always be erased. */
  readonly minAccounts: number;
}
