/**
 * Who says something on the bus. Each sender has a source of its own, so that none can speak for another: the bus's policy and the
 * functions' roles go by it.
 */
export const SENDERS = {
  /** The webhook, after it has checked a signature. */
  webhook: 'es-retention.webhook',
  /** The function of one category. */
  purge: (category: string): string => `es-retention.purge-${category}`,
} as const;

/** A run that ran out of time goes on in another invocation of its own function. */
export const PURGE_UNFINISHED = 'Purge Unfinished';

/** An invocation by a schedule, as AWS calls it. */
export const SCHEDULED = { detailType: 'Scheduled Event', source: 'aws.scheduler' } as const;

/** What functions tell those who listen. */
export const ANNOUNCEMENTS = { completed: 'Erasure Completed', overdue: 'Erasure Overdue' } as const;
