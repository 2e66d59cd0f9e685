import { receiptIdsBy } from '../erasure/closed-request.ts';
import type { KeyRing } from '../erasure/key-ring.ts';
import type { LedgerEntry } from '../erasure/ledger-entry.ts';
import { issuedReceipt, type Receipt } from '../erasure/receipt.ts';
import type { KeptReceipt } from '../erasure/receipt-book.ts';
import { openingOf } from '../erasure/sealed-opening.ts';
import { subjectCommitment } from '../erasure/subject-commitment.ts';
import type { Subject } from '../erasure/termination-event.ts';

/** A receipt, and what opens its commitment: null where the ledger that held it, or the key that sealed it, is not there. */
export interface OwnReceipt extends KeptReceipt {
  readonly opening: string | null;
}

const said = ({ jws }: KeptReceipt): Receipt | undefined => {
  try {
    const receipt = issuedReceipt(jws);
    return typeof receipt.subject.commitment === 'string' &&
      typeof receipt.request.id === 'string' &&
      Array.isArray(receipt.categories)
      ? receipt
      : undefined;
  } catch {
    return undefined;
  }
};

/** Of an erasure that was done again, since the ledger had forgotten it: the receipt of the first time is under the id that only we can make. */
const isOfLostClosure = (
  { id }: KeptReceipt,
  { request }: Receipt,
  entries: readonly LedgerEntry[],
  ring: Pick<KeyRing, 'subject'>,
): boolean => {
  const idOf = receiptIdsBy(ring);
  return entries.some((entry) =>
    entry.closures.some((closure) => closure.obligation.requestId === request.id && idOf(entry, closure) === id),
  );
};

/**
 * The receipt with what opens it, if it is about this subject: its commitment is that of a closure of the subject's entries, and opens for
 * the subject. What cannot be read, or is about somebody else, is not what was issued: whoever can write the ledger may have put it there.
 * Of one under a key that is gone nobody can tell, nor of one whose closure the ledger has lost: they are shown without an opening.
 * @param entries those of exactly this subject.
 */
export const ownReceipt = (
  receipt: KeptReceipt,
  subject: Subject,
  entries: readonly LedgerEntry[],
  ring: Pick<KeyRing, 'subject'>,
): OwnReceipt | undefined => {
  const issued = said(receipt);
  if (issued === undefined) return undefined;
  const { commitment: committed } = issued.subject;
  const closures = entries.flatMap((entry) =>
    entry.closures.filter(({ commitment }) => commitment === committed).map((closure) => ({ entry, closure })),
  );
  const openings = closures.flatMap(({ entry, closure }) => openingOf(entry, closure, ring) ?? []);
  const opening = openings.find((each) => subjectCommitment(subject, each) === committed);
  if (opening !== undefined) return { ...receipt, opening };
  const isUnderLostKey = closures.some(
    ({ closure }) => typeof closure.opening !== 'string' && !ring.subject.keys.has(closure.opening.kid),
  );
  const isOfEarlierVersion = closures.length === 0 && issued.categories.length > 1;
  return isUnderLostKey || isOfEarlierVersion || isOfLostClosure(receipt, issued, entries, ring)
    ? { ...receipt, opening: null }
    : undefined;
};
