/**
 * What a report states about the rules of a run. Instants are ISO 8601 in UTC, durations are as the policy writes them.
 */
export interface RuleInReport {
  readonly cutoff?: string;
  readonly maxAge?: string;
  readonly allowedLateness?: string;
}
