import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { InputError } from '../../base/errors.ts';

const badKey = (
  found: string,
  fix = 'Get it from whoever issued the receipt: node bin/es-retention.mjs keys public FILE prints it.',
) => new InputError('bad-public-key', { expected: 'a public Ed25519 key, as PEM (SPKI) or as a JWK', found, fix });

const PRIVATE =
  'Keep it secret: a receipt is checked with the public half, which node bin/es-retention.mjs keys public prints.';

const parseJwk = (text: string): KeyObject => {
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch {
    throw badKey('a text that begins like JSON and is none');
  }
  if (typeof jwk !== 'object' || jwk === null) throw badKey('JSON that is no key');
  if ('d' in jwk) throw badKey('a private key', PRIVATE);
  if (!('kty' in jwk)) throw badKey('JSON that is no JWK');
  return createPublicKey({ key: jwk as { kty: string }, format: 'jwk' });
};

const parsePem = (text: string): KeyObject => {
  if (text.includes('PRIVATE KEY-----')) throw badKey('a private key', PRIVATE);
  if (!text.startsWith('-----BEGIN PUBLIC KEY-----')) throw badKey('neither');
  // OpenSSL would read the first key and ignore the others.
  if (text.split('-----BEGIN').length > 2)
    throw badKey('several keys in one text', 'Write each into a file of its own.');
  return createPublicKey(text);
};

/**
 * Reads a public key from SPKI PEM or from the JSON of a JWK.
 * @throws InputError `bad-public-key`. Private keys are refused too, so that nobody shares one by mistake.
 */
export const parsePublicKey = (text: string): KeyObject => {
  const trimmed = text.trim();
  let key: KeyObject;
  try {
    key = trimmed.startsWith('{') ? parseJwk(trimmed) : parsePem(trimmed);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw badKey('one that cannot be read');
  }
  if (key.asymmetricKeyType !== 'ed25519') throw badKey(`a key of type ${key.asymmetricKeyType}`);
  return key;
};

/**
 * The `kid` of a JWK. A PEM has none.
 * @param text that {@link parsePublicKey} accepts.
 */
export const kidOfPublicKey = (text: string): string | undefined => {
  const trimmed = text.trim();
  const { kid } = trimmed.startsWith('{') ? JSON.parse(trimmed) : {};
  return typeof kid === 'string' ? kid : undefined;
};

/** The fingerprint by which people compare public keys: the JWK thumbprint of RFC 7638 (SHA-256, base64url). */
export const keyThumbprint = (key: KeyObject): Promise<string> => calculateJwkThumbprint(key.export({ format: 'jwk' }));
