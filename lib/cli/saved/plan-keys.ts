import { InputError } from '../../base/errors.ts';
import type { KeyVersions } from '../../erasure/subjects/key-ring.ts';
import type { Session } from '../session.ts';

/**
 * The keys that sign and check saved plans.
 * @throws InputError `no-signing-keys`
 */
export const planKeys = async ({ erasure }: Session): Promise<KeyVersions> => {
  const signing = await erasure.signingKeys();
  if (signing !== undefined) return signing;
  throw new InputError('no-signing-keys', {
    expected: 'the signing keys (RETENTION_KEYS or RETENTION_SIGNING_KEYS): they sign and check a saved plan',
    found: 'none that can be read',
    fix: 'Name the key ring: RETENTION_KEYS=retention-keys.json. If there is none yet, make one: node bin/es-retention.mjs keys generate retention-keys.json.',
  });
};
