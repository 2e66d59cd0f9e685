import { afterEach, expect, test } from 'vitest';
import { setUpOwnIndices } from '../../lib/adapters/elasticsearch/setup/set-up-own-indices.ts';
import { type KeyPrivileges, keyPrivileges } from '../../lib/maintenance/key-privileges.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { cli } from '../integration/cli/command-line.ts';
import { TEST_RING_TEXT } from '../support/erasure/key-ring-text.ts';
import { PROPERTIES } from '../support/purge/purge-fixture.ts';
import { temporaryFolder } from '../support/receipts/archive-worlds.ts';
import { terminationPolicy } from '../support/receipts/receipt-fixture.ts';
import { temporaryFile } from '../support/run/temporary-file.ts';
import { securedServer } from '../support/server/secured-server.ts';

const TEXT = terminationPolicy('forbidden', ['settings', 'rooms']);
const policy = parseRetentionPolicy(TEXT, 'policy.yml');
const [SEEN, HIDDEN] = ['settings-forbidden', 'rooms-forbidden'] as const;

const server = securedServer();
afterEach(async () => {
  const client = server.superuser();
  const there = await client.indices.get({ index: '*', features: ['aliases'] });
  if (Object.keys(there).length > 0) await client.indices.delete({ index: Object.keys(there) });
});

/** A person's key for all but the records of one category: an administrator gave it the rest by their names. */
const keyWithout = (category: string): Promise<string> => {
  const { cluster = [], indices = [] } = keyPrivileges(policy).get('operator') ?? {};
  const hidden = new Set<string>(Object.values(ownIndices(policy, category)));
  const seen = Object.values(ownIndices(policy, SEEN)).filter((name) => !hidden.has(name));
  const exact = indices.map(({ names, privileges }) => ({
    names: names.flatMap((name) => seen.filter((each) => each.startsWith(name.replace(/\*$/, '')))),
    privileges,
  }));
  const data = indices.filter(({ names }) => names.every((name) => !name.startsWith('retention-')));
  const grants = [...exact.filter(({ names }) => names.length > 0), ...data] as KeyPrivileges['indices'];
  return server.keyThatMay({ cluster, indices: grants });
};

const world = async () => {
  const client = server.superuser();
  await setUpOwnIndices(client, { timeout: () => 30_000 }, policy);
  for (const { indices } of policy.categories.values()) {
    const index = (indices[0] ?? '').replace('*', 'a');
    await client.indices.create({ index, mappings: { properties: PROPERTIES } });
    await client.index({
      index,
      document: { uin: '7', '@timestamp': isoInstant(Date.now() - 9 * DAY) },
      refresh: true,
    });
  }
  const environment = {
    ELASTICSEARCH_URL: server.url(),
    RETENTION_POLICY: temporaryFile('policy.yml', TEXT),
    RETENTION_KEYS: temporaryFile('keys.json', TEST_RING_TEXT),
    RETENTION_ARCHIVE: temporaryFolder(),
  };
  const limitedTo = (key: string) => (args: readonly string[]) =>
    cli(args, { ...environment, ELASTICSEARCH_API_KEY: key });
  return {
    asUser: (args: readonly string[]) => cli(args, { ...environment, ...server.user() }),
    limitedTo,
    run: limitedTo(await keyWithout(HIDDEN)),
  };
};

test('commands name a category whose records the key cannot read, and process the others', async () => {
  const { asUser, run } = await world();
  await asUser(['terminate', '--uin', '7', '--at', isoInstant(Date.now() - 4 * DAY)]);
  const active = temporaryFile('active.txt', '8\n');
  for (const args of [
    ['status'],
    ['status', '--uin', '7'],
    ['receipt', '--uin', '7'],
    ['reconcile', '--active', active],
    ['verify'],
    ['replay'],
    ['terminate', '--uin', '8'],
    ['reinstate', '--uin', '7'],
  ]) {
    const { code, stdout, stderr } = await run(args);
    const [summary] = stdout.split('\n');
    expect([stderr, summary]).toEqual(['', expect.stringContaining(`${HIDDEN} `)]);
    expect(summary).toContain('missing-privilege');
    expect(summary).not.toMatch(/Owed: nothing|Kept: 2 of 2/);
    expect(code).toBe(2);
  }
  // The one that it may see is told, the other goes on: as the command said.
  const { categories } = JSON.parse((await asUser(['status', '--uin', '7', '--json'])).stdout);
  expect(
    categories.map(({ category, cancelled }: { category: string; cancelled: number }) => [category, cancelled]),
  ).toEqual([
    [SEEN, 2],
    [HIDDEN, 0],
  ]);
});

test('with a key that cannot list all indices, verify and plan report unclaimed ones as not examined', async () => {
  const { limitedTo } = await world();
  const { cluster = [], indices = [] } = keyPrivileges(policy).get('operator') ?? {};
  const narrow = cluster.filter((each) => each !== 'cluster:monitor/state');
  const run = limitedTo(await server.keyThatMay({ cluster: narrow, indices }));
  for (const command of ['verify', 'plan']) {
    const { code, stdout } = await run([command]);
    expect(stdout.split('\n')[0]).toContain(' · unclaimed indices not examined (missing-privilege) · ');
    expect(stdout).toMatch(/\nIndices that no category claims: not examined\n *✗ missing-privilege\n/);
    expect(code).toBe(2);
  }
  const { unclaimed, unclaimedError } = JSON.parse((await run(['verify', '--json'])).stdout);
  expect([unclaimed, unclaimedError.code]).toEqual([null, 'missing-privilege']);
});
