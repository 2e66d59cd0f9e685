import { createPublicKey, type KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';
import type { StatementSeal } from '../../audit/statement.ts';
import type { KeyVersions } from '../../erasure/subjects/key-ring.ts';
import { ALGORITHM, signCanonical } from './sign-canonical.ts';

/** The `typ` of a statement's protected header. */
const STATEMENT_TYP = 'es-retention-statement+jws';
const RECEIPT_TYP = 'es-retention-receipt+jws';

/** The content that one of our keys signed as this type; undefined for anything else. */
const opened = async (
  jws: string,
  typ: string,
  keyOf: (kid: string) => KeyObject | undefined,
): Promise<object | undefined> => {
  try {
    const { payload, protectedHeader } = await compactVerify(
      jws,
      ({ kid = '' }) => {
        const key = keyOf(kid);
        if (key === undefined) throw new Error('no such key');
        return key;
      },
      { algorithms: [ALGORITHM] },
    );
    if (protectedHeader.typ !== typ) return undefined;
    const content: unknown = JSON.parse(Buffer.from(payload).toString());
    return typeof content === 'object' && content !== null ? content : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Signs statements with the current signing key, as compact JWS over canonical JSON, and checks them with any version.
 */
export const statementSeal = (signing: KeyVersions): StatementSeal => {
  const publicKeys = new Map([...signing.keys].map(([kid, key]) => [kid, createPublicKey(key)]));
  const keyOf = (kid: string): KeyObject | undefined => publicKeys.get(kid);
  return {
    sign: async (statement) => signCanonical(statement, STATEMENT_TYP, signing),
    open: (jws) => opened(jws, STATEMENT_TYP, keyOf),
    isReceipt: async (jws) => (await opened(jws, RECEIPT_TYP, keyOf)) !== undefined,
  };
};
