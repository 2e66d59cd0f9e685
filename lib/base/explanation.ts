/**
 * A message for a person: what was expected, what was found, and the fix. Errors, findings and refusals all have this
 * shape.
 */
export interface Explanation {
  readonly expected: string;
  readonly found: string;
  readonly fix: string;
}
