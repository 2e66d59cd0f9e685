import { RetentionError } from '../../base/errors.ts';
import { number } from '../../base/number-text.ts';
import { matchesPattern } from '../../policy/index-pattern.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { type AuditFinding, breach } from '../audit-finding.ts';
import type { AccountFields, AgeCount, AgeQuestion, AuditedIndex, AuditReader, Held } from '../audit-reader.ts';
import { overdueBound } from './age-bound.ts';

/** The counts of the audit in a category. */
export interface AgeFigures {
  readonly indices: number;
  readonly documents: number;
  /** Older than the promise and the allowed lateness; 0 without an age rule. */
  readonly overdue: number;
  readonly undatable: number;
  /** Indices that did not answer. */
  readonly unanswered: number;
  readonly oldest?: { readonly at: Instant; readonly ingestedAt?: Instant };
}

export interface AgeAudit {
  readonly figures: AgeFigures;
  readonly findings: readonly AuditFinding[];
}

const DATES = new Set(['date', 'date_nanos']);

export const accountFieldsOf = ({ accountField, applicationField }: Category): AccountFields => ({
  account: accountField,
  ...(applicationField !== undefined && { application: applicationField }),
});

/** The date fields of an index, and the date fields that are mapped as another type. */
const dateFieldsOf = ({ types }: AuditedIndex, { timestampField, ingestedField }: Category) => {
  const mapped = [timestampField, ingestedField].filter((field) => types.has(field));
  const isDate = (field: string): boolean => DATES.has(types.get(field) ?? '');
  return { dates: mapped.filter(isDate), others: mapped.filter((field) => !isDate(field)) };
};

const decidedFor = ({ name, dataStream }: AuditedIndex, category: Category): string | undefined => {
  const decision = category.dateDecisions.find(({ indices }) =>
    indices.some((pattern) => matchesPattern(name, pattern) || matchesPattern(dataStream ?? name, pattern)),
  );
  if (decision === undefined || decision.date === 'later') return undefined;
  return decision.date === 'timestamp' ? category.timestampField : category.ingestedField;
};

const notReadable = (index: AuditedIndex, others: readonly string[], { id }: Category): readonly AuditFinding[] =>
  others.map((field) =>
    breach(
      'date-field-hidden',
      {
        expected: `the field ${field} mapped as a date`,
        found: `the type ${index.types.get(field)}`,
        fix: 'Nobody can tell by this field how old a document is. Index the documents again into an index that maps it as a date.',
      },
      { category: id, index: index.name },
    ),
  );

const notAnswered = (index: string, category: string, error: RetentionError): AuditFinding =>
  breach(
    'not-audited',
    {
      expected: 'an index that answers the audit completely',
      found: `${error.code}: ${error.explanation.found}`,
      fix: 'The content of this index is unknown. See why it does not answer (a block, a missing shard, a privilege of the key), and run the audit again.',
    },
    { category, index },
  );

const late = (index: string, { id }: Category, { overdue, undatable }: AgeCount): readonly AuditFinding[] => [
  ...(overdue === 0
    ? []
    : [
        breach(
          'documents-overdue',
          {
            expected: 'no document older than the promise and the allowed lateness',
            found: number(overdue),
            fix: `Look: node bin/es-retention.mjs verify --category ${id}. If verify finds the promise kept, one of the two is wrong: compare the dates of the documents by hand.`,
          },
          { category: id, index },
        ),
      ]),
  ...(undatable === 0
    ? []
    : [
        breach(
          'documents-undatable',
          {
            expected: 'a believable date in every document',
            found: `${number(undatable)} without one: no run deletes them by age`,
            fix: `If you know a date, set it: node bin/es-retention.mjs backfill-dates --category ${id} --ingested-at INSTANT.`,
          },
          { category: id, index },
        ),
      ]),
];

const older = (a: AgeFigures['oldest'], b: AgeFigures['oldest']): AgeFigures['oldest'] =>
  a === undefined || (b !== undefined && b.at < a.at) ? b : a;

const NOTHING: AgeFigures = { indices: 0, documents: 0, overdue: 0, undatable: 0, unanswered: 0 };

const added = (sum: AgeFigures, { documents, overdue, undatable, oldest }: AgeCount): AgeFigures => {
  const first = older(sum.oldest, oldest);
  return {
    ...sum,
    indices: sum.indices + 1,
    documents: sum.documents + documents,
    overdue: sum.overdue + overdue,
    undatable: sum.undatable + undatable,
    ...(first !== undefined && { oldest: first }),
  };
};

/** The query for one index; undefined if the category has no age rule. */
const questionOf = (
  index: AuditedIndex,
  category: Category,
  policy: Pick<RetentionPolicy, 'earliest'>,
  now: Instant,
  held: Held,
): AgeQuestion | undefined => {
  const { age } = category.rules;
  if (age === undefined) return undefined;
  const decided = decidedFor(index, category);
  return {
    fields: dateFieldsOf(index, category).dates,
    ingestedField: category.ingestedField,
    ...(decided !== undefined && { decided }),
    earliest: policy.earliest,
    futureFrom: now + age.allowedLateness.milliseconds,
    overdueBefore: overdueBound(now, age),
    heldAccounts: held.accounts,
    accountFields: accountFieldsOf(category),
  };
};

const askIndex = async (
  reader: AuditReader,
  index: AuditedIndex,
  question: AgeQuestion | undefined,
  isHeld: boolean,
): Promise<AgeCount> => {
  if (question === undefined || isHeld) return { documents: await reader.count(index.name), overdue: 0, undatable: 0 };
  return reader.ages(index.name, question);
};

/**
 * Counts a category by age, index by index. An index that does not answer is a finding, and does not stop the others.
 */
export const auditAges = async (
  reader: AuditReader,
  category: Category,
  indices: readonly AuditedIndex[],
  policy: Pick<RetentionPolicy, 'earliest'>,
  now: Instant,
  held: Held,
): Promise<AgeAudit> => {
  const findings: AuditFinding[] = [];
  let figures = NOTHING;
  for (const index of indices) {
    const isHeld =
      held.all || [index.name, index.dataStream].some((name) => name !== undefined && held.indices.includes(name));
    try {
      const count = await askIndex(reader, index, questionOf(index, category, policy, now, held), isHeld);
      figures = added(figures, count);
      findings.push(...late(index.name, category, count));
      if (category.rules.age !== undefined)
        findings.push(...notReadable(index, dateFieldsOf(index, category).others, category));
    } catch (error) {
      if (!(error instanceof RetentionError)) throw error;
      figures = { ...figures, unanswered: figures.unanswered + 1 };
      findings.push(notAnswered(index.name, category.id, error));
    }
  }
  return { figures, findings };
};

/** An instant in a message. */
export const at = (instant: Instant | undefined): string => (instant === undefined ? 'none' : isoInstant(instant));
