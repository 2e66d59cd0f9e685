import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { functionKeys } from '../../../../lib/adapters/elasticsearch/setup/elasticsearch-function-keys.ts';
import { keyFolder } from '../../../../lib/adapters/files/key-folder.ts';
import { type KeysChoice, makeOrRevokeKeys } from '../../../../lib/cli/keys/setup-keys.ts';
import type { FunctionKeys } from '../../../../lib/maintenance/function-keys.ts';
import { keyPrivileges } from '../../../../lib/maintenance/key-privileges.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { EXAMPLE_POLICY_FILE, examplePolicy as policy } from '../../../support/policy/example-policy.ts';
import { securedServer } from '../../../support/server/secured-server.ts';
import { cli } from '../command-line.ts';

const FUNCTIONS = [...keyPrivileges(policy).keys()].filter((holder) => holder !== 'operator');
const server = securedServer();

let parent: string;
beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'es-retention-setup-keys-'));
  const folder = parent;
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await server.superuser().security.invalidateApiKey({ name: 'es-retention/*' }, { ignore: [404] });
});

/** `setup` of the example policy, by the first user. */
const setup = (...args: readonly string[]) =>
  cli(['setup', ...args], {
    ELASTICSEARCH_URL: server.url(),
    RETENTION_POLICY: EXAMPLE_POLICY_FILE,
    ...server.user(),
  });

const keyIn = (folder: string, name: string): { readonly encoded: string; readonly expiresAt: string } =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));

/** Whether the cluster takes the key in a file. */
const isTaken = async (folder: string, name: string): Promise<boolean> => {
  const { encoded } = keyIn(folder, name);
  const { statusCode } = await server.clientWith(encoded).info({}, { meta: true, ignore: [401] });
  return statusCode === 200;
};
const allTaken = (folder: string): Promise<readonly boolean[]> =>
  Promise.all(FUNCTIONS.map((name) => isTaken(folder, name)));

const secretsIn = (folder: string): readonly string[] =>
  readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).encoded);

test('doctor accepts the key of a person, and names the privileges that another key lacks', async () => {
  const folder = join(parent, 'keys');
  await setup('--keys', folder, '--stage', 'prod', '--operator');
  const examined = async (holder: string) => {
    const environment = { ELASTICSEARCH_URL: server.url(), ELASTICSEARCH_API_KEY: keyIn(folder, holder).encoded };
    const { stdout } = await cli(['doctor', '--json', '--policy', EXAMPLE_POLICY_FILE], environment);
    const checks: { check: string; state: string; note: string; findings: { found: string }[] }[] =
      JSON.parse(stdout).checks;
    return checks.find(({ check }) => check === 'privileges');
  };
  expect(await examined('operator')).toMatchObject({ state: 'well', findings: [] });
  expect(await examined('audit')).toMatchObject({
    state: 'wrong',
    findings: [
      { code: 'missing-privilege', found: expect.stringMatching(/cluster:monitor\/nodes\/stats, .*, and \d+ more$/) },
    ],
  });
});

test('setup makes a key for each function and for a person, in files that only the owner can read', async () => {
  const folder = join(parent, 'keys');
  const { code, stdout, stderr } = await setup(
    '--keys',
    folder,
    '--stage',
    'prod',
    '--operator',
    '--valid-for',
    'P30D',
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`${FUNCTIONS.length + 1} keys · ${FUNCTIONS.length + 1} made`);
  expect(readdirSync(folder).sort()).toEqual([...FUNCTIONS, 'operator'].map((name) => `${name}.json`).sort());
  for (const file of readdirSync(folder)) {
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    const days = (Date.parse(keyIn(folder, file.replace('.json', '')).expiresAt) - Date.now()) / DAY;
    expect(Math.round(days)).toBe(30);
  }
  for (const secret of secretsIn(folder)) {
    expect(stdout).not.toContain(secret);
    expect(stdout).not.toContain(Buffer.from(secret, 'base64').toString().split(':')[1]);
  }
  expect(await allTaken(folder)).not.toContain(false);
  const { api_keys } = await server.superuser().security.getApiKey({ name: 'es-retention/prod/*', active_only: true });
  for (const { metadata, name } of api_keys)
    expect([name, metadata]).toEqual([
      `es-retention/prod/${metadata?.holder}`,
      expect.objectContaining({ managedBy: 'es-retention', stage: 'prod', indexPrefix: 'retention-' }),
    ]);
  for (const { holder, role_descriptors } of api_keys.map((key) => ({ ...key, holder: key.metadata?.holder }))) {
    const [granted] = Object.values(role_descriptors ?? {});
    const { cluster, indices } = keyPrivileges(policy).get(holder) ?? { cluster: [], indices: [] };
    expect([...(granted?.cluster ?? [])].sort()).toEqual([...cluster].sort());
    expect((granted?.indices ?? []).flatMap(({ names }) => names).sort()).toEqual(
      indices.flatMap(({ names }) => names).toSorted(),
    );
  }
});

