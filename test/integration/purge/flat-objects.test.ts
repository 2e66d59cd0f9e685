import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { backfillDates } from '../../../lib/maintenance/backfill-dates.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { portsAt } from '../../support/ports-at.ts';
import { daysAgo, NOW, type PurgeFixture, purgeFixture } from '../../support/purge-fixture.ts';
import { sendAdvised } from '../fixes/follow-advice.ts';

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
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstPause: 20 }, () => NOW);
  const run = { runId: randomUUID(), dryRun: false, policy, category };
  return backfillDates(run, ports, { ingestedAt: NOW - DAY });
};

/** It never deletes a document by its timestamp whose ingestion, in an object without subobjects, is inside the promise. */
describe('an index without subobjects, in which event is a field', () => {
  test.each([
    ['keyword', KEYWORD, 'login'],
    ['long', { type: 'long', ignore_malformed: true }, 7],
    ['flattened', { type: 'flattened' }, { name: 'login' }],
  ])('is purged by both dates if that is a %s, without findings', async (_, event, value) => {
    const fixture = purgeFixture({ template: false });
    const index = await make(fixture, flat(event), {
      live: { ...live, event: value },
      old: { ...old, event: value },
      stored: { ...old, 'event.ingested': daysAgo(1) },
      nested: { ...old, event: { ingested: daysAgo(1) } },
    });
    const { findings } = await fixture.runPurge();
    expect(findings.filter(({ code }) => code === 'timestamp-mapping' || code === 'ingested-mapping')).toEqual([]);
    expect(await fixture.left(index)).toEqual(['live', 'nested', 'stored']);
  });

  test('that accepts no new fields is purged after the advised mapping update', async () => {
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

  test.each([
    ['the whole index', flat(KEYWORD)],
    ['which maps it', flat(KEYWORD, { properties: { event: KEYWORD, 'event.ingested': DATE, '@timestamp': DATE } })],
  ])('is dated: %s', async (_, mappings) => {
    const fixture = purgeFixture({ template: false });
    const index = await make(fixture, mappings, { a: { event: 'login' }, b: { event: ['login', 'out'] }, c: {} });
    expect(await backfilled(fixture)).toMatchObject({ undatable: 3, dated: 3, left: 0, obstacles: [] });
    const at = isoInstant(NOW - DAY);
    expect((await fixture.client.get({ index, id: 'a' }))._source).toEqual({ event: 'login', 'event.ingested': at });
    expect(await fixture.runPurge()).toMatchObject({ kept: true, documentsRemoved: 0 });
  });

  test('with only expired documents is dropped if its template maps the same', async () => {
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

  test.each([
    ['maps the ingestion', { ingested: DATE }],
    ['maps nothing yet', {}],
    ['has a field on its way', { name: KEYWORD }],
  ])('that is named event, and %s, is purged and dated', async (_, inner) => {
    const fixture = purgeFixture({ template: false });
    const properties = { '@timestamp': DATE, event: passthrough(inner) };
    const index = await make(
      fixture,
      { properties },
      {
        live: { ...old, event: { ingested: daysAgo(1) } },
        old: { ...old, event: { ingested: daysAgo(20) } },
        undated: { note: 'none' },
      },
    );
    expect(await backfilled(fixture)).toMatchObject({ undatable: 1, dated: 1, left: 0, obstacles: [] });
    expect(await fixture.runPurge()).toMatchObject({ kept: true, documentsRemoved: 1 });
    expect(await fixture.left(index)).toEqual(['live', 'undated']);
  });

  test('that holds the ingested field under another name is named as such', async () => {
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
