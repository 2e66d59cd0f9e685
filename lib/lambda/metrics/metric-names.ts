/** The CloudWatch namespace of our metrics. */
export const METRIC_NAMESPACE = 'es-retention';

/**
 * The dimensions of every metric of a category, exactly these: an alarm finds a metric only if it names all of its
 * dimensions. Service and stage separate deployments in the same account and region.
 */
export const METRIC_DIMENSIONS = ['service', 'stage', 'category'] as const;

/**
 * The metrics of a purge function. A run that reaches its report sends all of them, including zeros. There are two
 * exceptions: `ErasureHoursLeft` is sent only while an erasure is open, and if the ledger does not answer after the
 * report, its metrics are left out. If another cluster than the named one answers, the run is refused before it counts
 * anything, and sends only `PlansRefused`. No metrics are sent by a run that fails, that is a repetition, or that finds
 * another run of its category active.
 */
export const METRICS = {
  /** Documents older than promise and lateness allow, after the run. */
  overdueDocuments: { name: 'OverdueDocuments', unit: 'Count' },
  /** How long the oldest expired document has been expired, after the run; 0 if no document is expired. */
  retentionLag: { name: 'RetentionLagSeconds', unit: 'Seconds' },
  /** Documents without a believable date: they wait for a person. */
  undatableDocuments: { name: 'UndatableDocuments', unit: 'Count' },
  /**
   * Documents kept by their ingestion date although their timestamp is overdue: a clock was behind, or somebody rewrote
   * the timestamps.
   */
  behindIngestion: { name: 'DocumentsBehindIngestion', unit: 'Count' },
  /**
   * Ledger entries past their deadline, and erasures that are owed but forgotten or not believed, which no run carries
   * out.
   */
  erasuresOverdue: { name: 'ErasuresOverdue', unit: 'Count' },
  /** Ledger entries beyond a limit of the policy: nothing is erased for them before a person confirms it. */
  erasuresBraked: { name: 'ErasuresBraked', unit: 'Count' },
  /** Hours to the nearest deadline of an open ledger entry. */
  erasureHoursLeft: { name: 'ErasureHoursLeft', unit: 'NoUnit' },
  /** Subjects with documents dated after the end of their feature: somebody still uses it without notice. */
  newUse: { name: 'NewUseAfterTermination', unit: 'Count' },
  /** 1 if the plan was refused, or if another cluster than the named one answered; otherwise 0. */
  plansRefused: { name: 'PlansRefused', unit: 'Count' },
  /** 1 if the holds and the pause of the category could not be read, so that nothing was destroyed; otherwise 0. */
  controlsUnread: { name: 'ControlsUnread', unit: 'Count' },
  /** Legal holds whose review date has passed. */
  holdsToReview: { name: 'HoldsToReview', unit: 'Count' },
  /** 1 if the category is paused and the pause breaks a promise; otherwise 0. */
  pauseBreaksPromise: { name: 'PauseBreaksPromise', unit: 'Count' },
  /** 1 for each run that reached its report, whatever its outcome: the function is alive. Never 0. */
  runsReported: { name: 'RunsReported', unit: 'Count' },
  /**
   * 1 for a run after which a count found the promise kept, and whose erasures were finished (all receipts issued,
   * overdue erasures published). Otherwise 0, also if something could not be read, or if the plan was refused.
   */
  promiseKept: { name: 'PromiseKept', unit: 'Count' },
} as const;

/**
 * Signed messages that the webhook refused. Sent by the webhook's function, only with service and stage, and only if
 * there are such messages.
 */
export const WEBHOOK_REFUSALS = 'WebhookMessagesRefused';

/**
 * 1 each time housekeeping completed and found no erasure owed in categories that no run works on. Sent with service
 * and stage only. Never 0.
 */
export const HOUSEKEEPING_DONE = 'HousekeepingDone';

/**
 * The results of the audit over all categories. It sends all of them each time, including zeros, only with service and
 * stage.
 */
export const AUDIT_METRICS = {
  /** 1 each time an audit has finished. Never 0. */
  done: 'AuditsDone',
  /** The number of breaches: a promise is broken, or a record is false. */
  breaches: 'AuditBreaches',
  overdueDocuments: 'AuditOverdueDocuments',
  undatableDocuments: 'AuditUndatableDocuments',
  erasuresOverdue: 'AuditErasuresOverdue',
  /** Entries of the ledger whose subjects have documents again. */
  returned: 'AuditReturnedSubjects',
} as const;

/**
 * Days until the Elasticsearch key of a function expires. Sent by each function that knows it, with service and stage
 * only, so that one alarm sees the minimum over all functions. The function's log says whose key it is.
 */
export const KEY_DAYS_LEFT = 'ElasticsearchKeyDaysLeft';

/** An alarm goes off below this number of days. */
export const LEAST_KEY_DAYS = 14;

export type Metric = (typeof METRICS)[keyof typeof METRICS];