test('setup makes no keys for an API key or a user without a password, and says what it needs', async () => {
  const key = await server.superuser().security.createApiKey({ name: 'test' });
  for (const [environment, found] of [
    [{ ELASTICSEARCH_API_KEY: key.encoded }, 'an API key (ELASTICSEARCH_API_KEY)'],
    [{ ELASTICSEARCH_API_KEY: key.encoded, ...server.user() }, 'an API key and a user at once'],
  ] as const) {
    const args = ['setup', '--keys', join(parent, 'none'), '--stage', 'prod'];
    const { code, stderr } = await cli(args, {
      ELASTICSEARCH_URL: server.url(),
      RETENTION_POLICY: EXAMPLE_POLICY_FILE,
      ...environment,
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining(found)]);
    expect(stderr).toContain('ELASTICSEARCH_USERNAME');
  }
  expect(readdirSync(parent)).toEqual([]);
});

test('a user with fewer privileges than the keys need is refused; no key is made', async () => {
  const superuser = server.superuser();
  await superuser.security.putRole({
    name: 'some',
    cluster: ['monitor', 'manage_index_templates', 'manage_api_key'],
    indices: [{ names: ['retention-*'], privileges: ['all'] }],
  });
  await superuser.security.putUser({ username: 'some', password: 'some-password', roles: ['some'] });
  const args = ['setup', '--keys', join(parent, 'none'), '--stage', 'prod'];
  const environment = { ELASTICSEARCH_USERNAME: 'some', ELASTICSEARCH_PASSWORD: 'some-password' };
  const { code, stderr } = await cli(args, {
    ELASTICSEARCH_URL: server.url(),
    RETENTION_POLICY: EXAMPLE_POLICY_FILE,
    ...environment,
  });
  expect([code, stderr]).toEqual([2, expect.stringMatching(/one without .* on trtc-/)]);
  expect(stderr).not.toContain('some-password');
  expect(readdirSync(parent)).toEqual([]);
});

test('setup keeps existing keys, adds keys with --rotate, and revokes earlier ones on request', async () => {
  const [first, second] = [join(parent, 'first'), join(parent, 'second')];
  await setup('--keys', first, '--stage', 'prod');
  const before = secretsIn(first);
  expect((await setup('--keys', first, '--stage', 'prod')).stdout).toContain(
    `${FUNCTIONS.length} in the folder already`,
  );
  expect((await setup('--keys', second, '--stage', 'prod')).stdout).toContain(`${FUNCTIONS.length} valid already`);
  expect(secretsIn(first)).toEqual(before);

  const rotated = await setup('--keys', second, '--stage', 'prod', '--rotate');
  expect([rotated.code, rotated.stdout]).toEqual([0, expect.stringContaining(`${FUNCTIONS.length} made`)]);
  expect([...(await allTaken(first)), ...(await allTaken(second))]).not.toContain(false);
  const again = await setup('--keys', second, '--stage', 'prod', '--rotate');
  expect([again.code, again.stdout]).toEqual([3, expect.stringContaining('Nothing was rotated')]);

  // The keys of another stage, and those in an older folder, do not count as earlier.
  await setup('--keys', join(parent, 'dev'), '--stage', 'dev');
  await setup('--keys', first, '--stage', 'prod', '--rotate', '--revoke-earlier');
  expect(await allTaken(second)).not.toContain(false);
  rmSync(join(second, 'purge-uins.json'));
  const revoked = await setup('--keys', second, '--stage', 'prod', '--rotate', '--revoke-earlier');
  expect([revoked.code, revoked.stdout]).toEqual([
    3,
    expect.stringContaining(`${FUNCTIONS.length - 1} whose earlier ones are revoked · 1 without a file`),
  ]);
  for (const name of FUNCTIONS) expect(await isTaken(first, name)).toBe(name === 'purge-uins');
  expect(await allTaken(join(parent, 'dev'))).not.toContain(false);
});

const CHOICE: KeysChoice = {
  folder: '',
  stage: 'prod',
  lifetime: 90 * DAY,
  operator: false,
  rotate: true,
  revokeEarlier: false,
};

