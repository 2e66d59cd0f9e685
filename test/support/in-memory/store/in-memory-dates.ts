import type { AgeCriteria, DateField, UsableFields } from '../../../../lib/criteria/due-criteria.ts';
import type { Instant } from '../../../../lib/policy/time/instant.ts';
import { misreadSeconds } from '../../../../lib/rules/dates/misread-seconds.ts';
import type { InMemoryDocument } from '../in-memory-cluster.ts';

/**
 * The field by which a document belongs to a slice, and the instant until which it counts. Undefined if neither field
 * dates it.
 */
export interface Dated {
  readonly field: DateField;
  readonly values: readonly Instant[];
  /** The later of both dates. */
  readonly at: Instant;
  /** The document is not due, because the index may hide one of its dates. */
  readonly isHeld: boolean;
}

const FIELDS = ['timestamp', 'ingested'] as const;

const valuesOf = ({ timestamps, ingested }: InMemoryDocument, field: DateField): readonly Instant[] =>
  field === 'timestamp' ? timestamps : ingested;

const believable = (values: readonly Instant[], { earliest, futureFrom }: AgeCriteria): boolean =>
  values.length > 0 && values.every((value) => value >= earliest && value < futureFrom);

/** Whether the ingestion date is in the future. The fake has no malformed dates. */
const hasDoubtfulIngestion = (
  { ingested }: InMemoryDocument,
  usable: UsableFields,
  { futureFrom }: AgeCriteria,
): boolean =>
  usable.decided !== 'timestamp' &&
  (usable.ingested || usable.vetoes?.includes('ingested') === true) &&
  ingested.some((value) => value >= futureFrom);

const isDatedBy = (
  document: InMemoryDocument,
  usable: UsableFields,
  criteria: AgeCriteria,
  field: DateField,
): boolean =>
  usable[field] &&
  !(field === 'timestamp' && (document.malformed === true || hasDoubtfulIngestion(document, usable, criteria))) &&
  believable(valuesOf(document, field), criteria);

/** Implements {@link AgeCriteria} in memory. */
export const datedBy = (document: InMemoryDocument, usable: UsableFields, criteria: AgeCriteria): Dated | undefined => {
  const field = FIELDS.find((each) => isDatedBy(document, usable, criteria, each));
  if (field === undefined) return undefined;
  const { decided, vetoes = [], unreadable, unmapped = [] } = usable;
  const isHeard = (each: DateField): boolean =>
    decided === undefined || decided === each || !isDatedBy(document, usable, criteria, decided);
  const counts = (each: DateField): boolean => (usable[each] || vetoes.includes(each)) && isHeard(each);
  const values = FIELDS.filter(counts).flatMap((each) => valuesOf(document, each));
  return {
    field,
    values: valuesOf(document, field),
    at: Math.max(...values.filter((value) => value < criteria.futureFrom)),
    isHeld: unreadable !== undefined || unmapped.some((each) => isHeard(each) && valuesOf(document, each).length > 0),
  };
};

/** Whether an implausibly old value, read as seconds, is not yet expired. */
const isMisread = (
  document: InMemoryDocument,
  usable: UsableFields,
  criteria: AgeCriteria,
  instant: Instant,
  field: DateField,
): boolean => {
  const misread = misreadSeconds(criteria, instant);
  if (misread === undefined || !(usable[field] || usable.vetoes?.includes(field))) return false;
  return valuesOf(document, field).some((value) => value >= misread.gte && value < misread.lt);
};

/**
 * Whether a document that would be due is kept by a date that the index does not have, because it is not certainly
 * expired or cannot be read.
 */
export const isUnseen = (
  document: InMemoryDocument,
  usable: UsableFields,
  criteria: AgeCriteria,
  instant: Instant = criteria.cutoff,
): boolean => {
  const dated = datedBy(document, usable, criteria);
  if (dated === undefined || dated.isHeld || dated.at >= instant) return false;
  return FIELDS.some((field) => {
    const { decided } = usable;
    if (decided !== undefined && decided !== field && isDatedBy(document, usable, criteria, decided)) return false;
    if (isMisread(document, usable, criteria, instant, field)) return true;
    const unseen = usable.unseen?.[field];
    if (unseen === undefined || (valuesOf(document, field).length > 0 && unseen.in !== 'all')) return false;
    const values = document.unseen?.[field] ?? [];
    if (unseen.path === undefined) return unseen.in !== 'ignored' || values.length > 0;
    return values.some((value) => value >= instant || value < criteria.earliest);
  });
};

/** Whether the later of both dates is before the instant. */
export const isBefore = (dated: Dated | undefined, instant: Instant): dated is Dated =>
  dated !== undefined && !dated.isHeld && dated.at < instant;

const datesByBoth = (document: InMemoryDocument, usable: UsableFields, criteria: AgeCriteria): boolean =>
  FIELDS.every((field) => isDatedBy(document, usable, criteria, field));

/** Whether the timestamp keeps the document although its ingestion date is overdue. */
export const isAheadOfIngestion = (document: InMemoryDocument, usable: UsableFields, criteria: AgeCriteria): boolean =>
  usable.decided !== 'ingested' &&
  datesByBoth(document, usable, criteria) &&
  document.timestamps.some((value) => value >= criteria.cutoff) &&
  document.ingested.every((value) => value < criteria.apartBefore);

/** Whether the ingestion date keeps the document although its timestamp is overdue. */
export const isBehindIngestion = (document: InMemoryDocument, usable: UsableFields, criteria: AgeCriteria): boolean =>
  usable.decided === undefined &&
  usable.ingested &&
  isDatedBy(document, usable, criteria, 'timestamp') &&
  document.timestamps.every((value) => value < criteria.apartBefore) &&
  document.ingested.some((value) => value >= criteria.cutoff && value < criteria.futureFrom);

/**
 * The dates that tell when a document falls due: the dates of the field that somebody decided for, or else the
 * ingestion date.
 */
export const keyDates = (
  document: InMemoryDocument,
  usable: UsableFields,
  criteria: AgeCriteria,
): readonly Instant[] => {
  const { decided = 'ingested' } = usable;
  const fields = FIELDS.toSorted((one, other) => Number(other === decided) - Number(one === decided));
  const field = fields.find((each) => isDatedBy(document, usable, criteria, each));
  return field === undefined ? [] : valuesOf(document, field);
};
