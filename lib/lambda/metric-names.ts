/** Where our metrics are found in CloudWatch. */
export const METRIC_NAMESPACE = 'es-retention';

/** The value of the dimension `service` of every metric of ours. */
export const METRIC_SERVICE = 'es-retention';

/** The dimensions of every metric of ours, these and no other: an alarm sees only the metrics whose dimensions it names all. */
export const METRIC_DIMENSIONS = ['service', 'category'] as const;

/**
 * The metrics of a purge function. A run that gets as far as a report sends all of them, zero included, but for
 * `ErasureHoursLeft`, which it sends only while an erasure is open. A run that is refused before it has looked (another cluster
 * answers than the one named) sends `PlansRefused` and `RunsSucceeded` alone: it knows nothing of the others. A run that fails,
 * or that was claimed before, sends none, unless all that failed was closing the books. `RunsSucceeded` is 1 for a run that kept the
 * promises and closed its books or, in observe mode, looked at everything; what it could not look at, or left, makes it 0.
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
  /** Ledger entries past their deadline, and what is owed and forgotten: no run erases it. */
  erasuresOverdue: { name: 'ErasuresOverdue', unit: 'Count' },
  /** Hours to the nearest deadline of an open ledger entry. */
  erasureHoursLeft: { name: 'ErasureHoursLeft', unit: 'NoUnit' },
  /** Subjects whose feature was terminated and who have documents dated after it: somebody goes on using it unannounced. */
  newUse: { name: 'NewUseAfterTermination', unit: 'Count' },
  /** 1 if the plan was refused, or another cluster answered than the one named; otherwise 0. */
  plansRefused: { name: 'PlansRefused', unit: 'Count' },
  runsSucceeded: { name: 'RunsSucceeded', unit: 'Count' },
} as const;

/** One of {@link METRICS}. */
export type Metric = (typeof METRICS)[keyof typeof METRICS];