test.each([
  ['before a key is made', (): FunctionKeys['make'] => () => Promise.reject(new Error('died'))],
  [
    'between a key and its file',
    (real: FunctionKeys): FunctionKeys['make'] =>
      async (...given) => {
        await real.make(...given);
        throw new Error('died');
      },
  ],
])('a rotation that crashed %s leaves valid keys, and a second attempt completes it', async (_, dying) => {
  const [first, second] = [join(parent, 'first'), join(parent, 'second')];
  await setup('--keys', first, '--stage', 'prod');
  const keys = functionKeys(server.superuser(), { timeout: () => 30_000 }, policy, 'prod');
  let made = 0;
  const make: FunctionKeys['make'] = (...given) => {
    made += 1;
    return made === 3 ? dying(keys)(...given) : keys.make(...given);
  };
  const ports = { keys: { ...keys, make }, folder: keyFolder(second) };
  await expect(makeOrRevokeKeys(FUNCTIONS, { ...CHOICE, folder: second }, ports)).rejects.toThrow('died');
  expect(await allTaken(first)).not.toContain(false);

  const ended = await setup('--keys', second, '--stage', 'prod', '--rotate');
  expect([ended.code, ended.stdout]).toEqual([
    0,
    expect.stringContaining(`2 in the folder already · ${FUNCTIONS.length - 2} made`),
  ]);
  expect(await allTaken(second)).not.toContain(false);
  expect(readdirSync(second).filter((file) => !file.endsWith('.json'))).toEqual([]);
  // Nobody has the key that was made and not written down: it is gone.
  expect(await keys.valid()).toHaveLength(2 * FUNCTIONS.length);
});

test('a second command on the same key folder is refused, and revokes no new key', async () => {
  const folder = join(parent, 'first');
  const keys = functionKeys(server.superuser(), { timeout: () => 30_000 }, policy, 'prod');
  const ports = { keys, folder: keyFolder(folder) };
  let second: Promise<unknown> | undefined;
  const make: FunctionKeys['make'] = async (...given) => {
    const made = await keys.make(...given);
    second ??= makeOrRevokeKeys(FUNCTIONS, { ...CHOICE, folder }, ports).catch((error: unknown) => error);
    await second;
    return made;
  };
  await makeOrRevokeKeys(FUNCTIONS, { ...CHOICE, folder }, { ...ports, keys: { ...keys, make } });
  expect(await second).toMatchObject({ name: 'InputError', code: 'at-work' });
  expect(await allTaken(folder)).not.toContain(false);
  expect(readdirSync(folder).filter((file) => !file.endsWith('.json'))).toEqual([]);
});

test("earlier keys are revoked after the policy's report index has changed", async () => {
  const requests = { timeout: () => 30_000 };
  const [first, second] = [join(parent, 'first'), join(parent, 'second')];
  await setup('--keys', first, '--stage', 'prod');
  const moved = { ...policy, reports: { ...policy.reports, index: 'retention-other-reports' } };
  const ports = { keys: functionKeys(server.superuser(), requests, moved, 'prod'), folder: keyFolder(second) };
  await makeOrRevokeKeys(FUNCTIONS, { ...CHOICE, folder: second }, ports);
  await makeOrRevokeKeys(FUNCTIONS, { ...CHOICE, folder: second, revokeEarlier: true }, ports);
  expect(await allTaken(first)).not.toContain(true);
  expect(await allTaken(second)).not.toContain(false);
});

test('setup reports an invalid key file, and revokes no key because of it', async () => {
  const folder = join(parent, 'keys');
  await setup('--keys', folder, '--stage', 'prod');
  const other = await server.superuser().security.createApiKey({ name: 'other' });
  writeFileSync(join(folder, 'purge-uins.json'), JSON.stringify({ encoded: other.encoded }));
  for (const more of [[], ['--rotate', '--revoke-earlier']]) {
    const { code, stdout } = await setup('--keys', folder, '--stage', 'prod', ...more);
    expect([code, stdout]).toEqual([3, expect.stringContaining('1 not valid')]);
  }
  const keys = functionKeys(server.superuser(), { timeout: () => 30_000 }, policy, 'prod');
  expect(await keys.valid()).toHaveLength(FUNCTIONS.length);
});

test('setup makes no key until the records of an earlier version are moved', async () => {
  const client = server.superuser();
  const index = 'retention-receipts';
  await client.index({ index, id: 'of-no-category', document: { jws: 'that names none' }, refresh: true });
  const folder = join(parent, 'keys');
  const held = await setup('--keys', folder, '--stage', 'prod');
  expect([held.code, held.stdout]).toEqual([3, expect.stringContaining('no keys made')]);
  expect(readdirSync(parent)).toEqual([]);
  await client.indices.delete({ index });
  expect((await setup('--keys', folder, '--stage', 'prod')).stdout).toContain(`${FUNCTIONS.length} made`);
});

test.each([
  [['--keys', 'x'], '--stage'],
  [['--stage', 'prod'], '--keys'],
  [['--rotate'], '--keys'],
  [['--keys', 'x', '--stage', 'prod', '--revoke-earlier'], '--rotate'],
  [['--keys', 'x', '--stage', 'a/b'], 'letters, digits and hyphens'],
  [['--keys', 'x', '--stage', 'prod', '--valid-for', 'P2Y'], 'P90D'],
  [['--keys', 'x', '--stage', 'prod', '--valid-for', 'P367D'], 'P366D'],
])('setup %j is refused by the command line', async (args, said) => {
  const { code, stderr } = await setup(...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
  expect(existsSync('x')).toBe(false);
});
