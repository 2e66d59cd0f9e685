import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readKeyRing } from '../../../lib/adapters/key-ring.ts';
import { cli, temporaryFile } from './command-line.ts';

const newPath = (): string => join(dirname(temporaryFile('neighbour', '')), 'keys.json');
const generated = async (): Promise<string> => {
  const file = newPath();
  expect((await cli(['keys', 'generate', file])).code).toBe(0);
  return file;
};
const secretsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/"([A-Za-z0-9+/_-]{43}=?)"/g)].map(([, secret = '']) => secret);

describe('keys generate', () => {
  test('makes a ring that RETENTION_KEYS takes, readable by its owner only, and shows no key', async () => {
    const file = newPath();
    const { code, stdout, stderr } = await cli(['keys', 'generate', file]);
    const ring = readKeyRing({ RETENTION_KEYS: file });
    expect(ring.signing.current).toMatch(/^\d{4}-\d\d-\d\d-[0-9a-f]{8}$/);
    expect(stdout).toMatch(new RegExp(`^Made: .*keys.json · .*signing ${ring.signing.current}`));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect([code, stderr]).toEqual([0, '']);
    expect(secretsOf(file)).toHaveLength(4);
    for (const secret of secretsOf(file)) expect(stdout).not.toContain(secret);
  });

  test('overwrites nothing', async () => {
    const file = temporaryFile('keys.json', 'precious');
    const { code, stderr } = await cli(['keys', 'generate', file]);
    expect(stderr).toMatch(/^Failed: keys-exist\n(.*\n)*.*keys rotate/);
    expect([code, readFileSync(file, 'utf8')]).toEqual([2, 'precious']);
  });

  test('says why it could not write', async () => {
    const { code, stderr } = await cli(['keys', 'generate', join(newPath(), 'no', 'such', 'folder')]);
    expect(stderr).toMatch(/^Failed: keys-not-written\n/);
    expect(code).toBe(2);
  });
});

describe('keys rotate', () => {
  test.each([['subject'], ['signing'], ['archive']] as const)(
    'adds a current %s key and keeps everything else',
    async (kind) => {
      const file = await generated();
      const before = JSON.parse(readFileSync(file, 'utf8'));
      const { code, stdout } = await cli(['keys', 'rotate', file, kind, '--json']);
      const after = JSON.parse(readFileSync(file, 'utf8'));
      const { current, kept } = JSON.parse(stdout);
      expect([code, kept]).toEqual([0, [before[kind].current]]);
      expect(after[kind].current).toBe(current);
      expect(current).not.toBe(before[kind].current);
      const { [current]: added, ...old } = after[kind].keys;
      expect(added).toBeTruthy();
      expect({ ...after, [kind]: { current: before[kind].current, keys: old } }).toEqual(before);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(readKeyRing({ RETENTION_KEYS: file })[kind].current).toBe(current);
      for (const secret of secretsOf(file)) expect(stdout).not.toContain(secret);
    },
  );

  test('leaves a ring alone that is not valid, and shows none of it', async () => {
    const file = await generated();
    const text = readFileSync(file, 'utf8').replace('"archive"', '"archives"');
    writeFileSync(file, text);
    const { code, stdout, stderr } = await cli(['keys', 'rotate', file, 'subject']);
    expect(stderr).toMatch(/^Failed: bad-keys\n(.*\n)*.*archive \(expected: object\)/);
    expect([code, stdout, readFileSync(file, 'utf8')]).toEqual([2, '', text]);
    for (const secret of secretsOf(file)) expect(stderr).not.toContain(secret);
  });

  test('knows three kinds', async () => {
    const { code, stderr } = await cli(['keys', 'rotate', 'x', 'signature']);
    expect(stderr).toContain('Allowed choices are subject, signing, archive');
    expect(code).toBe(2);
  });
});

describe('keys public', () => {
  test('prints nothing but the PEM of the current key, or of an older one', async () => {
    const file = await generated();
    const old = readKeyRing({ RETENTION_KEYS: file }).signing.current;
    const before = await cli(['keys', 'public', file]);
    await cli(['keys', 'rotate', file, 'signing']);
    const [current, older] = await Promise.all([
      cli(['keys', 'public', file]),
      cli(['keys', 'public', file, '--kid', old]),
    ]);
    expect(current.stdout).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\w+/=]+\n-----END PUBLIC KEY-----\n$/);
    expect(current.stdout).not.toBe(before.stdout);
    expect(older.stdout).toBe(before.stdout);
  });

  test('with --json adds kid, JWK and thumbprint, and nothing private', async () => {
    const file = await generated();
    const { stdout } = await cli(['keys', 'public', file, '--json']);
    const { kid, jwk, thumbprint } = JSON.parse(stdout);
    expect(jwk).toEqual({ kty: 'OKP', crv: 'Ed25519', kid, x: expect.any(String) });
    expect(thumbprint).toMatch(/^[\w-]{43}$/);
  });

  test('says which versions there are', async () => {
    const file = await generated();
    const { code, stderr } = await cli(['keys', 'public', file, '--kid', 'x']);
    expect(stderr).toMatch(/^Failed: unknown-kid\n.*one of \d{4}-/);
    expect(code).toBe(2);
  });
});

test('keys alone shows its help and ends with 2', async () => {
  const { code, stderr } = await cli(['keys']);
  expect(stderr).toMatch(/^Usage: es-retention keys/);
  expect(code).toBe(2);
});

test.each([['generate'], ['rotate'], ['public']])('keys %s --help has examples and ends with 0', async (command) => {
  const { code, stdout } = await cli(['keys', command, '--help']);
  expect(stdout).toMatch(new RegExp(`Examples:\n  npx es-retention keys ${command}`));
  expect(code).toBe(0);
});
