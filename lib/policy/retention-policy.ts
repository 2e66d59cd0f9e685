import type { z } from 'zod';
import type { categorySchema, policySchema } from './policy-schema.ts';
import type { ReadOnly } from './read-only.ts';
import type { Rules } from './rules/rules.ts';
import type { Duration } from './time/duration.ts';
import type { Schedule } from './time/schedule.ts';

type PolicyText = ReadOnly<z.output<typeof policySchema>>;
type CategoryText = ReadOnly<z.output<typeof categorySchema>>;

/**
 * What has been promised about every category of data, and how it is kept. Read from `retention-policy.yml`: `policy-schema.ts` says what
 * each key means.
 */
export interface RetentionPolicy extends Omit<PolicyText, 'defaults' | 'categories'> {
  /** `sha256:<hex>` of the content; comments, layout and the order of keys do not change it. */
  readonly version: string;
  /** By id, in the file's order. */
  readonly categories: ReadonlyMap<string, Category>;
}

/** A CloudEvent that the webhook takes: by its source and type exactly, and what it means as a Standard Webhook. */
export type CloudEventMeaning = RetentionPolicy['webhook']['cloudEvents'][number];

/** One category of personal data, as the privacy policy names it, with what `defaults` and we ourselves add to it. */
export interface Category
  extends Pick<
    CategoryText,
    | 'title'
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
  readonly timestampField: string;
  readonly ingestedField: string;
  readonly accountField: string;
  /** Absent where documents belong to an account as a whole. */
  readonly applicationField?: string;
  readonly rules: Rules;
  /** Kept free before the deadline of an erasure, for its bytes to leave the disk; absent without a termination rule. */
  readonly physical?: { readonly within: Duration };
  readonly schedule: Schedule;
  readonly guard: Guard;
}

/** A person's decision which date counts in indices whose dates disagree. */
export type DateDecision = Category['dateDecisions'][number];

/** The limits of one run. */
export interface Guard {
  /** A run that would remove more than this share of the category's documents is refused as a whole. Above 0, at most 1. */
  readonly maxShare: number;
  /** Where more than this share of the category's accounts is to be erased, they are braked. Above 0, at most 1: no limit. */
  readonly maxAccountShare: number;
  /** So many accounts may always be erased. */
  readonly minAccounts: number;
}
