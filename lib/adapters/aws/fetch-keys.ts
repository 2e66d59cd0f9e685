import type { Environment } from '../../base/environment.ts';
import type { KeyKind, KeyVersions } from '../../erasure/subjects/key-ring.ts';
import { keyVariable, readKeys } from '../crypto/read-key-ring.ts';
import { withSecret } from './secrets.ts';

/**
 * The keys of one kind. If the kind has a secret of its own, no other keys are fetched.
 * @throws InputError `no-keys`, `bad-keys`, `no-secret`; TransientError `secrets-unavailable`.
 */
export const fetchKeys = async (kind: KeyKind, environment?: Environment): Promise<KeyVersions> =>
  readKeys(kind, await withSecret(keyVariable(kind), environment));
