import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { KeyRing, KeyVersions } from '../erasure/key-ring.ts';
import { InputError } from '../purge/errors.ts';
import { type KeyRingJson, keyRingJson, ringProblems } from './key-ring-json.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type PrivateJwk = KeyRingJson['signing']['keys'][string];

const WAY_OUT =
  'Make a ring with npx es-retention keys generate FILE, or restore the right one; docs/keys.md shows its form.';

/** Never with a cause: what the parser says of a text quotes it. */
const badKeys = (where: string, found: string): InputError =>
  new InputError('bad-keys', {
    expected: `a key ring with subject, signing and archive keys in ${where}`,
    found,
    wayOut: WAY_OUT,
  });

/**
 * The text of a key ring as checked JSON.
 * @param where what holds it, for messages.
 * @throws InputError `bad-keys`, which says what is wrong and where, and never shows a key.
 */
export const parseKeyRingJson = (text: string, where: string): KeyRingJson => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw badKeys(where, 'a text that is not JSON');
  }
  const parsed = keyRingJson.safeParse(json);
  if (!parsed.success) throw badKeys(where, ringProblems(parsed.error));
  return parsed.data;
};

const secretKey = (text: string): KeyObject => createSecretKey(Buffer.from(text, 'base64'));

/** A private key whose public half is its own: OpenSSL ignores the one that is written beside it. */
const signingKey = (jwk: PrivateJwk, kid: string, where: string): KeyObject => {
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  if (createPublicKey(key).export({ format: 'jwk' }).x !== jwk.x)
    throw badKeys(where, `signing.keys.${kid}, whose public half (x) belongs to another private half (d)`);
  if ((jwk.kid ?? kid) !== kid) throw badKeys(where, `signing.keys.${kid}, which calls itself by another kid`);
  return key;
};

const versionsOf = <Value>(
  { current, keys }: { readonly current: string; readonly keys: Readonly<Record<string, Value>> },
  keyOf: (value: Value, kid: string) => KeyObject,
): KeyVersions => ({ current, keys: new Map(Object.entries(keys).map(([kid, value]) => [kid, keyOf(value, kid)])) });

/**
 * Reads a key ring from its JSON text.
 * @param where what holds it, for messages.
 * @throws InputError `bad-keys`, which says what is wrong and where, and never shows a key.
 */
export const parseKeyRing = (text: string, where: string): KeyRing => {
  const { subject, signing, archive } = parseKeyRingJson(text, where);
  return {
    subject: versionsOf(subject, secretKey),
    signing: versionsOf(signing, (jwk, kid) => signingKey(jwk, kid, where)),
    archive: versionsOf(archive, secretKey),
  };
};

const noKeys = (found: string): InputError =>
  new InputError('no-keys', {
    expected: 'RETENTION_KEYS to hold a key ring as JSON, or the path of a file that does',
    found,
    wayOut: WAY_OUT,
  });

/** The path is not repeated: it may be a key that was mistaken for one. */
const readRingFile = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw noKeys(`a path that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  }
};

/**
 * The key ring from `RETENTION_KEYS`: the path of a file, or the JSON text itself.
 * @throws InputError `no-keys` when there is none, `bad-keys` when it is not valid.
 */
export const readKeyRing = (environment: Environment = process.env): KeyRing => {
  const value = environment.RETENTION_KEYS?.trim();
  if (!value) throw noKeys('nothing');
  return parseKeyRing(value.startsWith('{') ? value : readRingFile(value), 'RETENTION_KEYS');
};
