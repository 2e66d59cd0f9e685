import type { Counts } from '../criteria/counts.ts';
import type { Criteria, HeldCriteria, UsableFields } from '../criteria/due-criteria.ts';
import type { IndexDescription } from '../criteria/index-description.ts';
import { isFullyDue, type Survey, type SurveyedIndex } from '../criteria/survey-result.ts';
import type { Category } from '../policy/retention-policy.ts';
import { dateFindings, sourceUnsearchedFinding } from '../rules/dates/date-findings.ts';
import { mappingFindings, usableFieldsOf } from '../rules/field-mapping.ts';
import { kindsOf, mappingNeedsOf, RULE_KINDS } from '../rules/rule-kinds.ts';
import { heldByOf, holdNotExamined, mayHave } from './controls/held-index.ts';
import type { DocumentStore } from './document-store.ts';
import { unansweredFinding, unavailability } from './indices/unavailable-index.ts';

const withoutAccount = ({ account, ...usable }: UsableFields): UsableFields => usable;

/**
 * One survey, and whether a second one may find more: an index that was healthy when described did not answer the
 * count.
 */
interface OneSurvey {
  readonly surveyed: Survey;
  readonly isWorthRepeating: boolean;
}

/**
 * Counts the documents of a category, after a refresh, in a constant number of requests. Indices that are closed, red
 * or silent are named in findings; the others are still counted. If an index stopped answering in between (it vanished
 * or was closed), the survey is repeated once, so that the other indices need not wait for the next run.
 * @throws TransientError if the store does not answer at all.
 */
export const survey = async (store: DocumentStore, category: Category, criteria: Criteria): Promise<Survey> => {
  const first = await surveyOnce(store, category, criteria);
  const { surveyed } = first.isWorthRepeating ? await surveyOnce(store, category, criteria) : first;
  return withPast(store, category, surveyed);
};

const templateFieldsOf = (
  store: Pick<DocumentStore, 'templateFields'>,
  category: Category,
  names: readonly string[],
): ReturnType<DocumentStore['templateFields']> => {
  const { dates, otherFields } = mappingNeedsOf(category);
  return store.templateFields(names, { dates, otherFields });
};

/**
 * For new indices of these names, whether an index template currently maps the fields that the category's rules need.
 */
export const areMappedByTemplates = async (
  store: Pick<DocumentStore, 'templateFields'>,
  category: Category,
  indices: readonly string[],
): Promise<readonly boolean[]> => {
  const fields = await templateFieldsOf(store, category, [...new Set(indices)]);
  return indices.map((index) => {
    const templateFields = fields.get(index);
    return templateFields !== undefined && isTemplated({ templateFields }, category);
  });
};

/**
 * If all documents of some index may go, adds the facts that decide whether the index may be dropped. This takes two
 * more requests.
 */
const withPast = async (store: DocumentStore, category: Category, surveyed: Survey): Promise<Survey> => {
  const isEmpty = ({ counts }: SurveyedIndex): boolean => counts?.documents === 0;
  const emptyOrDue = surveyed.indices.filter((index) => isEmpty(index) || isFullyDue(index));
  if (emptyOrDue.length === 0) return surveyed;
  const [operations, templates] = await Promise.all([
    store.operations(category.indices),
    templateFieldsOf(
      store,
      category,
      emptyOrDue.map(({ description }) => description.name),
    ),
  ]);
  return {
    ...surveyed,
    indices: surveyed.indices.map((index) => {
      if (!emptyOrDue.includes(index)) return index;
      const taken = operations.get(index.description.name);
      const templateFields = templates.get(index.description.name);
      return {
        ...index,
        ...(taken !== undefined && { operations: taken }),
        ...(templateFields !== undefined && { templateFields }),
      };
    }),
  };
};

/** The fields that every category has, and the further fields that its rules read. */
const surveyedFields = (category: Category): readonly string[] => {
  const { timestampField, ingestedField, accountField, applicationField } = category;
  const { dates, otherFields } = mappingNeedsOf(category);
  const named = [timestampField, ingestedField, accountField, applicationField ?? []].flat();
  return [...new Set([...named, ...dates, ...otherFields])];
};

const ruleUsableFieldsOf = (description: IndexDescription, category: Category): UsableFields =>
  Object.assign(
    { ...usableFieldsOf(description, category) },
    ...kindsOf(category).map((kind) => kind.usableFieldsOf?.(description, category)),
  );

