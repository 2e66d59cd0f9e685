/** The event that ends the use of the service, as a termination rule names it. */
export const TRIGGERS = ['account-deleted', 'feature-terminated'] as const;

/** The event names that the account system uses in the webhook. */
export const WEBHOOK_TYPES = ['account.deleted', 'feature.terminated', 'account.reinstated'] as const;

export type TerminationTrigger = (typeof TRIGGERS)[number];
