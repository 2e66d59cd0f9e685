import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { z } from 'zod';
import type { Environment } from '../../base/environment.ts';
import { InputError } from '../../base/errors.ts';
import type { KeyKind, KeyRing, KeyVersions } from '../../erasure/subjects/key-ring.ts';
import { readSecretFile } from '../files/secret-file.ts';
import { type KeyRingJson, keyPartJson, keyRingJson, otherKind, ringProblems } from './key-ring-json.ts';

type PrivateJwk = KeyRingJson['signing']['keys'][string];

const FIX =
  'Make a ring with node bin/es-retention.mjs keys generate FILE, or restore the right one; docs/keys.md shows its form.';

const WHOLE = 'a key ring with subject, signing and archive keys';

/** Has no cause: the parser's error would quote the text. */
const badKeys = (where: string, found: string, what = WHOLE, fix = FIX): InputError =>
  new InputError('bad-keys', { expected: `${what} in ${where}`, found, fix });

type Refuse = (found: string) => InputError;

/** @param refuse creates the error from what was found. */
const jsonOf = (text: string, refuse: Refuse): unknown => {
  try {
    // Removes a byte order mark, which some editors add.
    return JSON.parse(text.trim());
  } catch {
    throw refuse('a text that is not JSON');
  }
};

const checked = <Schema extends z.ZodType>(json: unknown, schema: Schema, refuse: Refuse): z.infer<Schema> => {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw refuse(ringProblems(parsed.error));
  return parsed.data;
};

/**
 * Parses and checks the text of a key ring.
 * @param where the source of the text, for messages.
 * @throws InputError `bad-keys`, which says what is wrong and where, and never shows a key.
 */
export const parseKeyRingJson = (text: string, where: string): KeyRingJson => {
  const refuse: Refuse = (found) => badKeys(where, found);
  return checked(jsonOf(text, refuse), keyRingJson, refuse);
};

const secretKey = (text: string): KeyObject => createSecretKey(Buffer.from(text, 'base64'));

/** A private key whose public half was checked, because OpenSSL would ignore a wrong public half. */
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

const partOf = <Kind extends KeyKind>(ring: Pick<KeyRingJson, Kind>, kind: Kind, where: string): KeyVersions =>
  kind === 'signing'
    ? versionsOf(ring[kind] as KeyRingJson['signing'], (jwk, kid) => signingKey(jwk, kid, where))
    : versionsOf(ring[kind] as KeyRingJson['subject'], secretKey);

/**
 * Reads a key ring from its JSON text.
 * @param where the source of the text, for messages.
 * @throws InputError `bad-keys`, which says what is wrong and where, and never shows a key.
 */
export const parseKeyRing = (text: string, where: string): KeyRing => {
  const ring = parseKeyRingJson(text, where);
  return {
    subject: partOf(ring, 'subject', where),
    signing: partOf(ring, 'signing', where),
    archive: partOf(ring, 'archive', where),
  };
};

const noKeys = (found: string, variable = 'RETENTION_KEYS', what = 'a key ring'): InputError =>
  new InputError('no-keys', {
    expected: `${variable} to hold ${what} as JSON, or the path of a file that holds this`,
    found,
    fix: FIX,
  });

/** The path is not repeated: somebody may have given a key instead of a path. */
const readRingFile = (path: string, missing: (found: string) => InputError): string => {
  try {
    return readSecretFile(path, 'a key ring');
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw missing(`a path that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  }
};

const textIn = (value: string, missing: (found: string) => InputError): string => {
  if (value.startsWith('{')) return value;
  if (/^["'`\u2018\u201c]/.test(value)) throw missing('quotation marks around it');
  return readRingFile(value, missing);
};

/**
 * The key ring from `RETENTION_KEYS`: the path of a file, or the JSON text itself.
 * @throws InputError `no-keys` when there is none, `bad-keys` when it is not valid.
 */
export const readKeyRing = (environment: Environment = process.env): KeyRing => {
  const value = environment.RETENTION_KEYS?.trim();
  if (!value) throw noKeys('nothing');
  return parseKeyRing(textIn(value, noKeys), 'RETENTION_KEYS');
};

/** The variable for the keys of one kind, such as `RETENTION_SIGNING_KEYS`. */
export const keyVariable = (kind: KeyKind): string => `RETENTION_${kind.toUpperCase()}_KEYS`;

const keysOfAnotherKind = (kind: KeyKind, other: KeyKind): InputError =>
  badKeys(
    keyVariable(kind),
    `the ${other} keys`,
    `the ${kind} keys of a key ring`,
    `Give it the ${kind} keys, and look at ${keyVariable(other)} too: the two may be swapped. Each part that keys split wrote says its kind.`,
  );

/** Whether keys of a kind are configured: in the ring, in their own variable, or as the name of a secret. */
export const hasKeys = (kind: KeyKind, environment: Environment = process.env): boolean => {
  const variable = keyVariable(kind);
  return Boolean(environment.RETENTION_KEYS || environment[variable] || environment[`${variable}_SECRET`]);
};

/**
 * The keys of one kind: from their own variable, as in functions, or else from the whole ring.
 * @throws InputError `no-keys` if there are none, `bad-keys` if they are not valid or of another kind.
 */
export const readKeys = (kind: KeyKind, environment: Environment = process.env): KeyVersions => {
  const variable = keyVariable(kind);
  const value = environment[variable]?.trim();
  if (!value) return readKeyRing(environment)[kind];
  const what = `the ${kind} keys of a key ring`;
  const text = textIn(value, (found) => noKeys(found, variable, what));
  const refuse = (found: string) =>
    badKeys(variable, found, what, `Take them out of the ring with node bin/es-retention.mjs keys split FILE.`);
  const json = jsonOf(text, refuse);
  const other = otherKind(json, kind);
  if (other !== undefined) throw keysOfAnotherKind(kind, other);
  return partOf({ [kind]: checked(json, keyPartJson[kind], refuse) } as never, kind, variable);
};
