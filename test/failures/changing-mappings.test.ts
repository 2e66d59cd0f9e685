import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { backfillDates } from '../../lib/maintenance/backfill-dates.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { type ErasureFixture, erasureFixture, TERMINATED } from '../support/erasure/erasure-fixture.ts';
import { portsAt } from '../support/purge/ports-at.ts';
import { type Documents, daysAgo, NOW, type PurgeFixture, purgeFixture } from '../support/purge/purge-fixture.ts';
import { madeOnce } from '../support/run/made-once.ts';
import {
  after as afterwards,
  before as beforehand,
  type Fault,
  openWire,
} from '../support/server/faulty-connection.ts';

type Act = (fixture: PurgeFixture, index: string) => Promise<unknown>;

const DATE = { type: 'date' } as const;
const EXPIRED = { '@timestamp': daysAgo(20) };
/** Expired by its timestamp, and kept by its ingestion. */
const LIVE = { '@timestamp': daysAgo(20), event: { ingested: daysAgo(1) } };
const MAPPING_CHANGED = 'its mapping changed after the plan; the next run counts anew';

const shadow =
  (dated: number, ...fields: readonly string[]): Act =>
  ({ client }, index) =>
    client.indices.putMapping({
      index,
      runtime: Object.fromEntries(fields.map((field) => [field, { ...DATE, script: { source: `emit(${dated}L)` } }])),
    });
/** From now on every document there looks expired. */
const shadowAsExpired = shadow(NOW - 20 * DAY, '@timestamp', 'event.ingested');
const shadowAsLive = shadow(NOW - DAY, '@timestamp');

const template = (match: string, mapping: object): Partial<estypes.MappingTypeMapping> => ({
  dynamic_templates: [{ event: { path_match: match, mapping } }],
});
const withMapping =
  (change: estypes.IndicesPutMappingRequest | object): Act =>
  ({ client }, index) =>
    client.indices.putMapping({ index, ...change });

/** How the first document with an ingestion comes, and no search sees it. */
const ARRIVALS: [string, Partial<estypes.MappingTypeMapping>, Act?][] = [
  ['in an object that is not enabled', template('event', { type: 'object', enabled: false })],
  ['in an object that takes no fields', template('event', { type: 'object', dynamic: false })],
  ['in a nested object', template('event', { type: 'nested' })],
  ['not indexed as a date', template('event.ingested', { type: 'date', index: false, doc_values: false })],
  ['not indexed as a keyword', template('event.ingested', { type: 'keyword', index: false, doc_values: false })],
  ['as a run-time field', { dynamic_templates: [{ event: { path_match: 'event.ingested', runtime: DATE } }] }],
  ['once the mapping takes no fields', {}, withMapping({ dynamic: false })],
  ['once its object takes none', {}, withMapping({ properties: { event: { type: 'object', dynamic: false } } })],
];

const WITHOUT_INGESTED = {
  '@timestamp': DATE,
  uin: { type: 'keyword' },
  sdkAppId: { type: 'keyword' },
} satisfies estypes.MappingTypeMapping['properties'];

const withWire = (fixture: PurgeFixture) => {
  const wire = openWire();
  return { wire, client: fixture.newClient({ Connection: wire.Connection }) };
};

/**
 * It never deletes a document that came during the run with a date of its own inside the promise, however that is
 * mapped.
 */
