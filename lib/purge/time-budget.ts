/** How long a run may still work: limited by the Lambda context in the cloud, unlimited on the command line. */
export interface TimeBudget {
  /** Milliseconds left for destructive work. The time for verification and report is already subtracted. */
  remaining(): number;
  /** Why no time is left, if it is not that the budget was used up. The report says so. */
  readonly ended?: string;
}
