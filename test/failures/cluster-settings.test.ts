import { expect, onTestFinished, test } from 'vitest';
import { elasticsearchLeases } from '../../lib/adapters/elasticsearch/records/elasticsearch-leases.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { DAY, MINUTE } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { erasureFixture, TERMINATED } from '../support/erasure/erasure-fixture.ts';
import { CUTOFF, daysAgo, NOW, type PurgeFixture, purgeFixture } from '../support/purge/purge-fixture.ts';
import { openWire } from '../support/server/faulty-connection.ts';
import { fixturesUse } from '../support/server/fixture-server.ts';
import { securedServer } from '../support/server/secured-server.ts';

// These tests change settings of a whole cluster. Only one file at a time uses this server.
fixturesUse(securedServer().connection());

const SETTINGS = [
  ['search.allow_expensive_queries', false],
  ['search.max_buckets', 2],
] as const;

/** Sets it for the whole cluster until the end of the test. */
const setForAll = async ({ client }: PurgeFixture, setting: string, value: unknown): Promise<void> => {
  onTestFinished(async () => {
    await client.cluster.putSettings({ persistent: { [setting]: null } });
  });
  await client.cluster.putSettings({ persistent: { [setting]: value } });
};

test.each(SETTINGS)('age rules still delete without %s', async (setting, value) => {
  const fixture = purgeFixture();
  const spread = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`old-${at}`, { '@timestamp': daysAgo(20 + at) }]),
  );
  const live = { '@timestamp': daysAgo(1) };
  for (const suffix of ['a', 'b', 'c', 'd', 'e']) await fixture.createIndex(suffix, { ...spread, live });
  await setForAll(fixture, setting, value);
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 150, found: { documents: 5 } });
});

test('a short search timeout of the cluster leaves no index unanswered', async () => {
  const fixture = purgeFixture();
  const { client } = fixture;
  const index = await fixture.createIndex('many', {});
  // Each was dated within the hour before the cutoff, so that its text is read.
  const operations = Array.from({ length: 40_000 }, (_, at) => [
    { index: {} },
    { '@timestamp': isoInstant(CUTOFF - 1000 - (at % 3500) * 1000) },
  ]).flat();
  await client.bulk({ index, operations, refresh: true });
  await fixture.add(index, { live: { '@timestamp': daysAgo(1) } });
  await setForAll(fixture, 'search.default_search_timeout', '1ms');
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 40_000, findings: [] });
});

test('if max_buckets is 0, nothing is counted, removed or reported as kept until the fix', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', {
    old: { '@timestamp': daysAgo(20) },
    live: { '@timestamp': daysAgo(1) },
  });
  const other = await fixture.createIndex('b', { old: { '@timestamp': daysAgo(20) } });
  await setForAll(fixture, 'search.max_buckets', 0);
  const wire = openWire();
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 0 });
  expect(report.findings.map(({ code, index: name }) => [code, name])).toEqual([
    ['unanswered', index],
    ['unanswered', other],
  ]);
  expect(wire.sent(/_msearch/).length).toBeLessThan(8);
  const [, body = ''] = /PUT \/_cluster\/settings (\{.*\})\. /.exec(report.findings[0]?.fix ?? '') ?? [];
  await fixture.client.cluster.putSettings(JSON.parse(body));
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 2 });
});

test('if max_buckets is 0, nobody is erased until the fix', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('a', { theirs: { uin: '1', '@timestamp': isoInstant(TERMINATED) } });
  await fixture.tell('account-deleted', { uin: '1' });
  await setForAll(fixture, 'search.max_buckets', 0);
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, erasures: { open: 1, erased: 0 } });
  expect(report.findings.map(({ code }) => code)).toEqual(['unanswered', 'not-examined']);
  expect(await fixture.left(index)).toEqual(['theirs']);

  const [, body = ''] = /PUT \/_cluster\/settings (\{.*\})\. /.exec(report.findings[0]?.fix ?? '') ?? [];
  await fixture.client.cluster.putSettings(JSON.parse(body));
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual([]);
});

