/**
 * The sources of events on the bus. Each sender has its own source. The policy of the bus and the roles of the
 * functions ensure that no sender can use the source of another.
 */
export const SENDERS = {
  /** The webhook, after it has checked the signature. */
  webhook: 'es-retention.webhook',
  /** The audit. */
  audit: 'es-retention.audit',
  /** The function of one category. */
  purge: (category: string): string => `es-retention.purge-${category}`,
} as const;

/** The detail type by which a run that is out of time starts another invocation of its own function. */
export const PURGE_UNFINISHED = 'Purge Unfinished';

/** The detail type with which the audit reports that data of erased subjects has come back. */
export const ERASED_DATA_RETURNED = 'Erased Data Returned';

/** Detail type and source of an invocation by a schedule. */
export const SCHEDULED = { detailType: 'Scheduled Event', source: 'aws.scheduler' } as const;

/** The detail types of events that we publish for others. */
export const PUBLISHED_EVENTS = {
  completed: 'Erasure Completed',
  overdue: 'Erasure Overdue',
  held: 'Erasure Held',
} as const;
