import { number } from '../../base/number-text.ts';
import type { Counts } from '../../criteria/counts.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { IndexDescription } from '../../criteria/index-description.ts';
import type { Category, DateDecision } from '../../policy/retention-policy.ts';
import { dateDecisionFor, describeDateField, takesDates } from './date-field.ts';
import { arrivingDates, unseenDates } from './unseen-dates.ts';

/**
 * If more than this share of an index is kept by its ingestion date although its timestamp is overdue, the documents
 * did not arrive late: somebody rewrote their timestamps.
 */
const RESTAMPED_SHARE = 0.5;

const decide = ({ id }: Category, index: string, dates: string): string =>
  `decide in the policy, under dateDecisions of "${id}", which date counts in ${index} (${dates})`;

/** The number of documents that neither field dates. */
export const undatedOf = ({ undatable, unseen = 0 }: Pick<Counts, 'undatable' | 'unseen'>): number =>
  undatable - unseen;

/** Advice on how to give a date to documents without one. */
const toDate = (description: IndexDescription, { id, timestampField, ingestedField }: Category): string =>
  takesDates(description, ingestedField)
    ? `To have them age out from an instant that you vouch for: node bin/es-retention.mjs backfill-dates --category ${id} --ingested-at <instant> --execute`
    : `No date can be written there (${describeDateField(description, ingestedField)}): reindex ${description.name} into an index that maps "${timestampField}" and "${ingestedField}" as date.`;

const undatable = (description: IndexDescription, category: Category, documents: number): Finding => ({
  code: 'undatable',
  severity: 'blocking',
  index: description.name,
  expected: `every document dated by "${category.timestampField}" or "${category.ingestedField}", not before the policy's "earliest" and not in the future`,
  found: `${number(documents)} that neither field dates`,
  fix: `Nothing is deleted on a guess. ${toDate(description, category)}`,
});

/** A mapping of a field as a date, nested in its parent objects. */
const asDate = (path: string): object =>
  path.split('.').reduceRight<object>((inner, name) => ({ properties: { [name]: inner } }), { type: 'date' });

/** Advice on how to index dates that are only in `_source`. */
const indexAnew = (description: IndexDescription, fields: readonly string[]): string => {
  const { name } = description;
  if (fields.some((field) => description.fields.has(field) && unseenDates(description, field)?.in === 'all'))
    return `Reindex ${name} into an index that maps ${fields.map((field) => `"${field}"`).join(' and ')} as date.`;
  const isFull = fields.some((field) => description.leavesOut?.get(field) === 'beyond-limit');
  const mappings = fields
    .filter((field) => !description.fields.has(field))
    .map(
      (field) =>
        `Map the field: PUT /${name}/_mapping ${JSON.stringify(description.flat?.get(field) ?? asDate(field))}. `,
    );
  const lacking = fields.map((field) => ({ bool: { must_not: [{ exists: { field } }] } }));
  const query = JSON.stringify({ query: { bool: { should: lacking } } });
  const units =
    'Look at the values first: a date field without a format reads numbers as milliseconds. Where they are seconds, its format must be epoch_second; if it is mapped otherwise, reindex instead. ';
  return `${units}${isFull ? 'Raise index.mapping.total_fields.limit. ' : ''}${mappings.join('')}Take off a final pipeline, if there is one. Then have them indexed anew: POST /${name}/_update_by_query?pipeline=_none&refresh=true ${query}. A value that is no date stops this request: correct that document first.`;
};

/** Finding for documents that stay because they have, or may have, a date in `_source` alone. */
export const unseenFinding = (description: IndexDescription, category: Category, documents: number): Finding => {
  const { name } = description;
  const asked = [category.timestampField, category.ingestedField].flatMap((field) => {
    const dates = unseenDates(description, field);
    return dates === undefined ? [] : [{ field, isTold: dates.path !== undefined }];
  });
  const toldFields = asked.filter(({ isTold }) => isTold).map(({ field }) => field);
  // If `_source` is incomplete, a second write of a document would lose the rest.
  const way =
    toldFields.length > 0 && description.source === undefined
      ? `${indexAnew(description, toldFields)} Or`
      : '_source is not complete. Send these documents again from their origin, into an index that maps both fields as dates, and delete them here; or';
  return {
    code: 'undatable',
    severity: 'blocking',
    index: name,
    expected: `every value of "${category.timestampField}" and "${category.ingestedField}" in the index, where searches find it`,
    found: `${number(documents)} documents may not be expired yet: they ${toldFields.length > 0 ? 'have' : 'may have'} one of these dates only in _source, or in seconds that were read as milliseconds (January 1970)`,
    fix: `Until the date is over, they stay. ${way} reindex into an index whose format fits the numbers ("format": "strict_date_optional_time||epoch_second" where all are seconds); or ${decide(category, name, 'date: timestamp or date: ingested, whichever is right')}.`,
  };
};

