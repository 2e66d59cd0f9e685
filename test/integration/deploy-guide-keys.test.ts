import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { readConnection } from '../../lib/adapters/environment/configuration.ts';
import { keyPrivileges } from '../../lib/maintenance/key-privileges.ts';
import { EXAMPLE_POLICY_FILE, examplePolicy as policy } from '../support/policy/example-policy.ts';
import { securedServer } from '../support/server/secured-server.ts';

const FUNCTIONS = [...keyPrivileges(policy).keys()].filter((holder) => holder !== 'operator');
const PASSWORD = 'a password of elastic';
const ADDRESS = 'https://es.example.org:9200';
const server = securedServer();

const shellOf = (page: string, ...beginnings: readonly string[]): string => {
  const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  return beginnings
    .map((words) => blocks.find((block) => block.includes(words)) ?? `no block with ${words}`)
    .join('\n');
};
const guide = readFileSync('docs/deploy.md', 'utf8');
const MAKING = shellOf(guide, 'keys generate', 'setup --keys');
const ROTATING = shellOf(readFileSync('docs/keys.md', 'utf8'), '--revoke-earlier');

/** Stands for the AWS CLI: notes its arguments, and keeps what it is given in a file by the secret's name. */
const AWS = `#!/bin/sh
printf '%s\\n' "$@" >> "$GUIDE/arguments"
while [ $# -gt 0 ]; do
  case "$1" in
    --name | --secret-id) name=$(printf %s "$2" | tr / _) ;;
    --secret-string) file=\${2#file://} ;;
  esac
  shift
done
cp "$file" "$GUIDE/secrets/$name"
`;

const workplace = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  symlinkSync(resolve('bin'), join(folder, 'bin'));
  mkdirSync(join(folder, 'path'));
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'path/aws'), AWS);
  chmodSync(join(folder, 'path/aws'), 0o755);
  return folder;
};

/** Does what the page says, as a person in bash, who types the password when it is asked for. */
const follow = async (script: string, folder: string): Promise<string> => {
  const PATH = [join(folder, 'path'), dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = {
    PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    GUIDE: folder,
    HOME: folder,
    ELASTICSEARCH_URL: server.url(),
    RETENTION_POLICY: EXAMPLE_POLICY_FILE,
  };
  const shell = spawn('bash', ['-euc', script.replaceAll(ADDRESS, server.url())], { cwd: folder, env });
  shell.stdin.end(`${PASSWORD}\n`);
  const [out, err, code] = await Promise.all([
    text(shell.stdout),
    text(shell.stderr),
    new Promise((done) => shell.on('close', done)),
  ]);
  if (code !== 0) throw new Error(`${code}: ${out}${err}`);
  return out;
};

const secret = (folder: string, name: string): string =>
  readFileSync(join(folder, 'secrets', `es-retention_prod_${name.replaceAll('/', '_')}`), 'utf8');

const isTaken = async (apiKey = ''): Promise<boolean> => {
  const { statusCode } = await server.clientWith(apiKey).info({}, { meta: true, ignore: [401] });
  return statusCode === 200;
};

/** The key of each function, as the function reads it from its secret. */
const keysIn = (folder: string) =>
  FUNCTIONS.map((name) =>
    readConnection({ ELASTICSEARCH_URL: server.url(), ELASTICSEARCH_API_KEY: secret(folder, `elasticsearch/${name}`) }),
  );

beforeAll(async () => {
  await server.superuser().security.changePassword({ username: 'elastic', password: PASSWORD });
});

test('the deploy guide gives each function a secret, and docs/keys.md rotates the API keys', async () => {
  const folder = workplace();
  const out = await follow(MAKING, folder);
  const kinds = ['archive', 'signing', 'subject'].map((kind) => `keys/${kind}`);
  const names = [...FUNCTIONS.map((name) => `elasticsearch/${name}`), ...kinds, 'webhook'];
  expect(readdirSync(join(folder, 'secrets')).sort()).toEqual(
    names.map((name) => `es-retention_prod_${name.replaceAll('/', '_')}`).sort(),
  );
  expect(secret(folder, 'webhook')).toMatch(/^whsec_/);
  // What is left on the disk is the ring, of which a copy is kept, and the person's key.
  expect(readdirSync(join(folder, 'elasticsearch-keys'))).toEqual(['operator.json']);
  const first = keysIn(folder);
  for (const { apiKey, apiKeyExpiresAt } of first) {
    expect(await isTaken(apiKey)).toBe(true);
    expect(apiKeyExpiresAt).toBeGreaterThan(Date.now());
  }
  const told = `${out}${readFileSync(join(folder, 'arguments'), 'utf8')}`;
  for (const name of names) expect(told).not.toContain(secret(folder, name).trim());
  for (const { apiKey = '' } of first) expect(told).not.toContain(apiKey);

  await follow(ROTATING, folder);
  for (const { apiKey } of keysIn(folder)) expect(await isTaken(apiKey)).toBe(true);
  for (const { apiKey } of first) expect(await isTaken(apiKey)).toBe(false);
  expect(readdirSync(folder)).not.toContain('new-keys');
});
