import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, estypes } from '@elastic/elasticsearch';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { identifyCluster } from '../../lib/adapters/elasticsearch/client/identify-cluster.ts';
import { elasticsearchCatalogue } from '../../lib/adapters/elasticsearch/inspect/index-catalogue.ts';
import { setUpOwnIndices } from '../../lib/adapters/elasticsearch/setup/set-up-own-indices.ts';
import { finishErasures } from '../../lib/erasure/due/finish-erasures.ts';
import { recordAccountEvent } from '../../lib/erasure/recording/record-account-event.ts';
import { type IndexGrant, type KeyPrivileges, keyPrivileges } from '../../lib/maintenance/key-privileges.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import type { ListedIndex } from '../../lib/purge/indices/unclaimed-indices.ts';
import { erasureFixture, TERMINATED } from '../support/erasure/erasure-fixture.ts';
import { TEST_RING_TEXT } from '../support/erasure/key-ring-text.ts';
import { erasurePortsAt } from '../support/purge/ports-at.ts';
import {
  aroundRemover,
  daysAgo,
  NOW,
  PROPERTIES,
  type PurgeFixture,
  purgeFixture,
} from '../support/purge/purge-fixture.ts';
import { takeNothingOver } from '../support/server/reused-names.ts';
import { securedServer } from '../support/server/secured-server.ts';

beforeEach(takeNothingOver);

type Grant = estypes.SecurityIndicesPrivileges;

const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };
type Fixture = Pick<PurgeFixture, 'policy' | 'category'>;

/** Of a category with an age rule: what it keeps of itself. */
const ownNames = ({ policy, category }: Fixture): string[] => {
  const { leases, reports } = ownIndices(policy, category.id);
  return [leases, reports];
};

/** All that the key of the category's function may do. */
const granted = ({ policy, category }: Fixture): KeyPrivileges =>
  keyPrivileges(policy).get(`purge-${category.id}`) ?? { cluster: [], indices: [] };
const asGrant = ({ names, privileges }: IndexGrant): Grant => ({ names: [...names], privileges: [...privileges] });
const asked = (fixture: Fixture): string[] => [...granted(fixture).cluster];
const all = (fixture: Fixture): Grant[] => granted(fixture).indices.map(asGrant);
/** What of it is on our own indices. */
const own = (fixture: Fixture): Grant[] =>
  granted(fixture)
    .indices.filter(({ names }) => names.some((name) => name.startsWith('retention-')))
    .map(asGrant);
const REQUESTS = { timeout: () => 30_000, firstWait: 20 };

const server = securedServer();
const superuser = server.superuser();
const clientWith = (apiKey: string): Client => server.clientWith(apiKey);

/** A client with a real key that may do just this. */
const clientThatMay = async (mayAsk: estypes.SecurityClusterPrivilege[], index: Grant[]): Promise<Client> => {
  const key = await superuser.security.createApiKey({
    name: 'test',
    role_descriptors: { test: { cluster: mayAsk, index } },
  });
  return clientWith(key.encoded);
};

/** As a person with more privileges does once, before the keys are used. */
const setUp = ({ policy }: Pick<PurgeFixture, 'policy'>) => setUpOwnIndices(superuser, REQUESTS, policy);

/** An index to drop (`old`) and one to delete from (`mixed`), on the secured server. */
const twoIndices = async () => {
  const fixture = purgeFixture();
  await setUp(fixture);
  const [mixed, old] = [`${fixture.id}-mixed`, `${fixture.id}-old`];
  for (const index of [mixed, old]) await superuser.indices.create({ index, mappings: { properties: PROPERTIES } });
  await superuser.index({ index: mixed, id: 'expired', document: EXPIRED });
  await superuser.index({ index: mixed, id: 'live', document: LIVE });
  await superuser.index({ index: old, id: 'old', document: EXPIRED });
  const count = async (index: string) => {
    await superuser.indices.refresh({ index });
    return (await superuser.count({ index })).count;
  };
  return { fixture, pattern: `${fixture.id}-*`, mixed, old, count };
};

/** Erasure's ports with all keys of the ring, and an archive in a folder. */
const erasureOf = (client: Client, { policy }: Pick<PurgeFixture, 'policy'>) => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // The ring of the fixture's runs: an entry under a key that a run has not got is not believed.
  writeFileSync(join(folder, 'keys.json'), TEST_RING_TEXT, { mode: 0o600 });
  const environment = { RETENTION_KEYS: join(folder, 'keys.json'), RETENTION_ARCHIVE: join(folder, 'archive') };
  return erasurePortsAt(client, REQUESTS, () => NOW, environment, policy);
};

