import type { Dating, ErasureCriteria, OwedSubject, SubjectCounts } from '../../../lib/purge/document-store.ts';
import type { InMemoryDocument } from './in-memory-cluster.ts';

const newest = (document: InMemoryDocument, dating: Dating, { earliest, futureFrom }: ErasureCriteria) => {
  const believable = (values: readonly number[]) => values.filter((value) => value >= earliest && value < futureFrom);
  const timestamps = dating.timestamp ? believable(document.timestamps) : [];
  const values = timestamps.length > 0 || !dating.ingested ? timestamps : believable(document.ingested);
  return values.length === 0 ? undefined : Math.max(...values);
};

/** What a document is to a subject, by the semantics of {@link ErasureCriteria}; undefined when it does not bear it. */
export const relationTo = (
  { uin, sdkAppId, until }: OwedSubject,
  document: InMemoryDocument,
  dating: Dating,
  criteria: ErasureCriteria,
): keyof SubjectCounts | undefined => {
  const accounts = document.uin ?? [];
  const applications = document.sdkAppId ?? [];
  if (dating.account === undefined || !accounts.includes(uin)) return undefined;
  if (until !== undefined && !dating.timestamp && !dating.ingested) return undefined;
  if (sdkAppId !== undefined && (dating.application === undefined || !applications.includes(sdkAppId)))
    return undefined;
  if (accounts.length > 1 || (sdkAppId !== undefined && applications.length > 1)) return 'shared';
  const at = newest(document, dating, criteria);
  return until !== undefined && at !== undefined && at > until ? 'newUse' : 'owed';
};

/** Whether a document is owed to any of these subjects. */
export const isOwed = (
  document: InMemoryDocument,
  dating: Dating,
  criteria: ErasureCriteria | undefined,
  subjects: readonly OwedSubject[] = criteria?.subjects ?? [],
): boolean =>
  criteria !== undefined && subjects.some((subject) => relationTo(subject, document, dating, criteria) === 'owed');
