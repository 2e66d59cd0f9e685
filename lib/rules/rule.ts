import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { Rules } from '../policy/rules/rules.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { Counts, Criteria, Dating, DueSubject } from '../purge/document-store.ts';
import type { Finding } from '../purge/finding.ts';
import type { IndexDescription } from '../purge/indices/index-description.ts';
import type { RuleInReport } from '../purge/report/rule-in-report.ts';
import type { Survey } from '../purge/surveyed.ts';

/** For what, and when, criteria are made. */
export interface RuleContext {
  readonly category: Category;
  readonly policy: RetentionPolicy;
  readonly now: Instant;
  /** The subjects whose erasure is due, and how many more are left to the next run. */
  readonly owed: { readonly subjects: readonly DueSubject[]; readonly more: number };
}

/** One index that was counted and holds documents. */
export interface CountedIndex {
  readonly index: IndexDescription;
  readonly dating: Dating;
  readonly counts: Counts;
  readonly category: Category;
  readonly criteria: Criteria;
}

/** A category as a plan or a verification found it. */
export interface FoundCategory {
  readonly category: Category;
  readonly criteria: Criteria;
  readonly survey: Survey;
}

/** What a rule needs of the mapping of an index. */
export interface MappingNeeds {
  /** Fields that it reads as dates, and that an index template has to map for the next index. */
  readonly dates: readonly string[];
  /** The same of fields with identifiers. */
  readonly identifiers: readonly string[];
  /** What the dates of a document decide: whether it is too old, or whether it is a new use. Absent: nothing. */
  readonly datesDecide?: 'age' | 'new-use';
}

/** How a rule is told to people and to programs. */
export interface RuleWording {
  /** What a document is that it removes: said of one, of some, of all. */
  readonly due: string;
  /** One of them, and several. */
  readonly dueDocuments: readonly [one: string, many: string];
  /** How long data may stay at most, for a column. */
  limit(category: Category): string;
  /** The rule in full. */
  rule(category: Category): string;
  /** Lines of `plan` above the table; none where the category has no such rule. */
  planned(found: FoundCategory): readonly string[];
  /** Keys of a category in every `--json` document; null where the category has no such rule. */
  json(category: Category): Readonly<Record<string, unknown>>;
  /** Keys of a category in `plan --json`. */
  plannedJson(found: FoundCategory): Readonly<Record<string, unknown>>;
  /** Of the documents that the guard does not count: what they are. */
  usual?(category: Category): string;
}

/**
 * What one kind of rule means, whole. How it is written in the policy stands in `lib/policy/rules`, and how it is asked of Elasticsearch in
 * `lib/adapters/elasticsearch/rules`, under the same id. The pipeline of `lib/purge` asks every kind the same, and never which one it is.
 *
 * What takes criteria is asked of every kind, and what takes a category of those that it has: see rule-kinds.ts.
 */
export interface RuleKind {
  /** Its key under `rules` of a category. */
  readonly id: keyof Rules;
  /** Which documents are due, as its own part of the criteria. Asked of categories that have such a rule. */
  criteriaOf(context: RuleContext): Partial<Criteria>;
  /** Its part of the criteria as of a later instant: what is due stays, what is overdue moves on. */
  criteriaAt?(criteria: Criteria, category: Category, now: Instant): Partial<Criteria>;
  /** Whether by its part of these criteria any document can be due. */
  isAskedBy(criteria: Criteria): boolean;
  mappingNeeds(category: Category): MappingNeeds;
  /** What its queries have to know of an index beside the dates and accounts that every category's may have. */
  datingOf?(index: IndexDescription, category: Category): Partial<Dating>;
  /** What keeps it from reading the fields of an index. */
  mappingFindings?(counted: CountedIndex): readonly Finding[];
  /** What was counted in an index, and that a person should know. */
  countFindings?(counted: CountedIndex): readonly Finding[];
  /** What is wrong with the category as a whole. */
  findings?(found: FoundCategory, now: Instant): readonly Finding[];
  /** Said in place of the usual notice where the category has no index at all. */
  noIndexFinding?(category: Category, criteria: Criteria): Finding | undefined;
  /** Milliseconds by which the oldest document outlived its promise, and by which it is overdue; absent where no date decides. */
  lag?(category: Category, oldestAt: Instant, now: Instant): { readonly expired: number; readonly overdue: number };
  /** What a report says of it. */
  reported?(category: Category, criteria: Criteria): RuleInReport;
  readonly wording: RuleWording;
}
