import { receiptCategories } from '../../../erasure/receipts/receipt.ts';
import type { KeptDocument } from '../own-index/create-documents.ts';
import { reportIds } from '../records/report-seal.ts';

/** A report of earlier versions, which had one document for each run, under the id that its state has now. */
export const reportDocument = (runId: string, source: object): KeptDocument => {
  const ids = reportIds(runId);
  const isClosed = 'state' in source && source.state === 'closed';
  return { id: isClosed ? ids.closed : ids.opened, source };
};

/** Whether two documents with the same id are the same event. Which category recorded it first does not matter. */
export const sameEvent = (a: unknown, b: unknown): boolean => {
  const content = (event: unknown) => {
    const { type, kid, hash, at, immediate } = (event ?? {}) as Readonly<Record<string, unknown>>;
    return JSON.stringify([type, kid, hash, at, immediate]);
  };
  return a !== undefined && content(a) === content(b);
};

const covered = (jws: unknown): readonly string[] => {
  try {
    return receiptCategories(String(jws));
  } catch {
    return [];
  }
};

/** The categories of a receipt of earlier versions: those that it names, and those whose entries refer to it. */
export const receiptTargets = (
  { jws }: Readonly<Record<string, unknown>>,
  referring: Iterable<string> = [],
): readonly string[] => [...new Set([...covered(jws), ...referring])];
