import type { Counts } from '../criteria/counts.ts';
import type { Criteria, DueSubject, UsableFields } from '../criteria/due-criteria.ts';
import type { Finding } from '../criteria/finding.ts';
import type { IndexDescription } from '../criteria/index-description.ts';
import type { Survey } from '../criteria/survey-result.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { Rules } from '../policy/rules/rules.ts';
import type { DuePart } from '../policy/time/due-parts.ts';
import type { Instant } from '../policy/time/instant.ts';

/** The category and the instant for which criteria are made. */
export interface RuleContext {
  readonly category: Category;
  readonly policy: RetentionPolicy;
  readonly now: Instant;
  /** The subjects whose erasure is due, and the number of subjects left to the next run. */
  readonly dueErasures: { readonly subjects: readonly DueSubject[]; readonly more: number };
}

/** One index that was counted and holds documents. */
export interface CountedIndex {
  readonly index: IndexDescription;
  readonly usable: UsableFields;
  readonly counts: Counts;
  readonly category: Category;
  readonly criteria: Criteria;
}

/** A category, as a plan or a verification has found it. */
export interface FoundCategory {
  readonly category: Category;
  readonly criteria: Criteria;
  readonly survey: Survey;
}

/** The fields that a rule needs in the mapping of an index. */
export interface MappingNeeds {
  /** Fields that the rule reads as dates. An index template has to map them for the next index. */
  readonly dates: readonly string[];
  /** The other fields that the rule searches, such as the account. An index template has to map these too. */
  readonly otherFields: readonly string[];
  /**
   * The decision that the rule makes by the dates of a document: whether it is too old, or whether it is new use.
   * Absent: nothing.
   */
  readonly datesDecide?: 'age' | 'new-use';
}

/** The words for a rule in output for people and for programs. */
export interface RuleWording {
  /** The adjective for the documents that it removes, such as "expired". */
  readonly due: string;
  /** The noun phrase for such documents, in singular and plural. */
  readonly dueDocuments: readonly [one: string, many: string];
  /** The maximum time that data may stay, for a table column. */
  limit(category: Category): string;
  /** The full text of the rule. */
  rule(category: Category): string;
  /** Lines of `plan` above the table; empty if the category has no such rule. */
  planned(found: FoundCategory): readonly string[];
  /** Keys of a category in every `--json` document; null if the category has no such rule. */
  json(category: Category): Readonly<Record<string, unknown>>;
  /** Keys of a category in `plan --json`. */
  plannedJson(found: FoundCategory): Readonly<Record<string, unknown>>;
}

/**
 * The part of a report about the rules of a run. Instants are ISO 8601 in UTC, durations have the form of the policy.
 */
export interface RuleInReport {
  readonly cutoff?: string;
  readonly maxAge?: string;
  readonly allowedLateness?: string;
}

/**
 * The whole meaning of one kind of rule. `lib/policy/rules` says how it is written in the policy, and
 * `lib/adapters/elasticsearch/rules` how Elasticsearch is queried for it, both under the same id. The pipeline of
 * `lib/purge` calls every kind in the same way. A few of its places look at the criteria of the termination rule: those
 * that concern the ledger, because no other kind has one. Functions that take criteria are called for every kind.
 * Functions that take a category are called only for the kinds that it has; see rule-kinds.ts.
 */
export interface RuleKind {
  /** The key under `rules` of a category. */
  readonly id: keyof Rules;
  /** This rule's part of the criteria: which documents are due. Called only for categories that have the rule. */
  criteriaOf(context: RuleContext): Partial<Criteria>;
  /**
   * This rule's part of the criteria at a later instant: the cutoff for due documents stays, but the bound for overdue
   * documents moves on.
   */
  criteriaAt?(criteria: Criteria, category: Category, now: Instant): Partial<Criteria>;
  /** This rule's part of the criteria, with no later cutoff than this. Absent if the rule has no cutoff. */
  criteriaBefore?(criteria: Criteria, cutoff: Instant): Partial<Criteria>;
  /** This rule's part of the criteria, which also counts documents that fell due after an earlier instant. */
  criteriaSince?(criteria: Criteria, category: Category, instant: Instant): Partial<Criteria>;
  /**
   * The parts of the time after an instant in which documents fall due. Absent if nobody knows in advance when
   * documents fall due.
   */
  dueParts?(category: Category, start: Instant): readonly DuePart[];
  /** Whether any document can be due by this rule's part of the criteria. */
  canBeDue(criteria: Criteria): boolean;
  /** The fields that the rule needs in the mapping of this category's indices. */
  mappingNeeds(category: Category): MappingNeeds;
  /** The facts that the queries of this rule need about an index, beyond the dates and accounts of every category. */
  usableFieldsOf?(index: IndexDescription, category: Category): Partial<UsableFields>;
  /** Findings about fields of an index that this rule cannot read. */
  mappingFindings?(counted: CountedIndex): readonly Finding[];
  /** Findings about the counts of an index. */
  countFindings?(counted: CountedIndex): readonly Finding[];
  /** Findings about the category as a whole. */
  findings?(found: FoundCategory, now: Instant): readonly Finding[];
  /** Replaces the usual notice if the category has no index at all. */
  noIndexFinding?(category: Category, criteria: Criteria): Finding | undefined;
  /**
   * How long (in milliseconds) the oldest document has been expired, and how long it has been overdue. Absent if the
   * rule does not depend on dates.
   */
  lag?(category: Category, oldestAt: Instant, now: Instant): { readonly expired: number; readonly overdue: number };
  /** When a document of this date becomes overdue. Absent if the rule does not depend on dates. */
  overdueFrom?(category: Category, date: Instant): Instant | undefined;
  /** The part of a report about this rule. */
  reported?(category: Category, criteria: Criteria): RuleInReport;
  readonly wording: RuleWording;
}
