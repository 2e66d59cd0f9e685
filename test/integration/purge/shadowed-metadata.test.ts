import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, onTestFinished, test } from 'vitest';
import { elasticsearchAccounts } from '../../../lib/adapters/elasticsearch/count/elasticsearch-accounts.ts';
import { Gathering } from '../../../lib/erasure/gathering.ts';
import { reconcile } from '../../../lib/erasure/reconcile.ts';
import { backfillDates } from '../../../lib/maintenance/backfill-dates.ts';
import { ownIndices } from '../../../lib/policy/own-indices.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { erasureFixture, TERMINATED, testHashes } from '../../support/erasure-fixture.ts';
import { before, openWire } from '../../support/faulty-connection.ts';
import { portsAt } from '../../support/ports-at.ts';
import { aroundRemover, daysAgo, NOW, type PurgeFixture, purgeFixture } from '../../support/purge-fixture.ts';
import { sendAdvised } from '../fixes/follow-advice.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };
const CODE = 'shadowed-metadata';

/** Names that Elasticsearch 8.19 and 9.4 take for a run-time field; most are those of metadata fields. */
const NAMES = [
  ['_index', '_ignored', '_field_names', '_id', '_source', '_routing', '_seq_no', '_version', '_doc_count', '_tier'],
  ['_primary_term', '_nested_path', '_data_stream_timestamp', '_ignored_source', '_of_a_later_version'],
].flat();

const scripts = (names: readonly string[], source = "emit('x')"): estypes.MappingRuntimeFields =>
  Object.fromEntries(names.map((name) => [name, { type: 'keyword', script: { source } }]));

const shadow = ({ client }: Pick<PurgeFixture, 'client'>, index: string, names: readonly string[], source?: string) =>
  client.indices.putMapping({ index, runtime: scripts(names, source) });

const IGNORING = { type: 'date', ignore_malformed: true } as const;
const IGNORED = { ...old, event: { ingested: [daysAgo(20), '27/11/2026 17:00'] } };

/** It never deletes from, drops, empties or calls kept an index of which a script of the mapping answers in place of metadata. */
describe('an index with a run-time field of a metadata name', () => {
  test.each(NAMES)('%s is named and left as it is, the others are purged, and the advice ends it', async (name) => {
    const fixture = purgeFixture();
    const properties = { event: { properties: { ingested: IGNORING } } };
    const index = await fixture.createIndex('a', { ignored: IGNORED, live, old }, { properties });
    const dropped = await fixture.createIndex('b', { old });
    await fixture.createIndex('c', { live, old });
    await shadow(fixture, index, [name]);
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 2 });
    expect(report.findings).toEqual([
      expect.objectContaining({ code: CODE, severity: 'blocking', index, found: expect.stringContaining(`"${name}"`) }),
    ]);
    expect(report.indices).toMatchObject([
      { index, planned: 'unavailable', reason: CODE, found: 'unanswered' },
      { index: dropped, found: 'gone' },
      { documentsAfter: 1 },
    ]);
    await sendAdvised(fixture.client, report.findings[0]?.fix ?? '');
    expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 1, findings: [{ code: 'undatable', index }] });
    expect(await fixture.left(index)).toEqual(['ignored', 'live']);
  });

  test('is not dropped by a run that finds nothing in it, nor once that is a day ago', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('a', { live, more: live });
    await fixture.createIndex('b', { live: { '@timestamp': daysAgo(0.5) } });
    await shadow(fixture, index, ['_index']);
    for (const clock of [() => NOW, () => NOW + DAY + 60_000])
      expect(await fixture.runPurge({ clock })).toMatchObject({ kept: false, documentsRemoved: 0 });
    await fixture.client.indices.putMapping({ index, runtime: { _index: null } as never });
    expect(await fixture.left(index)).toEqual(['live', 'more']);
  });

  test('that names another index does not change what is said of that one', async () => {
    const fixture = purgeFixture();
    const other = await fixture.createIndex('y', { a: old, b: old });
    const index = await fixture.createIndex('x', { live, old });
    await shadow(fixture, index, ['_index'], `emit('${other}')`);
    const { indices } = await fixture.runPurge({ dryRun: true });
    expect(indices).toEqual([
      expect.objectContaining({ index, planned: 'unavailable' }),
      expect.objectContaining({ index: other, documentsBefore: 2, planned: 'drop' }),
    ]);
  });

  test('that comes while it is counted does not change what is said of another one either', async () => {
    const fixture = purgeFixture();
    const other = await fixture.createIndex('y', { a: old, b: old });
    const index = await fixture.createIndex('x', { live, old });
    const wire = openWire();
    wire.on(
      /_msearch/,
      before(() => shadow(fixture, index, ['_index'], `emit('${other}')`)),
    );
    const client = fixture.newClient({ Connection: wire.Connection });
    const { findings, indices } = await fixture.runPurge({ client, dryRun: true });
    expect(findings).toMatchObject([{ code: CODE, index }]);
    expect(indices).toMatchObject([{ index }, { index: other, documentsBefore: 2, planned: 'drop' }]);
  });

  test('whose script fails, and under a block, takes no other one with it and is purged after the advice', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('x', { live, old });
    await fixture.createIndex('y', { live, old });
    await shadow(fixture, index, ['_index', '_ignored'], "emit(doc['nope'].value)");
    await fixture.client.indices.putSettings({ index, settings: { 'index.blocks.read_only': true } });
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ documentsRemoved: 1, findings: [{ code: CODE, index }] });
    await sendAdvised(fixture.client, report.findings[0]?.fix ?? '');
    expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  });

  test('is not dated', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('x', { undated: {} });
    await shadow(fixture, index, ['_ignored']);
    const { client, policy, category } = fixture;
    const ports = portsAt(client, policy, { timeout: () => 30_000, firstPause: 20 }, () => NOW);
    const run = { runId: randomUUID(), dryRun: false, policy, category };
    const settled = await backfillDates(run, ports, { ingestedAt: NOW - DAY });
    expect(settled).toMatchObject({ dated: 0, uncounted: [index] });
    expect((await client.get({ index, id: 'undated' }))._source).toEqual({});
  });
});

