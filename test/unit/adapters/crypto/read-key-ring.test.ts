import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { KeyRingJson } from '../../../../lib/adapters/crypto/key-ring-json.ts';
import { keyVariable, parseKeyRing, readKeyRing, readKeys } from '../../../../lib/adapters/crypto/read-key-ring.ts';
import { InputError } from '../../../../lib/base/errors.ts';
import { KEY_KINDS } from '../../../../lib/erasure/subjects/key-ring.ts';
import { newRing, newSecret, newSigningKey, ringOf } from '../../../support/erasure/key-ring-text.ts';

const thrownBy = (work: () => unknown): InputError => {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

const ringFile = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'keys.json');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};

/** Every text in a value that could be a secret. */
const secretsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? value.length > 40
      ? [value]
      : []
    : Object.entries(value ?? {}).flatMap(([name, inner]) => [...secretsIn(name), ...secretsIn(inner)]);

describe('a key ring', () => {
  test('is read from the text in RETENTION_KEYS, or from the file that it names', () => {
    const text = JSON.stringify(newRing());
    for (const RETENTION_KEYS of [text, `\n ${text}`, ringFile(text)]) {
      const ring = readKeyRing({ RETENTION_KEYS });
      expect([ring.subject.current, [...ring.archive.keys.keys()]]).toEqual(['new', ['old', 'new']]);
    }
  });

  test('shows no key when it is printed or turned into JSON', () => {
    const json = newRing();
    const ring = ringOf(json);
    const shown = inspect(ring, { depth: 9 }) + JSON.stringify([...ring.subject.keys, ...ring.signing.keys]);
    for (const secret of secretsIn(json)) expect(shown).not.toContain(secret);
    expect(shown).toContain('SecretKeyObject');
  });

  test('is refused in a file that others can read, with the command that fixes it', () => {
    const file = ringFile(JSON.stringify(newRing()));
    for (const mode of [0o644, 0o640, 0o604, 0o622]) {
      chmodSync(file, mode);
      expect(thrownBy(() => readKeyRing({ RETENTION_KEYS: file }))).toMatchObject({
        code: 'open-to-others',
        explanation: {
          found: `a file with the mode 0${mode.toString(8)}`,
          fix: expect.stringContaining(`chmod 600 ${file}`),
        },
      });
    }
    chmodSync(file, 0o400);
    expect(readKeyRing({ RETENTION_KEYS: file }).subject.current).toBe('new');
  });

  test('is read from a file that begins with a byte order mark', () => {
    const file = ringFile(`\ufeff${JSON.stringify(newRing())}\r\n`);
    expect(readKeyRing({ RETENTION_KEYS: file }).subject.current).toBe('new');
  });

  test('in quotation marks is refused with a message about them', () => {
    const given = `'${JSON.stringify(newRing())}'`;
    expect(thrownBy(() => readKeyRing({ RETENTION_KEYS: given })).explanation.found).toBe('quotation marks around it');
  });

  test('with a placeholder in place of a key is refused', () => {
    const zeros = { current: 'new', keys: { new: Buffer.alloc(32).toString('base64') } };
    for (const kind of ['subject', 'archive'])
      expect(thrownBy(() => ringOf({ ...newRing(), [kind]: zeros } as never)).message).toContain(
        'base64 of random bytes',
      );
  });

  test.each([[undefined], [''], [' ']])('that is missing (%j) is reported by name', (RETENTION_KEYS) => {
    expect(thrownBy(() => readKeyRing({ RETENTION_KEYS }))).toMatchObject({
      code: 'no-keys',
      explanation: { expected: expect.stringContaining('RETENTION_KEYS'), found: 'nothing' },
    });
  });

  test('in an unreadable file is reported without the path, which may be a key', () => {
    const RETENTION_KEYS = newSecret();
    const { code, message } = thrownBy(() => readKeyRing({ RETENTION_KEYS }));
    expect(code).toBe('no-keys');
    expect(message).toContain('ENOENT');
    expect(message).not.toContain(RETENTION_KEYS);
  });
});

