import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyRingJson } from '../../../lib/adapters/crypto/key-ring-json.ts';
import { parseKeyRing } from '../../../lib/adapters/crypto/read-key-ring.ts';
import type { KeyRing } from '../../../lib/erasure/subjects/key-ring.ts';

export const newSecret = (): string => randomBytes(32).toString('base64');

export const newSigningKey = (): KeyRingJson['signing']['keys'][string] => {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x, d };
};

/** A ring with the versions `old` and `new` of each key; `new` is current. */
export const newRing = (): KeyRingJson => ({
  subject: { current: 'new', keys: { old: newSecret(), new: newSecret() } },
  signing: { current: 'new', keys: { old: newSigningKey(), new: newSigningKey() } },
  archive: { current: 'new', keys: { old: newSecret(), new: newSecret() } },
});

const TEST_RING_JSON: KeyRingJson = { ...newRing(), subject: { current: 'test', keys: { test: newSecret() } } };

/** The ring of tests without special needs. It is the same within a worker. */
export const TEST_RING_TEXT = JSON.stringify(TEST_RING_JSON);

/**
 * The environment that runs of such tests need to erase: the subject keys, and an empty archive without the key to
 * write copies.
 */
export const TEST_ENVIRONMENT = {
  RETENTION_SUBJECT_KEYS: JSON.stringify(TEST_RING_JSON.subject),
  RETENTION_ARCHIVE: join(tmpdir(), 'es-retention-archive-without-copies'),
};

export const ringOf = (json: unknown): KeyRing => parseKeyRing(JSON.stringify(json), 'a test');

export const TEST_RING: KeyRing = parseKeyRing(TEST_RING_TEXT, 'a test');
