import type { Explanation } from '../../base/explanation.ts';

/** A text that cannot be read as the expected value: a duration, a schedule, a time zone. Has no file or line. */
export class UnreadableValue extends Error {
  /** Its fix is one sentence without a full stop. */
  readonly finding: Explanation;

  constructor(finding: Explanation) {
    super(`expected ${finding.expected}, found ${finding.found}. ${finding.fix}.`);
    this.name = 'UnreadableValue';
    this.finding = finding;
  }
}
