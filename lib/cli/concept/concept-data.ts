import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';

/** A record that a statement of practice is taken from. */
export interface ConceptEvidence {
  /** Its name in the document: `E1`. */
  readonly id: string;
  /** A report is the record of a run. A statement is signed by the audit. */
  readonly kind: 'report' | 'statement';
  /** The id of the document, or of the copy in the archive. */
  readonly name: string;
  /** The index of the report, or `archive`. */
  readonly place: string;
  /** ISO 8601, in UTC. */
  readonly madeAt: string;
  /** Milliseconds before the instant of the concept: less than a day. */
  readonly age: number;
  /** SHA-256 of the signed text, in hex. A report has none, because it is not signed. */
  readonly sha256?: string;
}

/** A sentence about what happens, with the evidence for it; or the reason why there is none. */
export type PracticeStatement = { readonly about: string } & (
  | { readonly found: string; readonly evidence: string }
  | { readonly missing: string }
);

/** The deletion rule of a type of data, in words. A category with two kinds of rules has two of them. */
export interface DeletionRule {
  /** The point from which the period counts, without the names of fields: `the date of the document`. */
  readonly start: string;
  /** How that point is found in a document, or who reports it. */
  readonly startIs: string;
  /** `14 days` */
  readonly period: string;
  /** What may be added to the period, or taken off it. */
  readonly margin: string;
  /** Starting point and period together: `14 days from the date of the document`. */
  readonly deletionClass: string;
}

/** A category as a type of data of a deletion concept. Texts are those of the policy, absent where it has none. */
export interface ConceptCategory
  extends Pick<
    Category,
    | 'title'
    | 'fields'
    | 'dataSubjects'
    | 'purpose'
    | 'legalBasis'
    | 'promise'
    | 'indices'
    | 'records'
    | 'interpretations'
    | 'dateDecisions'
    | 'guard'
  > {
  readonly category: string;
  readonly rules: readonly DeletionRule[];
  /** Whether accounts are erased after their end. */
  readonly isErased: boolean;
  readonly schedule: string;
  readonly practice: readonly PracticeStatement[];
}

type ProcessingKey = keyof NonNullable<RetentionPolicy['processing']>;

/** Everything that a deletion concept says: the document of `concept --json`. It names no account. */
export interface ConceptData {
  /** The instant that it describes, ISO 8601 in UTC. Evidence is from the day before it. */
  readonly at: string;
  readonly policy: Pick<RetentionPolicy, 'version' | 'mode'>;
  /** The cluster that was asked; absent if none was. */
  readonly asked?: { readonly name: string; readonly uuid: string };
  /** What the policy says beside the rules; absent where it says nothing. */
  readonly processing: Readonly<Partial<Record<ProcessingKey, string>>>;
  /** ISO 8601 durations: how long snapshots and reports are kept. */
  readonly backups: string;
  readonly reports: string;
  readonly categories: readonly ConceptCategory[];
  readonly evidence: readonly ConceptEvidence[];
  /** Statements of practice, and how many of them have no evidence. */
  readonly statements: number;
  readonly missing: number;
}
