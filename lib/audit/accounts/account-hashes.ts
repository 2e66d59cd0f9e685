import { createHash, createHmac, type KeyObject } from 'node:crypto';

// The audit makes hashes and ids with its own code, written from docs/keys.md and docs/decisions/0006.

/** An account, or one of its applications, in the form in which documents contain it. */
export interface Account {
  readonly uin: string;
  readonly sdkAppId?: string;
}

/** Every version of the subject key, by `kid`. */
export type HashKeys = ReadonlyMap<string, KeyObject>;

/** The names of an account in the ledger, one for each version of the key: `<kid>/<hash>`. */
export const ledgerNamesOf = ({ uin, sdkAppId }: Account, keys: HashKeys): readonly string[] => {
  const text = JSON.stringify(['es-retention/subject-hash/1', uin, sdkAppId ?? null]);
  return [...keys].map(([kid, key]) => `${kid}/${createHmac('sha256', key).update(text).digest('base64url')}`);
};

/** The id that an event must have by its content. */
export const idOfEvent = (kid: string, hash: string, type: string, at: number, immediate: boolean): string =>
  createHash('sha256')
    .update(JSON.stringify([kid, hash, type, at, immediate]))
    .digest('hex');

/** SHA-256 in hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
