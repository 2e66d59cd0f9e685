import canonicalize from 'canonicalize';
import { CompactSign } from 'jose';
import { currentKey, type KeyVersions } from '../../erasure/subjects/key-ring.ts';

/** The `typ` of the protected header. It distinguishes lists of evidence from anything else that we sign. */
const EVIDENCE_TYP = 'es-retention-evidence+jws';

/**
 * Signs the list of the files of an evidence archive with the current signing key.
 * @param list JSON values only.
 * @returns a compact JWS over its canonical JSON.
 */
export const signEvidence = (list: object, signing: KeyVersions): Promise<string> => {
  const { kid, key } = currentKey(signing);
  return new CompactSign(Buffer.from(canonicalize(list) ?? ''))
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: EVIDENCE_TYP })
    .sign(key);
};
