import type { Instant } from '../../../lib/policy/time/instant.ts';
import { misreadSeconds } from '../../../lib/purge/dates/misread-seconds.ts';
import type { AgeCriteria, DateField, Dating } from '../../../lib/purge/document-store.ts';
import type { InMemoryDocument } from './in-memory-cluster.ts';

/** By which field's values a document is sorted into a slice, and until when it counts; undefined when neither dates it. */
export interface Dated {
  readonly field: DateField;
  readonly values: readonly Instant[];
  /** The later of both dates. */
  readonly at: Instant;
  /** Nothing of it is due: the index may hide a date of it. */
  readonly isHeld: boolean;
}

const FIELDS = ['timestamp', 'ingested'] as const;

const valuesOf = ({ timestamps, ingested }: InMemoryDocument, field: DateField): readonly Instant[] =>
  field === 'timestamp' ? timestamps : ingested;

const believable = (values: readonly Instant[], { earliest, futureFrom }: AgeCriteria): boolean =>
  values.length > 0 && values.every((value) => value >= earliest && value < futureFrom);

/** Ahead of now: the fake knows no malformed ingestion. */
const hasDoubtfulIngestion = ({ ingested }: InMemoryDocument, dating: Dating, { futureFrom }: AgeCriteria): boolean =>
  dating.decided !== 'timestamp' &&
  (dating.ingested || dating.vetoes?.includes('ingested') === true) &&
  ingested.some((value) => value >= futureFrom);

const isDatedBy = (document: InMemoryDocument, dating: Dating, criteria: AgeCriteria, field: DateField): boolean =>
  dating[field] &&
  !(field === 'timestamp' && (document.malformed === true || hasDoubtfulIngestion(document, dating, criteria))) &&
  believable(valuesOf(document, field), criteria);

/** The semantics of {@link AgeCriteria}, in memory. */
export const datedBy = (document: InMemoryDocument, dating: Dating, criteria: AgeCriteria): Dated | undefined => {
  const field = FIELDS.find((each) => isDatedBy(document, dating, criteria, each));
  if (field === undefined) return undefined;
  const { decided, vetoes = [], unreadable, unmapped = [] } = dating;
  const isHeard = (each: DateField): boolean =>
    decided === undefined || decided === each || !isDatedBy(document, dating, criteria, decided);
  const counts = (each: DateField): boolean => (dating[each] || vetoes.includes(each)) && isHeard(each);
  const values = FIELDS.filter(counts).flatMap((each) => valuesOf(document, each));
  return {
    field,
    values: valuesOf(document, field),
    at: Math.max(...values.filter((value) => value < criteria.futureFrom)),
    isHeld: unreadable !== undefined || unmapped.some((each) => isHeard(each) && valuesOf(document, each).length > 0),
  };
};

/** Whether a value before belief is not over when it is read as seconds. */
const isMisread = (
  document: InMemoryDocument,
  dating: Dating,
  criteria: AgeCriteria,
  instant: Instant,
  field: DateField,
): boolean => {
  const misread = misreadSeconds(criteria, instant);
  if (misread === undefined || !(dating[field] || dating.vetoes?.includes(field))) return false;
  return valuesOf(document, field).some((value) => value >= misread.gte && value < misread.lt);
};

/**
 * Whether a date keeps a document that would be due by the index, and that the index does not have: it is not certainly over, or nobody can
 * tell.
 */
export const isUnseen = (
  document: InMemoryDocument,
  dating: Dating,
  criteria: AgeCriteria,
  instant: Instant = criteria.cutoff,
): boolean => {
  const dated = datedBy(document, dating, criteria);
  if (dated === undefined || dated.isHeld || dated.at >= instant) return false;
  return FIELDS.some((field) => {
    const { decided } = dating;
    if (decided !== undefined && decided !== field && isDatedBy(document, dating, criteria, decided)) return false;
    if (isMisread(document, dating, criteria, instant, field)) return true;
    const unseen = dating.unseen?.[field];
    if (unseen === undefined || (valuesOf(document, field).length > 0 && unseen.in !== 'all')) return false;
    const values = document.unseen?.[field] ?? [];
    if (unseen.path === undefined) return unseen.in !== 'ignored' || values.length > 0;
    return values.some((value) => value >= instant || value < criteria.earliest);
  });
};

/** Whether the later of both dates is before the instant. */
export const isBefore = (dated: Dated | undefined, instant: Instant): dated is Dated =>
  dated !== undefined && !dated.isHeld && dated.at < instant;

const datesByBoth = (document: InMemoryDocument, dating: Dating, criteria: AgeCriteria): boolean =>
  FIELDS.every((field) => isDatedBy(document, dating, criteria, field));

/** Kept by its timestamp, although its ingestion is before what is overdue. */
export const isAheadOfIngestion = (document: InMemoryDocument, dating: Dating, criteria: AgeCriteria): boolean =>
  dating.decided !== 'ingested' &&
  datesByBoth(document, dating, criteria) &&
  document.timestamps.some((value) => value >= criteria.cutoff) &&
  document.ingested.every((value) => value < criteria.apartBefore);

/** Kept by its ingestion, although its timestamp is overdue. */
export const isBehindIngestion = (document: InMemoryDocument, dating: Dating, criteria: AgeCriteria): boolean =>
  dating.decided === undefined &&
  dating.ingested &&
  isDatedBy(document, dating, criteria, 'timestamp') &&
  document.timestamps.every((value) => value < criteria.apartBefore) &&
  document.ingested.some((value) => value >= criteria.cutoff && value < criteria.futureFrom);
