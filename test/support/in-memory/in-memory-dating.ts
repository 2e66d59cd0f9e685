import type { Instant } from '../../../lib/policy/instant.ts';
import type { AgeCriteria, AgeSlice, Dating } from '../../../lib/purge/document-store.ts';
import type { InMemoryDocument } from './in-memory-cluster.ts';

/** Which field dates a document, and by which values; undefined when neither does. */
export interface Dated {
  readonly field: AgeSlice['field'];
  readonly values: readonly Instant[];
}

const believable = (values: readonly Instant[], { earliest, futureFrom }: AgeCriteria): boolean =>
  values.length > 0 && values.every((value) => value >= earliest && value < futureFrom);

/** The semantics of {@link AgeCriteria}, in memory. */
export const datedBy = (document: InMemoryDocument, dating: Dating, criteria: AgeCriteria): Dated | undefined => {
  const { timestamps, ingested, malformed } = document;
  if (dating.timestamp && malformed !== true && believable(timestamps, criteria))
    return { field: 'timestamp', values: timestamps };
  if (dating.ingested && believable(ingested, criteria)) return { field: 'ingested', values: ingested };
  return undefined;
};

/** Whether every value of the field that dates the document is before the instant. */
export const isBefore = (dated: Dated | undefined, instant: Instant): dated is Dated =>
  dated?.values.every((value) => value < instant) ?? false;

/** Kept by its timestamp, although its ingestion is before what is overdue. */
export const isAheadOfIngestion = (document: InMemoryDocument, dating: Dating, criteria: AgeCriteria): boolean => {
  if (!dating.ingested || !believable(document.ingested, criteria)) return false;
  const dated = datedBy(document, dating, criteria);
  const kept = dated?.field === 'timestamp' && !isBefore(dated, criteria.cutoff);
  return kept && document.ingested.every((value) => value < criteria.overdueBefore);
};
