import type { DueSubject } from '../../criteria/due-criteria.ts';
import { type AgeSlice, SLICE_DOCUMENTS, type SubjectSlice } from '../document-remover.ts';

/**
 * The number of documents up to which parts are joined into a slice: one fewer than a request deletes. A request that
 * reaches its bound may have left documents, so its slice is sent again.
 */
const joinLimit = (most: number): number => Math.max(1, most - 1);

/** The documents from one sequence number on, for the width of a bucket. */
export interface NumberBucket {
  readonly from: number;
  readonly documents: number;
}

/**
 * The width of the histogram's buckets, in sequence numbers. It is small enough that a few neighbours make a full
 * slice, and large enough for at most 10,000 buckets (the server's limit is 65,536).
 * @param most documents of a full slice.
 */
export const bucketWidth = (from: number, to: number, documents: number, most = SLICE_DOCUMENTS): number => {
  const buckets = Math.min(10_000, Math.max(1, Math.ceil(documents / (most / 8))));
  return Math.max(1, Math.ceil((to - from + 1) / buckets));
};

/**
 * Joins neighbouring buckets into slices of fewer than `most` documents, so that each takes one request. A larger
 * bucket becomes its own slice, which takes several requests.
 */
export const joinBuckets = (
  buckets: readonly NumberBucket[],
  width: number,
  most = SLICE_DOCUMENTS,
): readonly AgeSlice[] => {
  const slices: AgeSlice[] = [];
  let open: { from: number; to: number; documents: number } | undefined;
  for (const { from, documents } of buckets) {
    if (open !== undefined && open.documents + documents <= joinLimit(most)) {
      open = { from: open.from, to: from + width, documents: open.documents + documents };
      continue;
    }
    if (open !== undefined) slices.push({ from: open.from, to: open.to });
    open = { from, to: from + width, documents };
  }
  if (open !== undefined) slices.push({ from: open.from, to: open.to });
  return slices;
};

/**
 * Joins subjects into slices of fewer than `most` documents, so that each takes one request. A subject with more
 * documents becomes its own slice, which takes several requests.
 * @param due documents of each subject, by its key.
 */
export const joinSubjects = (
  subjects: readonly DueSubject[],
  due: ReadonlyMap<string, number>,
  most = SLICE_DOCUMENTS,
): readonly SubjectSlice[] => {
  const slices: { subjects: DueSubject[]; documents: number }[] = [];
  for (const subject of subjects) {
    const documents = due.get(subject.key) ?? 0;
    if (documents === 0) continue;
    const open = slices.at(-1);
    if (open !== undefined && open.documents + documents <= joinLimit(most)) {
      open.subjects.push(subject);
      open.documents += documents;
    } else slices.push({ subjects: [subject], documents });
  }
  return slices.map(({ subjects: joined }) => ({ subjects: joined }));
};
