import type { Instant } from '../policy/instant.ts';

/** Whose data: an account, or one application of it. Strings, never numbers. */
export interface Subject {
  readonly uin: string;
  readonly sdkAppId?: string;
}
export type TerminationType = 'account-deleted' | 'feature-terminated' | 'account-reinstated';
export interface TerminationEvent {
  readonly requestId: string;
  readonly type: TerminationType;
  readonly subject: Subject;
  readonly at: Instant;
  readonly immediate: boolean;
}
