/** How long a run may still work: limited by the Lambda context in the cloud, unlimited on the command line. */
export interface TimeBudget {
  /** Milliseconds left for destructive work. The time for verification and report is already subtracted. */
  remaining(): number;
}
