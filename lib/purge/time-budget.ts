/** How long a run may still work: from the Lambda context in the cloud, without end on the command line. */
export interface TimeBudget {
  /** Milliseconds left for destroying, with the time for verification and report already taken off. */
  remaining(): number;
}
