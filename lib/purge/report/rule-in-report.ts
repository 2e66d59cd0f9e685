/** What a report says of the rules by which a run went. Instants are ISO 8601 in UTC, durations as the policy writes them. */
export interface RuleInReport {
  readonly cutoff?: string;
  readonly maxAge?: string;
  readonly allowedLateness?: string;
}