test('a key with only the privileges of a purge completes a purge', async () => {
  const { fixture, mixed, old, count } = await twoIndices();
  const client = await clientThatMay(asked(fixture), all(fixture));
  expect(await identifyCluster(client, { timeout: () => 5_000 })).toMatchObject({ version: server.version() });
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete', documentsRemoved: 2 });
  expect(await count(mixed)).toBe(1);
  expect(await superuser.indices.exists({ index: old })).toBe(false);
});

test('a key without access to the ledger suffices if no rule needs the ledger', async () => {
  const { fixture } = await twoIndices();
  const { category, policy } = fixture;
  const { ledger } = ownIndices(policy, category.id);
  await superuser.indices.create({ index: ledger });
  const client = await clientThatMay(asked(fixture), all(fixture));
  await expect(client.count({ index: ledger })).rejects.toMatchObject({ statusCode: 403 });
  const cluster = await identifyCluster(client, REQUESTS);
  expect(await finishErasures({ category, policy, cluster }, erasureOf(client, fixture), NOW)).toEqual({
    issued: 0,
    left: 0,
  });
});

test("a key with a person's cluster privileges counts unclaimed indices", async () => {
  const { fixture } = await twoIndices();
  const { cluster: mayAsk = [] } = keyPrivileges(fixture.policy).get('operator') ?? {};
  const catalogue = elasticsearchCatalogue(await clientThatMay([...mayAsk], []), { timeout: () => 5_000 });
  const listed = (await catalogue.list(['@timestamp', 'event.ingested', 'uin'])).filter(({ name }) =>
    name.startsWith(fixture.id),
  );
  expect(listed).toHaveLength(2);
  for (const { fields } of listed) expect([...fields]).toEqual(['@timestamp', 'event.ingested', 'uin']);
  await superuser.indices.refresh({ index: `${fixture.id}-old` });
  await superuser.indices.create({ index: `${fixture.id}-lazy`, settings: { refresh_interval: '-1' } });
  await superuser.index({ index: `${fixture.id}-lazy`, document: LIVE });
  // What was never refreshed cannot be counted by whoever may not refresh: it is not called empty.
  const counts = await catalogue.count([...listed, { ...listed[0], name: `${fixture.id}-lazy` } as ListedIndex]);
  expect(counts.get(`${fixture.id}-old`)).toBe(1);
  expect(counts.has(`${fixture.id}-lazy`)).toBe(false);
});

test('a key with the privileges of an erasure records, erases, and issues a receipt', async () => {
  const fixture = erasureFixture();
  await setUp(fixture);
  const index = `${fixture.id}-own`;
  await superuser.indices.create({ index, mappings: { properties: PROPERTIES } });
  await superuser.index({ index, id: 'gone', document: { ...EXPIRED, uin: '1' }, refresh: true });
  const client = await clientThatMay(asked(fixture), all(fixture));
  const erasure = erasureOf(client, fixture);
  const event = { type: 'feature-terminated', subject: { uin: '1' }, at: TERMINATED, immediate: false } as const;
  await recordAccountEvent({ ...event, requestId: 'msg_1' }, [fixture.category], await erasure.openRecord());
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete', erasures: { erased: 1 } });
  const cluster = await identifyCluster(client, REQUESTS);
  const { category, policy } = fixture;
  expect(await finishErasures({ category, policy, cluster }, erasure, NOW)).toEqual({ issued: 1, left: 0 });
});

test.each([
  ['made up', () => btoa('no-such-id:no-such-secret')],
  ['not even a key', () => 'hello'],
  ['missing', () => ''],
])('the error for an API key that is %s names ELASTICSEARCH_API_KEY', async (_, key) => {
  await expect(identifyCluster(clientWith(key()), { timeout: () => 5_000 })).rejects.toMatchObject({
    name: 'InputError',
    code: 'wrong-key',
    message: expect.stringContaining('ELASTICSEARCH_API_KEY'),
  });
});

test('an invalidated API key is reported as wrong', async () => {
  const { id, encoded } = await superuser.security.createApiKey({ name: 'invalidated' });
  await superuser.security.invalidateApiKey({ ids: [id] });
  await expect(identifyCluster(clientWith(encoded), { timeout: () => 5_000 })).rejects.toMatchObject({
    code: 'wrong-key',
  });
});