describe('keys of one kind', () => {
  test.each(KEY_KINDS)('come from their own variable (%s), or else from the ring', (kind) => {
    const [ring, other] = [newRing(), newRing()];
    const keyIdsFrom = (environment: Record<string, string>) =>
      readKeys(kind, environment).keys.get('new')?.export({ format: 'jwk' });
    const RETENTION_KEYS = JSON.stringify(ring);
    const whole = keyIdsFrom({ RETENTION_KEYS });
    expect(keyIdsFrom({ [keyVariable(kind)]: JSON.stringify(ring[kind]) })).toEqual(whole);
    expect(keyIdsFrom({ RETENTION_KEYS, [keyVariable(kind)]: JSON.stringify(other[kind]) })).not.toEqual(whole);
  });

  test.each([
    ['the whole ring', JSON.stringify(newRing()), /no other fields/],
    ['keys of another kind', JSON.stringify(newRing().subject), /signing|keys\.\w+ \(expected/],
    ['no JSON', '{', /not JSON/],
  ])('are refused if the variable contains %s, without showing a key', (_, text, found) => {
    const { code, message } = thrownBy(() => readKeys('signing', { RETENTION_SIGNING_KEYS: text }));
    expect(code).toBe('bad-keys');
    expect(message).toMatch(found);
    expect(message).toMatch(/RETENTION_SIGNING_KEYS.*keys split/s);
    for (const secret of secretsIn(text.length > 2 ? JSON.parse(text) : {})) expect(message).not.toContain(secret);
  });
});

type Wrong = readonly [name: string, change: (ring: KeyRingJson) => unknown, place: RegExp];
const wrong: readonly Wrong[] = [
  ['no archive keys', ({ archive: _, ...rest }) => rest, /archive \(expected: object\)/],
  ['no key at all', (ring) => ({ ...ring, subject: { current: 'new', keys: {} } }), /subject\.current/],
  [
    'a current key that is not there',
    (ring) => ({ ...ring, subject: { ...ring.subject, current: 'newer' } }),
    /subject\.current \(expected: the name of one of its keys\)/,
  ],
  [
    'a current key that only every object has',
    (ring) => ({ ...ring, subject: { ...ring.subject, current: 'constructor' } }),
    /subject\.current \(expected: the name of one of its keys\)/,
  ],
  [
    'a secret of 31 bytes',
    (ring) => ({ ...ring, archive: { current: 'new', keys: { new: Buffer.alloc(31, 1).toString('base64') } } }),
    /archive\.keys\.new \(expected: base64 of exactly 32 bytes\)/,
  ],
  [
    'a secret of 33 bytes',
    (ring) => ({ ...ring, archive: { current: 'new', keys: { new: Buffer.alloc(33, 1).toString('base64') } } }),
    /archive\.keys\.new/,
  ],
  [
    'a secret in base64url',
    (ring) => ({ ...ring, subject: { current: 'new', keys: { new: Buffer.alloc(32, 255).toString('base64url') } } }),
    /subject\.keys\.new/,
  ],
  [
    'a secret where its name belongs',
    (ring) => ({ ...ring, subject: { current: 'new', keys: { [newSecret()]: 'new' } } }),
    /subject\.keys\.\(a name that is none\)/,
  ],
  [
    'a secret as the current name',
    (ring) => ({ ...ring, archive: { ...ring.archive, current: newSecret() } }),
    /archive/,
  ],
  ['a field too many', (ring) => ({ ...ring, spare: newSecret() }), /the ring \(expected: no other fields\)/],
  [
    'a signing key without its private half',
    (ring) => {
      const { d: _, ...half } = newSigningKey();
      return { ...ring, signing: { current: 'new', keys: { new: half } } };
    },
    /signing\.keys\.new\.d/,
  ],
  [
    'a signing key on another curve',
    (ring) => ({ ...ring, signing: { current: 'new', keys: { new: { ...newSigningKey(), crv: 'X25519' } } } }),
    /signing\.keys\.new\.crv \(expected: Ed25519\)/,
  ],
  [
    'a signing key with the public half of another',
    (ring) => ({ ...ring, signing: { current: 'new', keys: { new: { ...newSigningKey(), x: newSigningKey().x } } } }),
    /signing\.keys\.new, whose public half \(x\) belongs to another/,
  ],
  [
    'a signing key that calls itself otherwise',
    (ring) => ({ ...ring, signing: { current: 'new', keys: { new: { ...newSigningKey(), kid: 'old' } } } }),
    /signing\.keys\.new, which calls itself by another kid/,
  ],
];

describe('an invalid key ring', () => {
  test.each(wrong)('is refused with the place of the fault, but without a key, if it has %s', (_, change, place) => {
    const json = change(newRing());
    const { code, message, stack, cause } = thrownBy(() => parseKeyRing(JSON.stringify(json), 'here'));
    expect(code).toBe('bad-keys');
    expect(message).toMatch(place);
    expect(message).toContain('in here; found');
    for (const secret of secretsIn(json)) expect(`${message} ${stack} ${inspect(cause)}`).not.toContain(secret);
  });

  test('is refused without being quoted if it is not JSON', () => {
    const secret = newSecret();
    const { code, message, cause } = thrownBy(() => parseKeyRing(`{"subject": ${secret}`, 'here'));
    expect([code, cause]).toEqual(['bad-keys', undefined]);
    expect(message).not.toContain(secret.slice(0, 8));
  });
});
