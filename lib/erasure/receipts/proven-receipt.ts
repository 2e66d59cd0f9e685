import { createPublicKey, verify } from 'node:crypto';
import { isoInstant } from '../../policy/time/instant.ts';
import type { Subject } from '../events/termination-type.ts';
import type { Closure, LedgerEntry } from '../ledger/ledger-entry.ts';
import type { KeyVersions, SubjectKeys } from '../subjects/key-ring.ts';
import { subjectCommitment } from '../subjects/subject-commitment.ts';
import { issuedIdsBy } from './closed-request.ts';
import { issuedReceipt, type Receipt } from './receipt.ts';
import { RECEIPT_TYPE } from './receipt-schema.ts';
import type { KeptReceipt } from './receipt-store.ts';
import { openingOf } from './sealed-opening.ts';

/** A receipt that is known to be a subject's. */
export interface ProvenReceipt {
  readonly receipt: Receipt;
  /** What opens its commitment; null where the ledger that held it is lost. */
  readonly opening: string | null;
}

/** The keys of subjects, and those of receipts where they are at hand. */
type Keys = SubjectKeys & { readonly signing: KeyVersions | undefined };

/** A version of the signing key that the ring does not have cannot be asked. */
const isSigned = (jws: string, { signing }: Keys): boolean => {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly kid?: string };
  const key = kid === undefined ? undefined : signing?.keys.get(kid);
  if (key === undefined) return kid !== undefined;
  return verify(null, Buffer.from(`${header}.${payload}`), createPublicKey(key), Buffer.from(signature, 'base64url'));
};

const readReceipt = ({ jws }: KeptReceipt, ring: Keys): Receipt | undefined => {
  try {
    const receipt = issuedReceipt(jws);
    return receipt.type === RECEIPT_TYPE && typeof receipt.subject.commitment === 'string' && isSigned(jws, ring)
      ? receipt
      : undefined;
  } catch {
    return undefined;
  }
};

/** Whether a receipt says what a closure does of what was asked. */
const isAbout = ({ request }: Receipt, { trigger, scope }: LedgerEntry, { obligation }: Closure): boolean =>
  request.trigger === trigger &&
  request.scope === scope &&
  request.terminatedAt === isoInstant(obligation.terminatedAt);

/**
 * Whether a kept receipt is what was issued to a subject: it can be read, its signature checks where the ring has the key, and either a
 * closure that refers to it opens its commitment for this subject, or it stands under the id that the subject key gives (then the ledger
 * that held its opening is lost). Whoever writes into ledger and receipts without the keys can bring about neither. Never takes another
 * subject's receipt for this one's. Pure.
 * @param entries all of the subject's.
 * @returns undefined where it is not known to be the subject's.
 */
export const provenReceipt = (
  kept: KeptReceipt,
  subject: Subject,
  entries: readonly LedgerEntry[],
  ring: Keys,
): ProvenReceipt | undefined => {
  const receipt = readReceipt(kept, ring);
  if (receipt === undefined) return undefined;
  const { commitment } = receipt.subject;
  const referring = entries.flatMap((entry) =>
    entry.closures.filter((closure) => closure.receipt === kept.id).map((closure) => ({ entry, closure })),
  );
  const openings = referring.map(({ entry, closure }) => openingOf(entry, closure, ring));
  const opening = openings.find((each) => each !== undefined && subjectCommitment(subject, each) === commitment);
  if (opening !== undefined) return { receipt, opening };
  const idOf = issuedIdsBy(ring);
  const isUnderItsId = referring.some(
    ({ entry, closure }) => idOf(entry, closure) === kept.id && isAbout(receipt, entry, closure),
  );
  return isUnderItsId ? { receipt, opening: null } : undefined;
};
