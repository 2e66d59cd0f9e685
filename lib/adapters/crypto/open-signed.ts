import { createPublicKey, type KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';
import type { KeyVersions } from '../../erasure/subjects/key-ring.ts';
import { ALGORITHM } from './sign-canonical.ts';

/** Opens a text that one of our keys signed as this type; undefined for anything else. */
export type OpenSigned = (jws: string, typ: string) => Promise<object | undefined>;

/** Checks texts with every version of the signing keys. */
export const openSigned = (signing: KeyVersions): OpenSigned => {
  const publicKeys = new Map([...signing.keys].map(([kid, key]) => [kid, createPublicKey(key)]));
  const keyOf = ({ kid = '' }: { readonly kid?: string }): KeyObject => {
    const key = publicKeys.get(kid);
    if (key === undefined) throw new Error('no such key');
    return key;
  };
  return async (jws, typ) => {
    try {
      const { payload, protectedHeader } = await compactVerify(jws, keyOf, { algorithms: [ALGORITHM] });
      if (protectedHeader.typ !== typ) return undefined;
      const content: unknown = JSON.parse(Buffer.from(payload).toString());
      return typeof content === 'object' && content !== null ? content : undefined;
    } catch {
      return undefined;
    }
  };
};
