import { TRIGGERS } from '../../policy/trigger.ts';

/** Whose data: an account, or one application of it. Strings, never numbers. */
export interface Subject {
  readonly uin: string;
  readonly sdkAppId?: string;
}

/** What a termination or its taking back is called. */
export const TERMINATION_TYPES = [...TRIGGERS, 'account-reinstated'] as const;

export type TerminationType = (typeof TERMINATION_TYPES)[number];