test('the error names the cluster privilege that the key lacks', async () => {
  const client = await clientThatMay([], own(purgeFixture()));
  await expect(identifyCluster(client, { timeout: () => 5_000 })).rejects.toMatchObject({
    name: 'InputError',
    code: 'missing-privilege',
    message: expect.stringContaining('cluster:monitor/main'),
  });
});

test('a run whose key lacks privileges on leases and reports ends before it deletes anything', async () => {
  const { fixture, pattern, mixed, old, count } = await twoIndices();
  const client = await clientThatMay(['monitor'], [{ names: [pattern], privileges: ['all'] }]);
  await expect(fixture.runPurge({ client })).rejects.toMatchObject({ name: 'InputError', code: 'missing-privilege' });
  expect(await Promise.all([mixed, old].map(count))).toEqual([2, 1]);
});

test('a run with a read-only key deletes nothing, leaves no block, and is incomplete', async () => {
  const { fixture, pattern, mixed, old, count } = await twoIndices();
  const readOnly: Grant = { names: [pattern], privileges: ['read', 'maintenance', 'view_index_metadata'] };
  const client = await clientThatMay(asked(fixture), [...own(fixture), readOnly]);
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, found: { due: 2 } });
  for (const { note } of report.indices) expect(note).toContain('missing-privilege');
  await superuser.index({ index: old, document: LIVE });
  expect(await Promise.all([mixed, old].map(count))).toEqual([2, 2]);
});

test.each([
  ['none', []],
  ['some', ['-mixed']],
] as const)("a run is refused if its key sees %s of the category's indices", async (_, seen) => {
  const { fixture, mixed, old, count } = await twoIndices();
  const grants = seen.map((suffix): Grant => ({ names: [`${fixture.id}${suffix}`], privileges: ['all'] }));
  const client = await clientThatMay(asked(fixture), [...own(fixture), ...grants]);
  await expect(fixture.runPurge({ client })).rejects.toMatchObject({ name: 'InputError', code: 'missing-privilege' });
  expect(await Promise.all([mixed, old].map(count))).toEqual([2, 1]);
});

test('a key with the documented privileges lifts the flood-stage block', async () => {
  const { fixture } = await twoIndices();
  const flood = { 'index.blocks.read_only_allow_delete': true };
  await superuser.indices.putSettings({ index: ownNames(fixture), settings: flood });
  const client = await clientThatMay(asked(fixture), all(fixture));
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete' });
});

test('if the key cannot create a missing own index, the error names setup, also during a run', async () => {
  const { fixture, mixed, count } = await twoIndices();
  const client = await clientThatMay(asked(fixture), all(fixture));
  const lose = () => superuser.indices.delete({ index: ownIndices(fixture.policy, fixture.category.id).leases });
  const lost = await fixture.runPurge({
    client,
    around: aroundRemover((real) => ({
      deleteSlice: async (...given) => {
        await lose();
        return real.deleteSlice(...given);
      },
    })),
  });
  expect(JSON.stringify(lost)).toMatch(/own-index-missing/);
  expect(await superuser.indices.exists({ index: ownIndices(fixture.policy, fixture.category.id).leases })).toBe(false);
  expect(await count(mixed)).toBe(2);
  await expect(fixture.runPurge({ client })).rejects.toMatchObject({
    name: 'InputError',
    code: 'own-index-missing',
    message: expect.stringContaining('node bin/es-retention.mjs setup'),
  });
  expect(await superuser.indices.exists({ index: ownIndices(fixture.policy, fixture.category.id).leases })).toBe(false);
  await setUp(fixture);
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete' });
});

test('a key with the privileges of docs/keys.md runs setup and a rebuild', async () => {
  const fixture = erasureFixture();
  const client = await clientThatMay(
    ['monitor', 'manage_index_templates'],
    [{ names: ['retention-*'], privileges: ['manage', 'read', 'write'] }],
  );
  const { ledger } = ownIndices(fixture.policy, fixture.category.id);
  const did = async (rebuild?: string) =>
    (await setUpOwnIndices(client, REQUESTS, fixture.policy, rebuild === undefined ? {} : { rebuild })).find(
      ({ index }) => index === ledger,
    )?.did;
  expect(await did()).toBe('made');
  await superuser.indices.putMapping({ index: ledger, runtime: { category: { type: 'keyword' } } });
  expect(await did()).toBe('altered');
  expect(await did(ledger)).toBe('rebuilt');
  expect(await did()).toBe('left');
});