/**
 * The finding for documents that are due by the index, but that no deletion removed although their deletion was
 * requested.
 */
export const stayedFinding = (description: IndexDescription, category: Category, documents: number): Finding => {
  const fields = [category.timestampField, category.ingestedField].filter((field) => arrivingDates(description, field));
  return {
    code: 'not-purged',
    severity: 'blocking',
    index: description.name,
    expected: 'all due documents in it removed',
    found: `${number(documents)} left: they arrived meanwhile, or have a date in _source, in a field that is not mapped, that may not be expired yet`,
    fix: `The next run deletes the documents that arrived. If some stay: ${indexAnew(description, fields)}`,
  };
};

/** Finding for an index that is too large to search for dates in `_source`. */
export const sourceUnsearchedFinding = (description: IndexDescription, category: Category): Finding => ({
  code: 'unanswered',
  severity: 'blocking',
  index: description.name,
  expected: 'dates in the index, or so few documents without them that each _source can be read at once',
  found: 'a check that took too long: fewer documents may be due there than were counted',
  fix: `Every run deletes, in parts, the documents that are expired for certain, and counts again. If it stays, ${decide(category, description.name, 'date: timestamp or date: ingested, whichever is right')}.`,
});

const aheadOfIngestion = (
  index: string,
  category: Category,
  documents: number,
  decided: DateDecision['date'] | undefined,
): Finding => ({
  code: 'ahead-of-ingestion',
  severity: decided !== undefined ? 'notice' : 'blocking',
  index,
  expected: `documents whose "${category.timestampField}" is at most the allowed lateness after "${category.ingestedField}"`,
  found: `${number(documents)} with a later timestamp, which keeps them longer: a clock ran ahead`,
  fix:
    decided !== undefined
      ? `They are removed by ${decided === 'later' ? 'the later of both dates' : 'their timestamp'}, as the policy decides.`
      : `They are removed when their timestamp is old enough. To remove them earlier, ${decide(category, index, 'date: ingested has them go now, date: later keeps them')}.`,
});

const behindIngestion = (index: string, category: Category, counts: Counts, isDecided: boolean): Finding => {
  const isRestamped = counts.behindIngestion > counts.documents * RESTAMPED_SHARE;
  const found = `${number(counts.behindIngestion)} of ${number(counts.documents)} documents that "${category.ingestedField}" keeps although "${category.timestampField}" is overdue`;
  return {
    code: 'behind-ingestion',
    severity: isRestamped && !isDecided ? 'blocking' : 'notice',
    index,
    expected: `documents that were ingested at the time of their timestamp`,
    found,
    fix:
      isRestamped && !isDecided
        ? `So many documents probably got a new ingestion date from a reindex or a pipeline. To end this, ${decide(category, index, 'date: timestamp has them go now, date: later keeps them')}.`
        : 'A clock ran behind, or the documents arrived late. They are removed when their ingestion date is old enough.',
  };
};

/** All findings about the dates of one index's documents. */
export const dateFindings = (description: IndexDescription, category: Category, counts: Counts): readonly Finding[] => {
  const { name } = description;
  const decided = dateDecisionFor(description, category)?.date;
  const { unseen = 0 } = counts;
  const undated = undatedOf(counts);
  return [
    ...(undated > 0 ? [undatable(description, category, undated)] : []),
    ...(unseen > 0 ? [unseenFinding(description, category, unseen)] : []),
    ...(counts.aheadOfIngestion > 0 ? [aheadOfIngestion(name, category, counts.aheadOfIngestion, decided)] : []),
    ...(counts.behindIngestion > 0 ? [behindIngestion(name, category, counts, decided !== undefined)] : []),
  ];
};
