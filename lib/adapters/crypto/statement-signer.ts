import type { StatementSeal } from '../../audit/statement.ts';
import type { KeyVersions } from '../../erasure/subjects/key-ring.ts';
import { openSigned } from './open-signed.ts';
import { signCanonical } from './sign-canonical.ts';

/** The `typ` of a statement's protected header. */
const STATEMENT_TYP = 'es-retention-statement+jws';
const RECEIPT_TYP = 'es-retention-receipt+jws';

/**
 * Signs statements with the current signing key, as compact JWS over canonical JSON, and checks them with any version.
 */
export const statementSeal = (signing: KeyVersions): StatementSeal => {
  const opened = openSigned(signing);
  return {
    sign: async (statement) => signCanonical(statement, STATEMENT_TYP, signing),
    open: (jws) => opened(jws, STATEMENT_TYP),
    isReceipt: async (jws) => (await opened(jws, RECEIPT_TYP)) !== undefined,
  };
};
