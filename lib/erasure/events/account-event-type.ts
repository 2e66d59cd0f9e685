import { TRIGGERS } from '../../policy/trigger.ts';

/** The types of terminations, and the type of a reinstatement. */
export const ACCOUNT_EVENT_TYPES = [...TRIGGERS, 'account-reinstated'] as const;

export type AccountEventType = (typeof ACCOUNT_EVENT_TYPES)[number];