describe('an index that gets its first ingestion date right before a deletion', () => {
  /** One run over an index for each way, into each of which such a document comes. */
  const arrivedOnce = (make: () => PurgeFixture, documents: Documents, late: object, prepare?: Act) => {
    const once = madeOnce(async () => {
      const fixture = make();
      const indices = await fixture.createIndices(
        ARRIVALS.map(([, more], at) => ({
          suffix: `logs-${at}`,
          documents,
          mappings: { properties: WITHOUT_INGESTED, ...more },
        })),
      );
      await prepare?.(fixture, '');
      const { wire, client } = withWire(fixture);
      const deletion = (index: string) => new RegExp(`/${index}/_delete_by_query`);
      for (const [at, index] of indices.entries()) {
        const arrive = async () => {
          await ARRIVALS[at]?.[2]?.(fixture, index);
          await fixture.add(index, { late });
        };
        wire.on(deletion(index), beforehand(arrive));
      }
      await fixture.runPurge({ client });
      const left = await fixture.leftInAll();
      return indices.map((index) => ({ left: left.get(index), deletions: wire.sent(deletion(index)) }));
    });
    return (at: number) => once()[at];
  };
  const rows = ARRIVALS.map(([name], at) => [name, at] as const);

  describe('by age', () => {
    const row = arrivedOnce(
      () => purgeFixture({ template: false }),
      { old: EXPIRED, young: { '@timestamp': daysAgo(1) } },
      LIVE,
    );

    test.each(rows)('keeps that late document when the deletion is sent: %s', (_, at) => {
      expect(row(at)?.deletions).not.toEqual([]);
      expect(row(at)?.left).toContain('late');
    });
  });

  describe('at the end of a feature', () => {
    const ended = { '@timestamp': daysAgo(20), uin: '77' };
    const row = arrivedOnce(
      () => erasureFixture({ template: false }),
      { old: ended, other: { ...ended, uin: '78' } },
      { ...LIVE, uin: '77' },
      (fixture) => (fixture as ErasureFixture).tell('feature-terminated', { uin: '77' }, TERMINATED),
    );

    test.each(rows)('keeps that late document when the deletion is sent: %s', (_, at) => {
      expect(row(at)?.deletions).not.toEqual([]);
      expect(row(at)?.left).toEqual(expect.arrayContaining(['late', 'other']));
    });
  });
});

/** It never destroys anything in an index whose fields are read otherwise than when it was counted. */
describe('a mapping that changes after the plan', () => {
  test('prevents the deletion and is reported; the next run counts again', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('mixed', { old: EXPIRED, live: LIVE, young: { '@timestamp': daysAgo(1) } });
    const { wire, client } = withWire(fixture);
    wire.on(
      /retention-reports\.[^/]*\/_create/,
      afterwards(() =>
        fixture.client.indices.putMapping({ index, properties: { event: { type: 'object', dynamic: false } } }),
      ),
    );
    const report = await fixture.runPurge({ client });
    expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 0, indices: [{ note: MAPPING_CHANGED }] });
    const said = { code: 'not-purged', severity: 'blocking', index, found: MAPPING_CHANGED };
    expect(report.findings).toContainEqual(expect.objectContaining(said));
    expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
    expect(await fixture.left(index)).toEqual(['live', 'young']);
  });

  test('is ignored if it concerns other fields', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('mixed', { old: EXPIRED, young: { '@timestamp': daysAgo(1) } });
    const { wire, client } = withWire(fixture);
    const other = { room: { type: 'keyword' }, event: { properties: { made: DATE } } } as const;
    wire.on(
      /retention-reports\.[^/]*\/_create/,
      afterwards(() => fixture.client.indices.putMapping({ index, properties: other, runtime: { made: DATE } })),
    );
    expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
    expect(await fixture.left(index)).toEqual(['young']);
  });

  test.each([
    ['between mapping and count', /_msearch/, beforehand],
    ['after the count', /_msearch/, afterwards],
    ['before the write block', /_block\/write/, beforehand],
    ['after the write block', /_block\/write/, afterwards],
    ['before the slices are measured', /mixed\/_search/, beforehand],
    ['after the slices are measured', /mixed\/_search/, afterwards],
  ] as const)('destroys no live document if run-time fields are added %s', async (_, line, when) => {
    const fixture = purgeFixture();
    const mixed = await fixture.createIndex('mixed', { old: EXPIRED, live: LIVE });
    const dropped = await fixture.createIndex('dropped', { old: EXPIRED });
    await fixture.createIndex('young', { young: { '@timestamp': daysAgo(1) } });
    const { wire, client } = withWire(fixture);
    const shadowAll = () => Promise.all([mixed, dropped].map((index) => shadowAsExpired(fixture, index)));
    wire.on(line, when(shadowAll));
    const report = await fixture.runPurge({ client });
    expect(await fixture.left(mixed)).toContain('live');
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
  });

  test('destroys no live document if run-time fields are removed and added again', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('logs', { live: LIVE });
    await fixture.createIndex('young', { young: { '@timestamp': daysAgo(1) } });
    const { wire, client } = withWire(fixture);
    const whileShadowed: Fault = async (send) => {
      await shadowAsExpired(fixture, index);
      const answer = await send();
      const runtime = { '@timestamp': null, 'event.ingested': null } as never;
      await fixture.client.indices.putMapping({ index, runtime });
      return answer;
    };
    wire.on(/_msearch/, whileShadowed);
    wire.on(
      /_block\/write/,
      afterwards(() => shadowAsExpired(fixture, index)),
    );
    const report = await fixture.runPurge({ client });
    expect(report.indices).toContainEqual(expect.objectContaining({ index, planned: 'drop', did: 'left' }));
    expect(wire.sent(/DELETE/)).toEqual([]);
    expect(await fixture.left(index)).toEqual(['live']);
  });

  test('destroys no new use if run-time fields are added', async () => {
    const fixture = erasureFixture();
    const ended = { '@timestamp': daysAgo(20), uin: '77' };
    const index = await fixture.createIndex('logs', {
      old: ended,
      'new use': { '@timestamp': daysAgo(1), uin: '77' },
      other: { ...ended, uin: '78' },
    });
    await fixture.tell('feature-terminated', { uin: '77' }, TERMINATED);
    const { wire, client } = withWire(fixture);
    wire.on(
      /retention-reports\.[^/]*\/_create/,
      afterwards(() => shadowAsExpired(fixture, index)),
    );
    await fixture.runPurge({ client });
    expect(await fixture.left(index)).toEqual(['new use', 'old', 'other']);
  });

  test('makes backfill-dates write nothing', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('logs', { undated: { uin: '1' }, old: EXPIRED });
    const { wire, client } = withWire(fixture);
    wire.on(
      /logs\/_count/,
      afterwards(() => shadow(NOW + DAY, '@timestamp')(fixture, index)),
    );
    const { policy, category } = fixture;
    const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
    const run = { runId: randomUUID(), dryRun: false, policy, category };
    expect(await backfillDates(run, ports, { ingestedAt: NOW - DAY })).toMatchObject({
      dated: 0,
      obstacles: [{ code: 'not-dated', index, found: MAPPING_CHANGED }],
    });
    expect(wire.sent(/_update_by_query/)).toEqual([]);
  });
});

