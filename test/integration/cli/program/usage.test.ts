import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EXAMPLE_POLICY_FILE } from '../../../support/policy/example-policy.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { cli } from '../command-line.ts';

const NOWHERE = { ELASTICSEARCH_URL: 'http://127.0.0.1:1' };

describe('the command line (exit code 2)', () => {
  test.each([
    ['an unknown command, with the nearest', ['verfy'], /unknown command 'verfy'\n\(Did you mean verify\?\)/],
    [
      'an unknown option, with the nearest',
      ['purge', '--excute'],
      /unknown option '--excute'\n\(Did you mean --execute\?\)/,
    ],
    [
      'a value of an unknown option, without it',
      ['verify', '--api-key=hunter2'],
      /^error: unknown option '--api-key=…'\n/,
    ],
    ['no command at all', [], /^Usage: es-retention/],
    ['an account with a space copied along', ['status', '--uin', '900719 '], /^Failed: .*\n.*--uin to be a text of/],
    [
      'an account as a spreadsheet writes it',
      ['receipt', '--uin', '9.0E+15'],
      /^Failed: .*\n.*an identifier after --uin/,
    ],
    [
      'an argument too many',
      ['plan', 'sdk-logs'],
      /too many arguments.*\n\(Did you mean plan --category sdk-logs\?\)\nSee node bin\/es-retention.mjs --help\.\n$/,
    ],
    [
      'backfill-dates without its instant',
      ['backfill-dates', '--category', 'uins'],
      /required option '--ingested-at <instant>' not specified/,
    ],
    [
      'an unknown category, with the nearest',
      ['plan', '--category', 'sdk-log', '--policy', EXAMPLE_POLICY_FILE],
      /Did you mean "sdk-logs"\?/,
    ],
    [
      'a policy file that is not there',
      ['plan', '--policy', 'no/such.yml'],
      /no-policy\n.*\n.*ENOENT.*\n.*--policy or RETENTION_POLICY/,
    ],
  ])('refuses input such as %s', async (_, args, expected) => {
    const { code, stdout, stderr } = await cli(args, NOWHERE);
    expect(stderr).toMatch(expected);
    expect([code, stdout]).toEqual([2, '']);
  });

  test.each([
    ['terminate', '--uin', '1', '--uin', '2'],
    ['terminate', '--uin', '1', '--at', '2026-11-01T00:00:00Z', '--at=2026-11-01T00:00:00Z'],
    ['reinstate', '--uin', '1', '--app', '2', '--app', '3'],
    ['status', '--uin', '1', '--uin', '1'],
    ['receipt', '--uin', '1', '--out', 'a', '--out', 'b'],
    ['reconcile', '--active', 'a', '--active', 'b'],
    ['verify', '--policy', 'a.yml', '--policy', 'b.yml'],
    ['backfill-dates', '--category', 'uins', '--category', 'sdk-logs', '--ingested-at', '2026-11-01T00:00:00Z'],
    [
      'backfill-dates',
      '--category',
      'uins',
      '--ingested-at',
      '2026-11-01T00:00:00Z',
      '--ingested-at',
      '2026-11-02T00:00:00Z',
    ],
    ['verify-receipt', 'receipt.jws', '--key', 'a.pem', '--key', 'b.pem'],
    ['keys', 'public', 'keys.json', '--kid', 'a', '--kid', 'b'],
  ])('refuses a repeated single-value option: %s %s …', async (...args) => {
    const { code, stdout, stderr } = await cli(args, NOWHERE);
    expect(stderr).toMatch(
      /^Failed: repeated-option\n *expected +--[a-z-]+ once\n *found +the option more than once\n *fix /,
    );
    expect([code, stdout]).toEqual([2, '']);
  });

  test('names a missing ELASTICSEARCH_URL', async () => {
    const { code, stderr } = await cli(['verify']);
    expect(stderr).toMatch(/^Failed: no-server-named\n.*ELASTICSEARCH_URL to hold an address.*\n.*nothing\n.*Set it/);
    expect(code).toBe(2);
  });

  test('refuses to choose between the default policy and another one in the working folder', async () => {
    const file = temporaryFile('retention-policy.yml', 'mode: enforce\n');
    const { code, stderr } = await cli(['plan'], NOWHERE, dirname(file));
    expect(stderr).toMatch(/^Failed: which-policy\n.*--policy or RETENTION_POLICY/);
    expect(stderr).toContain(`found     another one in the working folder, ${file}`);
    expect(code).toBe(2);
  });

  test('shows every problem of a broken policy at its place', async () => {
    const file = temporaryFile('p.yml', 'mode: enforc\nearliest: 2015-01-01T00:00:00Z\ncategories: {}\n');
    const { code, stderr } = await cli(['verify', '--policy', file], NOWHERE);
    expect(stderr).toContain(`✗ ${file}:1  mode\n      expected  observe or enforce\n      found     enforc`);
    expect(stderr).toContain(`✗ ${file}:3  categories`);
    expect(code).toBe(2);
  });

  test('shows a broken policy from RETENTION_POLICY with --json as one document', async () => {
    const file = temporaryFile('p.yml', 'mode: enforc\n');
    const { code, stdout, stderr } = await cli(['verify', '--json'], { ...NOWHERE, RETENTION_POLICY: file });
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 2,
      error: {
        code: 'policy',
        expected: 'observe or enforce',
        problems: expect.arrayContaining([expect.objectContaining({ file, line: 1, path: 'mode' })]),
      },
    });
    expect([code, stderr]).toEqual([2, '']);
  });

  test('shows a wrong option with --json as one document', async () => {
    const { code, stdout, stderr } = await cli(['plan', '--json', '--catgory', 'x'], NOWHERE);
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 2,
      error: { code: 'usage', found: expect.stringContaining('--category') },
    });
    expect([code, stderr]).toEqual([2, '']);
  });

  test('refuses OpenSearch, which is not supported', async () => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          cluster_name: 'x',
          cluster_uuid: 'y',
          version: { number: '2.19.0', distribution: 'opensearch' },
        }),
      );
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stderr } = await cli(['verify'], { ELASTICSEARCH_URL: url });
    expect(stderr).toMatch(/^Failed: unsupported-server\n(.*\n)*.*OpenSearch and other forks are not supported/);
    expect(code).toBe(2);
  });
});

test.each([
  ['plan'],
  ['purge'],
  ['verify'],
  ['backfill-dates'],
  ['terminate'],
  ['reinstate'],
  ['status'],
  ['receipt'],
  ['reconcile'],
  ['replay'],
])('%s --help shows examples and ends with exit code 0', async (command) => {
  const { code, stdout } = await cli([command, '--help']);
  expect(stdout).toMatch(new RegExp(`Examples:\n  node bin/es-retention.mjs ${command}`));
  expect(code).toBe(0);
});

test('--help names the environment variables and the exit codes', async () => {
  const { code, stdout } = await cli(['--help']);
  for (const word of [
    'ELASTICSEARCH_URL',
    'ELASTICSEARCH_API_KEY',
    'ELASTICSEARCH_CA',
    'RETENTION_POLICY',
    'RETENTION_KEYS',
    'RETENTION_ARCHIVE',
    'EVENT_BUS_NAME',
    'Exit codes',
  ])
    expect(stdout).toContain(word);
  expect(code).toBe(0);
});
