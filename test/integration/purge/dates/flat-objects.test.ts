import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { backfillDates } from '../../../../lib/maintenance/backfill-dates.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { portsAt } from '../../../support/purge/ports-at.ts';
import { daysAgo, NOW, ofIndex, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { purgedOnce } from '../../../support/purge/purged-once.ts';
import { madeOnce } from '../../../support/run/made-once.ts';
import { sendAdvised } from '../../fixes/follow-advice.ts';

const DATE = { type: 'date' } as const;
const KEYWORD = { type: 'keyword' } as const;
const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

type Mapping = Record<string, unknown>;

const make = async (fixture: PurgeFixture, mappings: Mapping, documents: Record<string, object>): Promise<string> => {
  const index = `${fixture.id}-flat`;
  await fixture.client.indices.create({
    index,
    settings: { number_of_replicas: 0 },
    mappings: mappings as estypes.MappingTypeMapping,
  });
  await fixture.add(index, documents);
  return index;
};

/** `event` is a field, and `event.ingested` another one beside it. */
const flat = (event: object, more: Mapping = {}): Mapping => ({
  subobjects: false,
  properties: { '@timestamp': DATE, event },
  ...more,
});

const backfilled = (fixture: PurgeFixture) => {
  const { client, policy, category } = fixture;
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
  const run = { runId: randomUUID(), dryRun: false, policy, category };
  return backfillDates(run, ports, { ingestedAt: NOW - DAY });
};

/**
 * It never deletes a document by its timestamp whose ingestion, in an object without subobjects, is inside the promise.
 */
describe('an index without subobjects, in which event is a field', () => {
  const EVENTS = [
    ['keyword', KEYWORD, 'login'],
    ['long', { type: 'long', ignore_malformed: true }, 7],
    ['flattened', { type: 'flattened' }, { name: 'login' }],
  ] as const;
  const { of } = purgedOnce(
    EVENTS.map(([type, event, value]) => ({
      suffix: type,
      mappings: flat(event),
      documents: {
        live: { ...live, event: value },
        old: { ...old, event: value },
        stored: { ...old, 'event.ingested': daysAgo(1) },
        nested: { ...old, event: { ingested: daysAgo(1) } },
      },
    })),
    { template: false },
  );

  test.each(EVENTS)('is purged by both dates if event is a %s, without findings', (type) => {
    const { left, findings } = of(type);
    expect(findings.filter(({ code }) => code === 'timestamp-mapping' || code === 'ingested-mapping')).toEqual([]);
    expect(left).toEqual(['live', 'nested', 'stored']);
  });

  test('is purged after the advised mapping update if it accepts no new fields', async () => {
    const fixture = purgeFixture({ template: false });
    const index = await make(fixture, flat(KEYWORD, { dynamic: false }), {
      live: { ...live, event: 'login' },
      old: { ...old, event: 'login' },
      stored: { ...old, 'event.ingested': daysAgo(1) },
    });
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ findings: [{ code: 'undatable', index }] });
    await sendAdvised(fixture.client, report.findings[0]?.fix.replace(/ Or .*/s, '') ?? '');
    const { [index]: read } = await fixture.client.indices.getMapping({ index });
    expect(read?.mappings.properties).toMatchObject({ event: KEYWORD, 'event.ingested': DATE });
    expect(await fixture.runPurge()).toMatchObject({ kept: true });
    expect(await fixture.left(index)).toEqual(['live', 'stored']);
  });

  describe('in a backfill', () => {
    const MAPPINGS = [
      ['the whole index', flat(KEYWORD)],
      ['which maps it', flat(KEYWORD, { properties: { event: KEYWORD, 'event.ingested': DATE, '@timestamp': DATE } })],
    ] as const;
    const once = madeOnce(async () => {
      const fixture = purgeFixture({ template: false });
      const documents = { a: { event: 'login' }, b: { event: ['login', 'out'] }, c: {} };
      const indices = await fixture.createIndices(
        MAPPINGS.map(([, mappings], at) => ({ suffix: `${at}`, mappings, documents })),
      );
      return { fixture, indices, dated: await backfilled(fixture), report: await fixture.runPurge() };
    });

    test.each(MAPPINGS.map(([name], at) => [name, at] as const))('gets a date in each document: %s', async (_, at) => {
      const { fixture, indices, dated, report } = once();
      const all = 3 * MAPPINGS.length;
      expect(dated).toMatchObject({ undatable: all, dated: all, left: 0, obstacles: [] });
      const index = `${indices[at]}`;
      const { _source } = await fixture.client.get({ index, id: 'a' });
      expect(_source).toEqual({ event: 'login', 'event.ingested': isoInstant(NOW - DAY) });
      expect(report).toMatchObject({ kept: true, documentsRemoved: 0 });
    });
  });

  test('is dropped if all documents are expired and its template has the same mapping', async () => {
    const fixture = purgeFixture({ template: false });
    const properties = { '@timestamp': DATE, event: KEYWORD, 'event.ingested': DATE };
    const template = { mappings: { subobjects: false, properties } as estypes.MappingTypeMapping };
    await fixture.client.indices.putIndexTemplate({ name: fixture.id, index_patterns: [`${fixture.id}-*`], template });
    try {
      const index = await make(fixture, flat(KEYWORD, { properties }), { old: { ...old, event: 'login' } });
      await fixture.runPurge();
      expect(await fixture.left(index)).toBeUndefined();
    } finally {
      await fixture.client.indices.deleteIndexTemplate({ name: fixture.id });
    }
  });
});

