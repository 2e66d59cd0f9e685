import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { format, parse } from 'node:path';
import { InputError, messageOf } from '../../base/errors.ts';
import { KEY_KINDS, type KeyKind } from '../../erasure/subjects/key-ring.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { KeyRingJson } from '../crypto/key-ring-json.ts';
import { parseKeyRing, parseKeyRingJson } from '../crypto/read-key-ring.ts';
import { withLock } from './lock-file.ts';
import { readSecretFile, reasonOf, shownPath } from './secret-file.ts';
import { writeDurably, writeDurablyNew } from './write-durably.ts';

/** The names of the current keys. */
export type CurrentKeyIds = Readonly<Record<KeyKind, string>>;

/**
 * The name of a new key: dated, so that the older one is evident, and random, so that two keys of one day have
 * different names: `2026-11-24-9f8e7d6c`.
 */
const newKid = (now: Instant): string => `${isoInstant(now).slice(0, 10)}-${randomBytes(4).toString('hex')}`;

const newSecret = (): string => randomBytes(32).toString('base64');
const newJwk = (): KeyRingJson['signing']['keys'][string] => {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x, d };
};

const rotated = (ring: KeyRingJson, kind: KeyKind, kid: string): KeyRingJson =>
  kind === 'signing'
    ? { ...ring, signing: { ...ring.signing, current: kid, keys: { ...ring.signing.keys, [kid]: newJwk() } } }
    : { ...ring, [kind]: { ...ring[kind], current: kid, keys: { ...ring[kind].keys, [kid]: newSecret() } } };

const textOf = (json: object): string => `${JSON.stringify(json, undefined, 2)}\n`;

/**
 * Creates a key ring with one version of each key, in a file that only its owner can read. Overwrites nothing.
 * @throws InputError `keys-exist` if the file exists; `keys-not-written`.
 */
export const createKeyRingFile = async (file: string, now: Instant): Promise<CurrentKeyIds> => {
  const [subject, signing, archive] = [newKid(now), newKid(now), newKid(now)];
  const ring: KeyRingJson = {
    subject: { current: subject, keys: { [subject]: newSecret() } },
    signing: { current: signing, keys: { [signing]: newJwk() } },
    archive: { current: archive, keys: { [archive]: newSecret() } },
  };
  await writeDurablyNew(file, textOf(ring)).catch((error: unknown) => {
    throw notWritten(file, error);
  });
  return { subject, signing, archive };
};

const notWritten = (file: string, error: unknown): InputError =>
  (error as NodeJS.ErrnoException).code === 'EEXIST'
    ? new InputError('keys-exist', {
        expected: `no file ${file} yet`,
        found: 'one',
        fix: 'Nothing was changed. To add a new version to a ring use keys rotate; for a new ring name another file.',
      })
    : new InputError(
        'keys-not-written',
        {
          expected: `to write ${file}`,
          found: messageOf(error),
          fix: 'Name a file in a folder that you may write to.',
        },
        error,
      );

const readText = (file: string): string => {
  try {
    return readSecretFile(file, 'a key ring');
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError('no-keys', {
      expected: `a key ring in ${shownPath(file)}`,
      found: `nothing that can be read (${reasonOf(error)})`,
      fix: 'Name the file that holds it. node bin/es-retention.mjs keys generate makes one.',
    });
  }
};

/**
 * Adds a new version of one kind of key and makes it the current one. The old versions stay, so that hashes, signatures
 * and copies made with them can still be recognised, verified and opened. A second rotation at the same time is
 * refused: each rotation would write a ring without the version of the other.
 * @throws InputError `no-keys`, `bad-keys`, `keys-not-written`, `at-work`
 */
export const rotateKeyRingFile = async (
  file: string,
  kind: KeyKind,
  now: Instant,
): Promise<{ readonly kid: string; readonly kept: readonly string[] }> => {
  const ringOf = () => {
    const text = readText(file);
    parseKeyRing(text, file);
    return parseKeyRingJson(text, file);
  };
  // Fails before anything is written, even the lock, if the ring cannot be read.
  ringOf();
  const place = realpathSync(file);
  return withLock(`${place}.lock`, async () => {
    const ring = ringOf();
    const kid = newKid(now);
    await writeDurably(place, textOf(rotated(ring, kind, kid))).catch((error: unknown) => {
      throw notWritten(file, error);
    });
    return { kid, kept: Object.keys(ring[kind].keys) };
  });
};

/**
 * Writes each kind of key, with its kind, into a separate file beside the ring (`keys.subject.json` beside `keys.json`)
 * that only its owner can read. Each file is the content of a separate secret.
 * @returns the files, in the order of {@link KEY_KINDS}.
 * @throws InputError `no-keys`, `bad-keys`, `keys-not-written`; `keys-exist` if one of the files exists: nothing is
 *   overwritten.
 */
export const splitKeyRingFile = async (file: string): Promise<readonly string[]> => {
  const text = readText(file);
  parseKeyRing(text, file);
  const ring = parseKeyRingJson(text, file);
  const { dir, name, ext } = parse(file);
  const files: string[] = [];
  for (const kind of KEY_KINDS) {
    const part = format({ dir, name: `${name}.${kind}`, ext });
    await writeDurablyNew(part, textOf({ kind, ...ring[kind] })).catch((error: unknown) => {
      throw partNotWritten(part, error);
    });
    files.push(part);
  }
  return files;
};

const partNotWritten = (file: string, error: unknown): InputError =>
  (error as NodeJS.ErrnoException).code === 'EEXIST'
    ? new InputError('keys-exist', {
        expected: `no file ${file} yet`,
        found: 'one',
        fix: 'The file is left as it is. If it is from an earlier split, remove it, and split the ring again.',
      })
    : notWritten(file, error);

/** A public key that may be shared. */
export interface PublicKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/**
 * The public half of a signing key in a ring's file.
 * @param kid the requested version; absent: the current one.
 * @throws InputError `no-keys`, `bad-keys`, `unknown-kid`
 */
export const publicKeyOf = (file: string, kid?: string): PublicKey => {
  const { current, keys } = parseKeyRing(readText(file), file).signing;
  const key = keys.get(kid ?? current);
  if (key !== undefined) return { kid: kid ?? current, key: createPublicKey(key) };
  throw new InputError('unknown-kid', {
    expected: `one of ${[...keys.keys()].join(', ')}`,
    found: `"${kid}"`,
    fix: 'Name one of these versions of the signing key, or none for the current one.',
  });
};
