import { receiptCategories } from '../../../erasure/receipts/receipt.ts';
import type { KeptDocument } from '../own-index/create-documents.ts';
import { reportIds } from '../records/report-seal.ts';

/** A report of earlier versions, which had one document for each run. The id is the present id for its state. */
export const reportDocument = (runId: string, source: object): KeptDocument => {
  const ids = reportIds(runId);
  const isClosed = 'state' in source && source.state === 'closed';
  return { id: isClosed ? ids.closed : ids.opened, source };
};

/**
 * Whether two documents with the same id are the same event. It does not matter which category recorded the event
 * first.
 */
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

/**
 * The categories of a receipt of earlier versions: the categories that it names, and the categories whose entries refer
 * to it.
 */
export const receiptTargets = (
  { jws }: Readonly<Record<string, unknown>>,
  referring: Iterable<string> = [],
): readonly string[] => [...new Set([...covered(jws), ...referring])];