describe('a passthrough object', () => {
  const passthrough = (properties: object): object => ({ type: 'passthrough', priority: 10, properties });

  const INNER = [
    ['maps the ingestion', { ingested: DATE }],
    ['maps nothing yet', {}],
    ['has a field on its way', { name: KEYWORD }],
  ] as const;
  const once = madeOnce(async () => {
    const fixture = purgeFixture({ template: false });
    const indices = await fixture.createIndices(
      INNER.map(([, inner], at) => ({
        suffix: `${at}`,
        mappings: { properties: { '@timestamp': DATE, event: passthrough(inner) } } as estypes.MappingTypeMapping,
        documents: {
          live: { ...old, event: { ingested: daysAgo(1) } },
          old: { ...old, event: { ingested: daysAgo(20) } },
          undated: { note: 'none' },
        },
      })),
    );
    const dated = await backfilled(fixture);
    const report = await fixture.runPurge();
    return { indices, dated, report, left: await fixture.leftInAll() };
  });

  test.each(INNER.map(([name], at) => [name, at] as const))(
    'is purged and dated if it is named event and %s',
    (_, at) => {
      const { indices, dated, report, left } = once();
      expect(dated).toMatchObject({ undatable: INNER.length, dated: INNER.length, left: 0, obstacles: [] });
      expect(report.kept).toBe(true);
      expect(ofIndex(report, `${indices[at]}`)).toMatchObject({ documentsRemoved: 1 });
      expect(left.get(`${indices[at]}`)).toEqual(['live', 'undated']);
    },
  );

  test('is reported as such if it contains the ingested field under another name', async () => {
    const fixture = purgeFixture({ template: false });
    const properties = { '@timestamp': DATE, attributes: passthrough({ 'event.ingested': DATE }) };
    const index = await make(
      fixture,
      { properties },
      {
        stored: { ...old, 'attributes.event.ingested': daysAgo(1) },
        live,
      },
    );
    const { findings } = await fixture.runPurge();
    expect(findings).toMatchObject([
      { code: 'ingested-mapping', index, found: expect.stringContaining('passthrough') },
    ]);
    expect(findings[0]?.found).not.toContain('run-time');
    const policy = fixture.policyWith({ category: { ingestedField: 'attributes.event.ingested' } });
    expect(await fixture.runPurge({ policy })).toMatchObject({ kept: true, documentsRemoved: 0 });
  });
});