/** An index that answered the count, with its findings. */
const countedIndex = (
  { description, usable }: Pick<SurveyedIndex, 'description' | 'usable'>,
  counts: Counts,
  category: Category,
  criteria: Criteria,
  {
    unsearched,
    sourceUnsearched,
  }: Pick<Awaited<ReturnType<DocumentStore['count']>>, 'unsearched' | 'sourceUnsearched'>,
): SurveyedIndex => {
  const { name } = description;
  const counted = { index: description, usable, counts, category, criteria };
  const findings =
    counts.documents === 0
      ? []
      : [
          ...mappingFindings(description, category),
          ...RULE_KINDS.flatMap((kind) => kind.mappingFindings?.(counted) ?? []),
        ];
  const isSourceUnsearched = sourceUnsearched?.has(name) === true && counts.due > 0;
  const late = isSourceUnsearched ? [sourceUnsearchedFinding(description, category)] : [];
  // Later requests to this index must not search for an account either.
  const believed = unsearched?.has(name) ? withoutAccount(usable) : usable;
  const countFindings = [
    ...late,
    ...holdNotExamined(description, believed, counts, category),
    ...dateFindings(description, category, counts),
    ...RULE_KINDS.flatMap((kind) => kind.countFindings?.(counted) ?? []),
  ];
  return {
    description,
    usable: believed,
    counts,
    findings: [...findings, ...countFindings],
    ...(isSourceUnsearched && { isSourceUnsearched: true as const }),
  };
};

const withoutApplication = ({ application, ...usable }: UsableFields): UsableFields => usable;

/**
 * Each index with its readable fields. If no index has the application field, it may be misspelt in the policy. Then no
 * application is searched, since nothing would be found.
 */
const datedIndices = (
  described: readonly IndexDescription[],
  category: Category,
  { held: asked }: Pick<Criteria, 'held'>,
) => {
  const { applicationField } = category;
  const isApplicationNowhere = applicationField !== undefined && !described.some(mayHave(applicationField));
  return described.map((description) => {
    const own = ruleUsableFieldsOf(description, category);
    const usable = isApplicationNowhere ? withoutApplication(own) : own;
    const held = heldByOf(description, usable, asked);
    return {
      description,
      usable: held === undefined ? usable : { ...usable, held },
      outage: unavailability(description),
    };
  });
};

/**
 * The indices of a category in which nobody can tell which documents a hold of an account keeps. All documents there
 * stay.
 * @throws TransientError if the store does not answer.
 */
export const unclearIndices = async (
  store: Pick<DocumentStore, 'describe'>,
  category: Category,
  held: HeldCriteria,
): Promise<readonly string[]> =>
  datedIndices(await store.describe(category.indices, surveyedFields(category)), category, { held }).flatMap(
    ({ description, usable }) => (usable.held === 'unclear' ? [description.name] : []),
  );

const surveyOnce = async (store: DocumentStore, category: Category, criteria: Criteria): Promise<OneSurvey> => {
  const fields = surveyedFields(category);
  const dated = datedIndices(await store.describe(category.indices, fields), category, criteria);
  const askable = dated
    .filter(({ outage }) => outage === undefined)
    .map(({ description, usable }) => ({ name: description.name, primaries: description.primaries, usable }));
  const answer = await store.count(
    // A refresh that includes a red index waits a minute for it. So the other indices are refreshed by name.
    askable.length === dated.length ? category.indices : askable.map(({ name }) => name),
    askable,
    criteria,
  );
  const { counts, unanswered, faulty, oldestAt, subjects, unsearched } = answer;
  // A count is believed only if the mapping is the same before and after it.
  const reads = counts.size === 0 ? counts : await store.mappings(category.indices, fields);
  const isBelieved = ({ name, read }: IndexDescription): boolean => reads.get(name) === read.digest;
  const indices = dated.map(({ description, usable, outage }): SurveyedIndex => {
    const { name } = description;
    if (outage !== undefined) return { description, usable, findings: [outage] };
    const counted = counts.get(name);
    if (counted === undefined || !isBelieved(description)) {
      const why = counted === undefined ? unanswered.get(name) : 'its mapping changed while it was counted';
      return { description, usable, findings: [unansweredFinding(name, why)] };
    }
    return countedIndex({ description, usable }, counted, category, criteria, answer);
  });
  const surveyed = {
    indices,
    ...(subjects === undefined ? {} : { subjects }),
    ...(unsearched?.size ? { unsearched } : {}),
    ...(criteria.mayBeEmpty === true && { mayBeEmpty: true as const }),
    ...(oldestAt === undefined ? {} : { oldestAt }),
  };
  const isWorthRepeating = indices.some(
    ({ counts: counted, description }) =>
      counted === undefined && unavailability(description) === undefined && faulty?.has(description.name) !== true,
  );
  return { surveyed, isWorthRepeating };
};

/** Whether an index template maps, in a new index of this name, the fields that the category's rules need. */
export const isTemplated = ({ templateFields }: Pick<SurveyedIndex, 'templateFields'>, category: Category): boolean => {
  const { dates, otherFields } = mappingNeedsOf(category);
  return templateFields !== undefined && [...dates, ...otherFields].every((field) => templateFields.has(field));
};
