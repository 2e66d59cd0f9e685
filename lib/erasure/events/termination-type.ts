import { TRIGGERS } from '../../policy/trigger.ts';

/** Whose data it is: an account, or one application of it. Identifiers are strings, never numbers. */
export interface Subject {
  readonly uin: string;
  readonly sdkAppId?: string;
}

/** The types of terminations, and the type of a reinstatement. */
export const TERMINATION_TYPES = [...TRIGGERS, 'account-reinstated'] as const;

export type TerminationType = (typeof TERMINATION_TYPES)[number];
