import { createPublicKey, verify } from 'node:crypto';
import { isoInstant } from '../../policy/time/instant.ts';
import type { Closure, LedgerEntry } from '../ledger/ledger-entry.ts';
import { openingOf } from '../ledger/sealed-opening.ts';
import type { KeyVersions, SubjectKeys } from '../subjects/key-ring.ts';
import type { Subject } from '../subjects/subject.ts';
import { subjectCommitment } from '../subjects/subject-commitment.ts';
import { issuedIdsBy } from './closed-request.ts';
import { issuedReceipt, type Receipt } from './receipt.ts';
import { RECEIPT_TYPE } from './receipt-schema.ts';
import type { KeptReceipt } from './receipt-store.ts';

/** A receipt that is proven to belong to a subject. */
export interface ProvenReceipt {
  readonly receipt: Receipt;
  /** The opening of its commitment; null if the ledger that contained it is lost. */
  readonly opening: string | null;
}

/** The subject keys, and the signing keys if available. */
type ReceiptKeys = SubjectKeys & { readonly signing: KeyVersions | undefined };

/** A receipt signed with a key version that is missing in the ring cannot be checked. */
const isSigned = (jws: string, { signing }: ReceiptKeys): boolean => {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly kid?: string };
  const key = kid === undefined ? undefined : signing?.keys.get(kid);
  if (key === undefined) return kid !== undefined;
  return verify(null, Buffer.from(`${header}.${payload}`), createPublicKey(key), Buffer.from(signature, 'base64url'));
};

const readReceipt = ({ jws }: KeptReceipt, keys: ReceiptKeys): Receipt | undefined => {
  try {
    const receipt = issuedReceipt(jws);
    return receipt.type === RECEIPT_TYPE && typeof receipt.subject.commitment === 'string' && isSigned(jws, keys)
      ? receipt
      : undefined;
  } catch {
    return undefined;
  }
};

/** Whether a receipt and a closure describe the same request. */
const isAbout = ({ request }: Receipt, { trigger, scope }: LedgerEntry, { obligation }: Closure): boolean =>
  request.trigger === trigger &&
  request.scope === scope &&
  request.terminatedAt === isoInstant(obligation.terminatedAt);

/**
 * Checks whether a stored receipt was issued to a subject. It must be readable, and its signature must be valid if the
 * ring has the key. In addition, a closure that refers to it must open its commitment for this subject. If the ledger
 * with the opening is lost, the id of the receipt must be the id that the subject key gives. Without the keys, nobody
 * can achieve this by writing to ledger and receipts. It must never return another subject's receipt.
 * @param entries all entries of the subject.
 * @returns undefined if it is not proven to belong to the subject.
 */
export const provenReceipt = (
  kept: KeptReceipt,
  subject: Subject,
  entries: readonly LedgerEntry[],
  keys: ReceiptKeys,
): ProvenReceipt | undefined => {
  const receipt = readReceipt(kept, keys);
  if (receipt === undefined) return undefined;
  const { commitment } = receipt.subject;
  const referring = entries.flatMap((entry) =>
    entry.closures.filter((closure) => closure.receipt === kept.id).map((closure) => ({ entry, closure })),
  );
  const openings = referring.map(({ entry, closure }) => openingOf(entry, closure, keys));
  const opening = openings.find((each) => each !== undefined && subjectCommitment(subject, each) === commitment);
  if (opening !== undefined) return { receipt, opening };
  const idOf = issuedIdsBy(keys);
  const isUnderItsId = referring.some(
    ({ entry, closure }) => idOf(entry, closure) === kept.id && isAbout(receipt, entry, closure),
  );
  return isUnderItsId ? { receipt, opening: null } : undefined;
};
