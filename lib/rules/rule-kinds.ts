import type { Criteria } from '../criteria/due-criteria.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { DuePart } from '../policy/time/due-parts.ts';
import type { Instant } from '../policy/time/instant.ts';
import { AGE_RULE } from './age.ts';
import type { MappingNeeds, RuleKind } from './rule.ts';
import { TERMINATION_RULE } from './termination.ts';

/** Every kind of rule, in the order of output. */
export const RULE_KINDS: readonly RuleKind[] = [AGE_RULE, TERMINATION_RULE];

/** The kinds of the rules that a category has. */
export const kindsOf = ({ rules }: Pick<Category, 'rules'>): readonly RuleKind[] =>
  RULE_KINDS.filter(({ id }) => rules[id] !== undefined);

/** The fields that the rules of a category need in the mapping of its indices. */
export const mappingNeedsOf = (
  category: Category,
): Omit<MappingNeeds, 'datesDecide'> & { readonly datesDecide: ReadonlySet<MappingNeeds['datesDecide']> } => {
  const needs = kindsOf(category).map((kind) => kind.mappingNeeds(category));
  const unique = (fields: readonly string[]): readonly string[] => [...new Set(fields)];
  return {
    dates: unique(needs.flatMap(({ dates }) => dates)),
    otherFields: unique(needs.flatMap(({ otherFields }) => otherFields)),
    datesDecide: new Set(needs.flatMap(({ datesDecide }) => datesDecide ?? [])),
  };
};

/**
 * The adjective for documents that a purge of the category removes, such as "expired". A category without rules has no
 * such documents: a plan can only say that nothing is "to be erased".
 */
export const dueWordOf = (category: Category): string => {
  const [only, ...others] = kindsOf(category);
  if (others.length > 0) return 'due';
  return (only ?? TERMINATION_RULE).wording.due;
};

/** The noun phrase for such documents, in singular and plural. */
export const dueDocumentsOf = (category: Category): readonly [one: string, many: string] => {
  const [only, ...others] = kindsOf(category);
  return only === undefined || others.length > 0 ? ['due document', 'due documents'] : only.wording.dueDocuments;
};

/** The criteria of a category, which also count the documents that fell due after an earlier instant. */
export const criteriaSince = (criteria: Criteria, category: Category, instant: Instant): Criteria =>
  Object.assign({ ...criteria }, ...kindsOf(category).map((kind) => kind.criteriaSince?.(criteria, category, instant)));

/** The parts of the time after an instant in which documents of the category fall due. Empty if nobody knows. */
export const duePartsOf = (category: Category, start: Instant): readonly DuePart[] =>
  kindsOf(category).flatMap((kind) => kind.dueParts?.(category, start) ?? []);

/**
 * How long (in milliseconds) the oldest document has been expired, and how long it has been overdue; 0 if it is not.
 * @param oldestAt undefined if no document has a believable date.
 */
export const lagsOf = (
  category: Category,
  oldestAt: Instant | undefined,
  now: Instant,
): { readonly expired: number; readonly overdue: number } => {
  const lags = kindsOf(category).flatMap((kind) =>
    oldestAt === undefined ? [] : (kind.lag?.(category, oldestAt, now) ?? []),
  );
  return {
    expired: Math.max(0, ...lags.map(({ expired }) => expired)),
    overdue: Math.max(0, ...lags.map(({ overdue }) => overdue)),
  };
};

/** When a document of this date becomes overdue, by the rules of the category that depend on dates. */
export const overdueFromOf = (category: Category, date: Instant): readonly Instant[] =>
  kindsOf(category).flatMap((kind) => kind.overdueFrom?.(category, date) ?? []);
