/** Where our metrics are found in CloudWatch. */
export const METRIC_NAMESPACE = 'es-retention';

/**
 * The dimensions of every metric of a category, these and no other: an alarm sees only the metrics whose dimensions it names all. Service and
 * stage are the deployment's, so that one deployment never speaks for another in the same account and region.
 */
export const METRIC_DIMENSIONS = ['service', 'stage', 'category'] as const;

/**
 * The metrics of a purge function. A run that gets as far as a report sends all of them, zero included, but for
 * `ErasureHoursLeft`, which it sends only while an erasure is open; where the ledger does not answer after the report, it leaves out what
 * the ledger knows. A run that is refused before it has looked (another cluster answers than the one named) sends `PlansRefused`
 * alone. A run that fails, that was claimed before, or that finds another run of its category at work sends none.
 */
export const METRICS = {
  /** Documents older than promised and lateness allow, after the run. */
  overdueDocuments: { name: 'OverdueDocuments', unit: 'Count' },
  /** How long the oldest expired document has been expired, after the run; 0 without one. */
  retentionLag: { name: 'RetentionLagSeconds', unit: 'Seconds' },
  /** Documents that nothing dates: they wait for a person. */
  undatableDocuments: { name: 'UndatableDocuments', unit: 'Count' },
  /** Documents that their ingestion keeps although their timestamp is overdue: a clock ran behind, or they were stamped anew. */
  behindIngestion: { name: 'DocumentsBehindIngestion', unit: 'Count' },
  /** Ledger entries past their deadline, and what is owed and forgotten, or not believed: no run erases it. */
  erasuresOverdue: { name: 'ErasuresOverdue', unit: 'Count' },
  /** Ledger entries beyond a limit of the policy: nothing is erased for them before a person confirms it. */
  erasuresBraked: { name: 'ErasuresBraked', unit: 'Count' },
  /** Hours to the nearest deadline of an open ledger entry. */
  erasureHoursLeft: { name: 'ErasureHoursLeft', unit: 'NoUnit' },
  /** Subjects whose feature was terminated and who have documents dated after it: somebody goes on using it unannounced. */
  newUse: { name: 'NewUseAfterTermination', unit: 'Count' },
  /** 1 if the plan was refused, or another cluster answered than the one named; otherwise 0. */
  plansRefused: { name: 'PlansRefused', unit: 'Count' },
  /** 1 for each run that reached its report, whatever the report says: the function is alive. Never 0. */
  runsReported: { name: 'RunsReported', unit: 'Count' },
  /**
   * 1 for a run after which the promise was kept, by a count, and whose erasures were finished (all receipts issued, overdue erasures announced);
   * otherwise 0, also for what could not be looked at, and for a plan that was refused.
   */
  promiseKept: { name: 'PromiseKept', unit: 'Count' },
} as const;

/**
 * Messages to the webhook that were signed and refused, from the function of the webhook: under service and stage alone, and nothing as
 * long as there is none.
 */
export const WEBHOOK_REFUSALS = 'WebhookMessagesRefused';

/** 1 each time housekeeping got through and found nothing that no run works on: under service and stage alone. Never 0. */
export const HOUSEKEEPING_DONE = 'HousekeepingDone';

/**
 * Days until the key that a function uses on Elasticsearch expires: of each function that has been told, under service and stage alone, so that one
 * alarm sees the least of them, however many functions there are. The log of the function says whose it is.
 */
export const KEY_DAYS_LEFT = 'ElasticsearchKeyDaysLeft';

/** With fewer days than these somebody is told. */
export const LEAST_KEY_DAYS = 14;

/** One of {@link METRICS}. */
export type Metric = (typeof METRICS)[keyof typeof METRICS];
