import type { Explanation } from '../explanation.ts';

/** A text that does not say what it should: a duration, a schedule, a time zone. Knows nothing of files and lines. */
export class UnreadableValue extends Error {
  /** Its fix is one sentence without its full stop. */
  readonly finding: Explanation;

  constructor(finding: Explanation) {
    super(`expected ${finding.expected}, found ${finding.found}. ${finding.fix}.`);
    this.name = 'UnreadableValue';
    this.finding = finding;
  }
}
