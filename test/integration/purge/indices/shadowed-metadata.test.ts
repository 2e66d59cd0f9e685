import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, onTestFinished, test } from 'vitest';
import { elasticsearchAccounts } from '../../../../lib/adapters/elasticsearch/count/elasticsearch-accounts.ts';
import { reconcile } from '../../../../lib/erasure/consistency/reconcile.ts';
import { CategoryVisit } from '../../../../lib/erasure/recording/category-visit.ts';
import { backfillDates } from '../../../../lib/maintenance/backfill-dates.ts';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { erasureFixture, TERMINATED, testHashes } from '../../../support/erasure/erasure-fixture.ts';
import { portsAt } from '../../../support/purge/ports-at.ts';
import {
  aroundRemover,
  daysAgo,
  NOW,
  ofIndex,
  type PurgeFixture,
  purgeFixture,
} from '../../../support/purge/purge-fixture.ts';
import { madeOnce, whenDone } from '../../../support/run/made-once.ts';
import { before, openWire } from '../../../support/server/faulty-connection.ts';
import { sendAdvised } from '../../fixes/follow-advice.ts';

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

/**
 * It never deletes from, drops, empties or calls kept an index of which a script of the mapping answers in place of
 * metadata.
 */
describe('an index with a run-time field named like a metadata field', () => {
  describe('beside other indices', () => {
    const once = madeOnce(async () => {
      const fixture = purgeFixture();
      const properties = { event: { properties: { ingested: IGNORING } } };
      const documents = { ignored: IGNORED, live, old };
      const odd = await fixture.createIndices(NAMES.map((_, at) => ({ suffix: `a${at}`, documents, properties })));
      const [dropped] = await fixture.createIndices([
        { suffix: 'b', documents: { old } },
        { suffix: 'c', documents: { live, old } },
      ]);
      await Promise.all(NAMES.map((name, at) => shadow(fixture, `${odd[at]}`, [name])));
      const report = await fixture.runPurge();
      for (const { fix } of report.findings) await sendAdvised(fixture.client, fix);
      const next = await fixture.runPurge();
      return { odd, dropped, report, next, left: await fixture.leftInAll() };
    });

    test.each(NAMES)('is reported and not purged if the field is %s, until the fix removes the field', (name) => {
      const { odd, report, next, left } = once();
      const index = odd[NAMES.indexOf(name)] ?? '';
      const found = expect.stringContaining(`"${name}"`);
      expect(ofIndex(report, index)).toMatchObject({
        planned: 'unavailable',
        reason: CODE,
        found: 'unanswered',
        documentsRemoved: 0,
        findings: [{ code: CODE, severity: 'blocking', index, found }],
      });
      expect(ofIndex(next, index)).toMatchObject({ documentsRemoved: 1, findings: [{ code: 'undatable', index }] });
      expect(left.get(index)).toEqual(['ignored', 'live']);
    });

    test('does not stop the purge of the others', () => {
      const { odd, dropped, report, next } = once();
      expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 2 });
      expect(report.findings).toHaveLength(NAMES.length);
      const others = report.indices.filter(({ index }) => !odd.includes(index));
      expect(others).toMatchObject([{ index: dropped, found: 'gone' }, { documentsAfter: 1 }]);
      expect(next).toMatchObject({ documentsRemoved: NAMES.length });
      expect(next.findings).toHaveLength(NAMES.length);
    });
  });

  test('is not dropped by a run that finds no document in it, even after a day', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('a', { live, more: live });
    await fixture.createIndex('b', { live: { '@timestamp': daysAgo(0.5) } });
    await shadow(fixture, index, ['_index']);
    for (const clock of [() => NOW, () => NOW + DAY + 60_000])
      expect(await fixture.runPurge({ clock })).toMatchObject({ kept: false, documentsRemoved: 0 });
    await fixture.client.indices.putMapping({ index, runtime: { _index: null } as never });
    expect(await fixture.left(index)).toEqual(['live', 'more']);
  });

  test('does not change the counts of another index whose name the field returns', async () => {
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

  test('does not change the counts of another index if the field appears during a count', async () => {
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

  test('leaves the others unaffected if its script fails under a block, and the fix works', async () => {
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

  test('gets no dates from backfill-dates', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('x', { undated: {} });
    await shadow(fixture, index, ['_ignored']);
    const { client, policy, category } = fixture;
    const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
    const run = { runId: randomUUID(), dryRun: false, policy, category };
    const backfilled = await backfillDates(run, ports, { ingestedAt: NOW - DAY });
    expect(backfilled).toMatchObject({ dated: 0, uncounted: [index] });
    expect((await client.get({ index, id: 'undated' }))._source).toEqual({});
  });
});

/** It never destroys anything in an index on which a shadow was put after the plan. */
describe('a run-time field that is added after the plan', () => {
  const names = ['_index', '_ignored', '_source'];
  const ends = { deletion: { live, old }, drop: { old } };
  const rows = names.flatMap((name) => (['deletion', 'drop'] as const).map((end) => [name, end] as const));
  const once = madeOnce(async () => {
    const fixture = purgeFixture();
    const indices = await fixture.createIndices(
      rows.map(([, end], at) => ({ suffix: `x${at}`, documents: ends[end] })),
    );
    await fixture.createIndex('y', { live: { '@timestamp': daysAgo(0.5) } });
    const shadowed: Partial<Record<string, string>> = {};
    const come = async (index: string, end: keyof typeof ends) => {
      const at = indices.indexOf(index);
      if (rows[at]?.[1] !== end) return;
      shadowed[index] = end;
      await shadow(fixture, index, [`${rows[at]?.[0]}`], "emit('y')");
    };
    const around = aroundRemover((real) => ({
      deleteSlice: async (target, ...given) => {
        await come(target.name, 'deletion');
        return real.deleteSlice(target, ...given);
      },
      blockWrites: async (index) => {
        await come(index, 'drop');
        return real.blockWrites(index);
      },
    }));
    const report = await fixture.runPurge({ around });
    const without = (name: string) => ({ [name]: null }) as never;
    await Promise.all(
      rows.map(([name], at) =>
        fixture.client.indices.putMapping({ index: `${indices[at]}`, runtime: without(name) }, { ignore: [404] }),
      ),
    );
    return { indices, shadowed, report, left: await fixture.leftInAll() };
  });

  test.each(rows)('named %s prevents the %s', (...row) => {
    const { indices, shadowed, report, left } = once();
    const index = indices[rows.findIndex((each) => isDeepStrictEqual(each, row))] ?? '';
    expect(shadowed[index]).toBe(row[1]);
    expect(ofIndex(report, index).documentsRemoved).toBe(0);
    expect(report.findings).toContainEqual(expect.objectContaining({ code: CODE, index }));
    expect(left.get(index)).toEqual(Object.keys(ends[row[1]]));
  });
});

/** No erasure is called done, or nothing found, while an index cannot be believed. */
describe('a run-time field named like a metadata field', () => {
  test.each(['_index', '_ignored', '_source', '_field_names'])(
    'keeps erasures open until it is removed: %s',
    async (name) => {
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
    },
  );

  test('hides its index from reconcile, which reports the index with the fix', async () => {
    const fixture = erasureFixture();
    const index = await fixture.createIndex('a', { seen: { uin: '7' } });
    await fixture.createIndex('b', { other: { uin: '8' } });
    await shadow(fixture, index, ['_id', '_index']);
    const found = await reconcile([fixture.category], new Map(), {
      store: elasticsearchAccounts(fixture.client, { timeout: () => 30_000 }),
      ledger: fixture.ledger,
      hashes: testHashes,
      visit: new CategoryVisit(),
      judge: async (_, __, believed) => ({ believed, altered: new Map() }),
    });
    expect(found.leftBehind.map(({ uin }) => uin)).toEqual(['8']);
    const request = `PUT /${index}/_mapping {"runtime":{"_id":null,"_index":null}}`;
    expect(found.unanswered).toEqual([{ index, why: expect.stringContaining(request) }]);
  });
});

describe('an own index', () => {
  const once = madeOnce(async () => {
    const reportsIndex = `retention-runs-${randomUUID().slice(0, 8)}`;
    const fixture = erasureFixture({ reportsIndex });
    const { ledger, reports } = ownIndices(fixture.policy, fixture.category.id);
    whenDone(async () => {
      await fixture.client.indices.delete({ index: reports }, { ignore: [404] });
      await fixture.client.indices.deleteIndexTemplate({ name: `es-retention-${reports}` }, { ignore: [404] });
    });
    await fixture.createIndex('a', { seen: { uin: '7' } });
    await fixture.tell('account-deleted', { uin: '7' }, TERMINATED);
    return { fixture, ledger };
  });

  test.each(['_index', '_id', '_ignored', '_source'])(
    'is reported as altered if it has a run-time field %s',
    async (name) => {
      const { fixture, ledger } = once();
      await shadow(fixture, ledger, [name]);
      onTestFinished(
        async () =>
          void (await fixture.client.indices.putMapping({ index: ledger, runtime: { [name]: null } as never })),
      );
      await expect(fixture.runPurge()).rejects.toMatchObject({
        code: 'own-index-altered',
        explanation: { found: 'it has runtime fields', fix: expect.stringContaining(`setup --rebuild ${ledger}`) },
      });
      expect(await fixture.left(`${fixture.id}-a`)).toEqual(['seen']);
    },
  );
});
