/** The events that end the use of the service, as a termination rule names them. */
export const TRIGGERS = ['account-deleted', 'feature-terminated'] as const;

/** The event names that the account system uses in the webhook. */
export const WEBHOOK_TYPES = ['account.deleted', 'feature.terminated', 'account.reinstated'] as const;

/** What ends the use of the service: the account is deleted, or the feature is terminated. */
export type TerminationTrigger = (typeof TRIGGERS)[number];
