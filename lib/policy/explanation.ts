/** What is said to the person who reads it: what was expected, what was found, and the fix. The one shape of errors, findings and refusals. */
export interface Explanation {
  readonly expected: string;
  readonly found: string;
  readonly fix: string;
}
