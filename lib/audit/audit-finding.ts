import type { Explanation } from '../base/explanation.ts';

/** Something that the audit found. A `blocking` finding is a breach: a promise is broken, or a record is false. */
export interface AuditFinding extends Explanation {
  readonly code: string;
  readonly severity: 'blocking' | 'notice';
  /** Absent if it is about the cluster or the archive as a whole. */
  readonly category?: string;
  readonly index?: string;
  /** Ids of entries of the ledger. */
  readonly entries?: readonly string[];
}

type FindingPlace = Partial<Pick<AuditFinding, 'category' | 'index' | 'entries'>>;

export const breach = (code: string, explanation: Explanation, about: FindingPlace = {}): AuditFinding => ({
  code,
  severity: 'blocking',
  ...about,
  ...explanation,
});

export const notice = (code: string, explanation: Explanation, about: FindingPlace = {}): AuditFinding => ({
  code,
  severity: 'notice',
  ...about,
  ...explanation,
});

/** Whether a finding turns the audit red. */
export const isBreach = ({ severity }: Pick<AuditFinding, 'severity'>): boolean => severity === 'blocking';

/** The first names of a list, and how many more there are: `a, b, c and 4 more`. */
export const firstFew = (names: readonly string[], most = 3): string =>
  `${names.slice(0, most).join(', ')}${names.length > most ? ` and ${names.length - most} more` : ''}`;
