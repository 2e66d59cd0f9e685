/** Whose data: an account, or one application of it. Strings, never numbers. */
export interface Subject {
  readonly uin: string;
  readonly sdkAppId?: string;
}

export const TERMINATION_TYPES = ['account-deleted', 'feature-terminated', 'account-reinstated'] as const;

export type TerminationType = (typeof TERMINATION_TYPES)[number];
