import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readKeyRing } from '../../../../lib/adapters/crypto/read-key-ring.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { cli } from '../command-line.ts';

/** All key material in the file but the public halves (`x`), which are for everybody. */
const secretsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/"(\S+)":\s*"([A-Za-z0-9+/_-]{43}=?)"/g)].flatMap(([, name, secret = '']) =>
    name === 'x' ? [] : [secret],
  );

test('keys are made, rotated and shown without a cluster, and no secret is printed', async () => {
  const file = join(dirname(temporaryFile('neighbour', '')), 'keys.json');
  const made = await cli(['keys', 'generate', file]);
  const { current } = readKeyRing({ RETENTION_KEYS: file }).signing;
  expect(made.stdout).toContain(`signing ${current}`);
  expect(made.stdout).toContain('no event finds what the ledger holds of its account');

  const before = await cli(['keys', 'public', file]);
  expect(before.stdout).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\w+/=]+\n-----END PUBLIC KEY-----\n$/);

  const rotated = await cli(['keys', 'rotate', file, 'signing', '--json']);
  expect(JSON.parse(rotated.stdout)).toMatchObject({ command: 'keys rotate', exitCode: 0, kept: [current] });

  const archive = await cli(['keys', 'rotate', file, 'archive']);
  expect(archive.stdout).toMatch(/in two steps: docs\/keys\.md\.\n$/);

  const now = await cli(['keys', 'public', file, '--json']);
  expect(JSON.parse(now.stdout)).toMatchObject({
    kid: JSON.parse(rotated.stdout).current,
    jwk: { kty: 'OKP', crv: 'Ed25519', x: expect.any(String) },
    thumbprint: expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(JSON.parse(now.stdout).jwk).not.toHaveProperty('d');
  const old = await cli(['keys', 'public', file, '--kid', current]);
  expect(old.stdout).toBe(before.stdout);

  const split = await cli(['keys', 'split', file]);
  expect(split.stdout).toMatch(/^Split: .*keys\.subject\.json · .*keys\.signing\.json · .*keys\.archive\.json\n/);

  const again = await cli(['keys', 'generate', file]);
  expect(again.stderr).toMatch(/^Failed: keys-exist\n(.*\n)*.*keys rotate/);
  expect(again.code).toBe(2);

  const secrets = secretsOf(file);
  expect(secrets.length).toBeGreaterThanOrEqual(4);
  for (const { code, stdout, stderr } of [made, before, rotated, archive, now, old, split]) {
    expect([code, stderr]).toEqual([0, '']);
    for (const secret of secrets) expect(stdout).not.toContain(secret);
  }
});

test('keys without a command, or with an unknown kind of key, ends with exit code 2', async () => {
  const [alone, unknown] = await Promise.all([cli(['keys']), cli(['keys', 'rotate', 'x', 'signature'])]);
  expect(alone.stderr).toMatch(/^Usage: es-retention keys/);
  expect(unknown.stderr).toContain('Allowed choices are subject, signing, archive');
  expect([alone.code, unknown.code]).toEqual([2, 2]);
});

test.each([['keys generate'], ['keys rotate'], ['keys public'], ['keys split'], ['verify-receipt']])(
  '%s --help shows examples and ends with exit code 0',
  async (command) => {
    const { code, stdout } = await cli([...command.split(' '), '--help']);
    expect(stdout).toMatch(new RegExp(`Examples:\n {2}node bin/es-retention.mjs ${command}`));
    expect(code).toBe(0);
  },
);