const termination = { triggers: ['account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' };
const age = { maxAge: 'P14D', allowedLateness: 'PT1H' };

test.each(SETTINGS)(
  '%s is reported once as the reason why nobody is erased, and age rules still delete',
  async (setting, value) => {
    const rules = { age, termination };
    const fixture = erasureFixture({ category: { records: 'dated', schedule: 'rate(15 minutes)', rules } });
    const uins = ['1', '2', '3', '4'];
    const theirs = Object.fromEntries(uins.map((uin) => [uin, { uin, '@timestamp': isoInstant(TERMINATED) }]));
    const old = { uin: '9', '@timestamp': daysAgo(20) };
    const names: string[] = [];
    for (const suffix of ['a', 'b', 'c']) names.push(await fixture.createIndex(suffix, { ...theirs, old }));
    for (const uin of uins) await fixture.tell('account-deleted', { uin });
    await setForAll(fixture, setting, value);
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 3, erasures: { open: 4, erased: 0 } });
    expect(report.findings.map(({ code }) => code)).toEqual(['not-examined']);
    expect(report.findings[0]?.found).toContain(`${setting} refuses it in 3 indices`);
    for (const name of names) expect(await fixture.left(name)).toEqual(uins);

    const [, body = ''] = /PUT \/_cluster\/settings (\{.*\})\. /.exec(report.findings[0]?.fix ?? '') ?? [];
    await fixture.client.cluster.putSettings(JSON.parse(body));
    expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 12 });
  },
);

test.each([10, 8_000])(
  'a limit of %i bytes for scripts is reported without the script, and the fix works',
  async (bytes) => {
    const rules = { age, termination };
    const fixture = erasureFixture({ category: { records: 'dated', schedule: 'rate(15 minutes)', rules } });
    const index = await fixture.createIndex('a', {
      theirs: { uin: '1', '@timestamp': isoInstant(TERMINATED) },
      old: { uin: '9', '@timestamp': daysAgo(20) },
      live: { uin: '9', '@timestamp': daysAgo(1) },
    });
    await fixture.tell('account-deleted', { uin: '1' });
    await setForAll(fixture, 'script.max_size_in_bytes', bytes);
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false, erasures: { open: 1, erased: 0 } });
    expect(await fixture.left(index)).toEqual(bytes === 10 ? ['live', 'old', 'theirs'] : ['live', 'theirs']);
    expect(JSON.stringify(report.findings)).toContain('script.max_size_in_bytes');
    expect(JSON.stringify(report.findings).length).toBeLessThan(3_000);
    expect(report.findings.map(({ fix }) => fix).join()).not.toContain('_cat/shards');

    const [, body = ''] = /PUT \/_cluster\/settings (\{.*?\}\})\. /.exec(report.findings[0]?.fix ?? '') ?? [];
    await fixture.client.cluster.putSettings(JSON.parse(body));
    await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['live']);
  },
);

test('a date at midnight counts as a whole day if run-time fields are refused', async () => {
  const now = NOW + 20 * MINUTE + 30_500;
  const cutoff = now - 14 * DAY;
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', {
    midnight: { '@timestamp': cutoff - (cutoff % DAY) },
    before: { '@timestamp': cutoff - (cutoff % DAY) - 1 },
    live: { '@timestamp': daysAgo(1) },
  });
  await setForAll(fixture, 'search.allow_expensive_queries', false);
  expect(await fixture.runPurge({ clock: () => now })).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  expect(await fixture.left(index)).toEqual(['live', 'midnight']);
});

test('the fix for an unallocated shard does not mention load, and it works', async () => {
  const fixture = purgeFixture({ ownLedger: true });
  const { client, policy } = fixture;
  await setForAll(fixture, 'cluster.routing.allocation.enable', 'none');
  const requests = { timeout: () => 3_000, firstWait: 20, retries: 1 };
  const acquire = () =>
    elasticsearchLeases(client, requests, () => NOW, ownIndices(policy, 'logs').leases).acquire('logs', 'run');
  const refusal = await acquire().catch((error) => error);
  expect(refusal).toMatchObject({ code: 'store-busy' });
  expect(refusal.explanation.fix).not.toContain('load');
  const [, body = ''] = /PUT \/_cluster\/settings (\{.*\}), /.exec(refusal.explanation.fix) ?? [];
  await client.cluster.putSettings(JSON.parse(body));
  await client.cluster.health({ index: ownIndices(policy, 'logs').leases, wait_for_status: 'yellow' });
  await (await acquire()).release();
});

test('the last expired index is emptied, not dropped, if writes cannot create indices', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', { old: { '@timestamp': daysAgo(20) } });
  await setForAll(fixture, 'action.auto_create_index', 'false');
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1, indicesDropped: 0 });
  expect(await fixture.left(index)).toEqual([]);
});
