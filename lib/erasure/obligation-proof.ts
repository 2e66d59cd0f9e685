import { createHmac, type KeyObject } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';
import type { LedgerEntry, Obligation } from './ledger-entry.ts';

const PURPOSE = 'es-retention/obligation/1';

const proofOf = (id: string, { terminatedAt, eraseFrom, eraseBy, immediate }: Obligation, key: KeyObject): string =>
  createHmac('sha256', key)
    .update(JSON.stringify([PURPOSE, id, terminatedAt, eraseFrom, eraseBy, immediate]))
    .digest('base64url');

/**
 * The entry with a proof of its dates: HMAC-SHA-256 under the version of the subject key that its hash stands under. The periods of
 * the policy may change after an entry was made: then only the proof tells its dates from edited ones.
 */
export const withProof = (entry: LedgerEntry, { subject }: Pick<KeyRing, 'subject'>): LedgerEntry => {
  const key = subject.keys.get(entry.subject.kid);
  const { obligation } = entry;
  if (key === undefined || obligation === undefined) return entry;
  return { ...entry, obligation: { ...obligation, proof: proofOf(entry.id, obligation, key) } };
};

/** Whether the dates of an entry are those that its proof was made for. */
export const isProven = ({ id, obligation }: Pick<LedgerEntry, 'id' | 'obligation'>, key: KeyObject): boolean =>
  obligation?.proof !== undefined && obligation.proof === proofOf(id, obligation, key);