describe('an index whose mapping changes during a count', () => {
  test('is counted again, and not reported as kept by the first count', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('logs', { overdue: EXPIRED });
    const { wire, client } = withWire(fixture);
    wire.on(
      /_msearch/,
      beforehand(() => shadowAsLive(fixture, index)),
    );
    const report = await fixture.runPurge({ client, dryRun: true });
    expect(report).toMatchObject({ kept: false });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'timestamp-mapping', severity: 'blocking', index }),
    );
  });

  test('is reported as unanswered if its mapping changes during every count', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('logs', { live: { '@timestamp': daysAgo(1) } });
    await fixture.createIndex('other', { live: { '@timestamp': daysAgo(1) } });
    const { wire, client } = withWire(fixture);
    let turn = 0;
    const change = () => {
      turn += 1;
      return fixture.client.indices.putMapping({ index, dynamic: turn % 2 === 0 });
    };
    wire.on(/_msearch/, beforehand(change), { times: Number.POSITIVE_INFINITY });
    const report = await fixture.runPurge({ client, dryRun: true });
    expect(report.kept).toBe(false);
    expect(report.findings).toMatchObject([
      { code: 'unanswered', index, found: 'its mapping changed while it was counted' },
    ]);
  });
});

test('an index whose mapping lacks the fields is counted', async () => {
  const fixture = purgeFixture();
  await fixture.client.indices.create({ index: `${fixture.id}-bare` });
  await fixture.client.indices.create({
    index: `${fixture.id}-other`,
    mappings: { properties: { note: { type: 'keyword' } } },
  });
  const report = await fixture.runPurge();
  expect(report.findings.filter(({ code }) => code === 'unanswered')).toEqual([]);
  expect(report.found.indices).toBe(2);
});
