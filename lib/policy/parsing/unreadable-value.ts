/** What was wrong with one value, in the words every error of the policy uses. */
export interface Finding {
  readonly expected: string;
  readonly found: string;
  /** One sentence without its full stop: what the reader can do about it. */
  readonly fix: string;
}

/** A text that does not say what it should: a duration, a schedule, a time zone. Knows nothing of files and lines. */
export class UnreadableValue extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(`expected ${finding.expected}, found ${finding.found}. ${finding.fix}.`);
    this.name = 'UnreadableValue';
    this.finding = finding;
  }
}