/** It never destroys anything in an index on which a shadow was put after the plan. */
describe.each(['_index', '_ignored', '_source'])('a run-time field %s that comes after the plan', (name) => {
  test.each([
    ['deletion', { live, old }, 'deleteSlice'],
    ['drop', { old }, 'blockWrites'],
  ] as const)('ends a %s', async (_, documents, call) => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('x', documents);
    await fixture.createIndex('y', { live: { '@timestamp': daysAgo(0.5) } });
    const around = aroundRemover((real) => ({
      [call]: async (...given: never[]) => {
        await shadow(fixture, index, [name], "emit('y')");
        return (real[call] as (...all: never[]) => unknown)(...given);
      },
    }));
    const { documentsRemoved, findings } = await fixture.runPurge({ around });
    expect(documentsRemoved).toBe(0);
    expect(findings).toContainEqual(expect.objectContaining({ code: CODE, index }));
    await fixture.client.indices.putMapping({ index, runtime: { [name]: null } as never });
    expect(await fixture.left(index)).toEqual(Object.keys(documents));
  });
});

/** No erasure is called done, or nothing found, while an index cannot be believed. */
describe('erasures beside an index with a run-time field of a metadata name', () => {
  test.each(['_index', '_ignored', '_source', '_field_names'])('%s stay open until it is removed', async (name) => {
    const fixture = erasureFixture();
    const uin = { type: 'keyword', ignore_above: 3 } as const;
    const index = await fixture.createIndex(
      'a',
      { seen: { uin: '7' }, unseen: { uin: ['7777', '8'] } },
      { properties: { uin } },
    );
    await fixture.createIndex('b', { other: { uin: '7' }, stays: { uin: '9' } });
    await fixture.client.indices.putMapping({ index, properties: { uin: { type: 'keyword', ignore_above: 200 } } });
    await shadow(fixture, index, [name]);
    for (const gone of ['7', '7777']) await fixture.tell('account-deleted', { uin: gone }, TERMINATED);
    for (let turn = 0; turn < 2; turn += 1) {
      const { findings, kept } = await fixture.runPurge();
      expect(kept).toBe(false);
      expect(findings.map(({ code }) => code)).toContain(CODE);
      expect((await fixture.entries()).map(({ closedAt }) => closedAt)).toEqual([undefined, undefined]);
    }
    await fixture.client.indices.putMapping({ index, runtime: { [name]: null } as never });
    expect(await fixture.left(index)).toEqual(['seen', 'unseen']);
    expect(await fixture.left(`${fixture.id}-b`)).toEqual(['stays']);
    await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['unseen']);
  });

  test('its accounts are not reconciled, and the index is named with the fix', async () => {
    const fixture = erasureFixture();
    const index = await fixture.createIndex('a', { seen: { uin: '7' } });
    await fixture.createIndex('b', { other: { uin: '8' } });
    await shadow(fixture, index, ['_id', '_index']);
    const found = await reconcile([fixture.category], new Map(), {
      store: elasticsearchAccounts(fixture.client, { timeout: () => 30_000 }),
      ...{ ledger: fixture.ledger, hashes: testHashes, gathering: new Gathering() },
      judge: async (_, __, believed) => ({ believed, altered: new Map() }),
    });
    expect(found.forgotten.map(({ uin }) => uin)).toEqual(['8']);
    const request = `PUT /${index}/_mapping {"runtime":{"_id":null,"_index":null}}`;
    expect(found.unanswered).toEqual([{ index, why: expect.stringContaining(request) }]);
  });
});

test.each(['_index', '_id', '_ignored', '_source'])(
  'a run-time field %s in an index of ours is named',
  async (name) => {
    const reportsIndex = `retention-runs-${randomUUID().slice(0, 8)}`;
    const fixture = erasureFixture({ reportsIndex });
    const { ledger, reports } = ownIndices(fixture.policy, fixture.category.id);
    onTestFinished(async () => {
      await fixture.client.indices.delete({ index: reports }, { ignore: [404] });
      await fixture.client.indices.deleteIndexTemplate({ name: `es-retention-${reports}` }, { ignore: [404] });
    });
    await fixture.createIndex('a', { seen: { uin: '7' } });
    await fixture.tell('account-deleted', { uin: '7' }, TERMINATED);
    await shadow(fixture, ledger, [name]);
    await expect(fixture.runPurge()).rejects.toMatchObject({
      code: 'own-index-altered',
      explanation: { found: 'it has runtime fields', fix: expect.stringContaining(`setup --rebuild ${ledger}`) },
    });
    expect(await fixture.left(`${fixture.id}-a`)).toEqual(['seen']);
  },
);
