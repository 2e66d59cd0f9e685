import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { backfillDates } from '../../../../lib/maintenance/backfill-dates.ts';
import { portsAt } from '../../../support/purge/ports-at.ts';
import { daysAgo, NOW, ofIndex, type PolicyChanges, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';
import { type AdvisedRequest, requestsIn } from '../../fixes/follow-advice.ts';

const DATE: estypes.MappingProperty = { type: 'date' };
const LIVE = daysAgo(0);
const OLD = daysAgo(20);
const seconds = (iso: string) => Math.floor(Date.parse(iso) / 1000);
const day = (iso: string) => iso.slice(0, 10);

const decision = (indices: readonly string[], date: string): PolicyChanges => ({
  category: {
    dateDecisions: [
      { indices, date, reason: 'Its clock is right.', decidedBy: 'Privacy officer', decidedOn: '2026-11-28' },
    ],
  },
});

interface Shape {
  readonly mappings: estypes.MappingTypeMapping;
  readonly settings?: estypes.IndicesIndexSettings;
}

const fixtureWith = async ({ mappings, settings }: Shape, documents: Record<string, object>) => {
  const fixture = purgeFixture({ template: false });
  const index = `${fixture.id}-logs`;
  await fixture.client.indices.create({ index, mappings, settings: { number_of_replicas: 0, ...settings } });
  await fixture.add(index, documents);
  return { fixture, index };
};

const withTimestamp = (more: estypes.MappingTypeMapping): Shape => ({
  mappings: { ...more, properties: { '@timestamp': DATE, ...more.properties } },
});
const ingestedAt = (ingested: unknown) => ({ '@timestamp': OLD, event: { ingested } });

const HOLDING_BACK: readonly (readonly [string, Shape])[] = [
  ['dynamic: false', withTimestamp({ dynamic: false })],
  ['an object with dynamic: false', withTimestamp({ properties: { event: { type: 'object', dynamic: false } } })],
  [
    'dynamic: false, and an object that says nothing',
    withTimestamp({ dynamic: false, properties: { event: { properties: { kind: { type: 'keyword' } } } } }),
  ],
  [
    'dynamic: strict, and an object with dynamic: false',
    withTimestamp({ dynamic: 'strict', properties: { event: { type: 'object', dynamic: false } } }),
  ],
  [
    'as many fields as it may have',
    {
      ...withTimestamp({}),
      settings: { mapping: { total_fields: { limit: 1, ignore_dynamic_beyond_limit: true } } } as object,
    },
  ],
];

/**
 * It never deletes a document for an old timestamp while `_source` has an ingestion that no index knows and that may be
 * live.
 */
const DOCUMENTS = {
  live: ingestedAt(LIVE),
  dotted: { '@timestamp': OLD, 'event.ingested': LIVE },
  listed: ingestedAt([OLD, LIVE]),
  'in a list': { '@timestamp': OLD, event: [{ ingested: OLD }, { ingested: LIVE }] },
  'in seconds': ingestedAt(seconds(LIVE)),
  'in milliseconds': ingestedAt(Date.parse(LIVE)),
  'in nanoseconds': ingestedAt(`${Date.parse(LIVE)}000000`),
  'as a number in a text': ingestedAt(`${seconds(LIVE)}`),
  'as a day': ingestedAt(day(daysAgo(14))),
  'with an offset': ingestedAt(`${daysAgo(14).slice(0, 19)}-00:30`),
  ahead: ingestedAt('2099-01-01T00:00:00Z'),
  'as a text': ingestedAt('a minute ago'),
  'as an object': ingestedAt({ at: OLD }),
  'by the American calendar': ingestedAt('11/01/2026'),
  'as a bare year': ingestedAt(2020),
  early: ingestedAt('1999-01-01T00:00:00Z'),
  'over: text': ingestedAt(OLD),
  'over: dotted': { '@timestamp': OLD, 'event.ingested': OLD },
  'over: list': ingestedAt([OLD, OLD, null]),
  'over: day': ingestedAt(day(OLD)),
  'over: seconds': ingestedAt(seconds(OLD)),
  'over: milliseconds': ingestedAt(Date.parse(OLD)),
  'over: offset': ingestedAt(`${daysAgo(20).slice(0, 19)}+0530`),
  'over: none': { '@timestamp': OLD, event: { kind: 'event' } },
  'over: null': ingestedAt(null),
  'over: no event': { '@timestamp': OLD },
};

describe('a possibly live date that only _source has', () => {
  const once = madeOnce(async () => {
    const fixture = purgeFixture({ template: false });
    const indices = await fixture.createIndices(
      HOLDING_BACK.map(([, shape], at) => ({ suffix: `logs-${at}`, documents: DOCUMENTS, ...shape })),
    );
    const report = await fixture.runPurge();
    const left = await fixture.leftInAll();
    const decided = await fixture.runPurge({ policy: fixture.policyWith(decision(indices, 'timestamp')) });
    return { indices, report, left, decided };
  });

  test.each(HOLDING_BACK.map(([name], at) => [name, at] as const))('keeps its document under %s', (_, at) => {
    const { indices, report, left, decided } = once();
    const index = `${indices[at]}`;
    expect(left.get(index)?.filter((id) => id.startsWith('over'))).toEqual([]);
    expect(left.get(index)).toHaveLength(16);
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
    const { findings, ...entry } = ofIndex(report, index);
    expect(entry).toMatchObject({ documentsRemoved: 10, dueAfter: 0, undatableAfter: 16 });
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'undatable', severity: 'blocking', found: expect.stringContaining('_source') }),
    );
    expect(decided).toMatchObject({ outcome: 'complete' });
    expect(ofIndex(decided, index)).toMatchObject({ documentsRemoved: 16 });
  });

  test('keeps no other document', () => {
    const { report } = once();
    expect(report.documentsRemoved).toBe(10 * HOLDING_BACK.length);
    expect(report.found).toMatchObject({ due: 0, overdue: 0, undatable: 16 * HOLDING_BACK.length });
  });
});

const event = (ingested: estypes.MappingProperty) => ({ event: { properties: { ingested } } });

/** It never deletes by age what was written before a date field was mapped, while that date may be live. */
describe('a date that was written before its field was mapped', () => {
  const ROWS: readonly (readonly [string, estypes.MappingProperty, unknown, unknown])[] = [
    ['date', DATE, LIVE, OLD],
    ['date_nanos', { type: 'date_nanos' }, LIVE, OLD],
    ['a date of seconds', { type: 'date', format: 'epoch_second' }, seconds(LIVE), seconds(OLD)],
    ['a tolerant date', { type: 'date', ignore_malformed: true }, [LIVE], [OLD]],
    ['a date with a null_value', { type: 'date', null_value: '2020-01-01' }, LIVE, OLD],
  ];
  const once = madeOnce(async () => {
    const fixture = purgeFixture({ template: false });
    const indices = await fixture.createIndices(
      ROWS.map(([, , live, old], at) => ({
        suffix: `logs-${at}`,
        ...withTimestamp({ dynamic: false }),
        documents: { live: ingestedAt(live), old: ingestedAt(old), none: { '@timestamp': OLD } },
      })),
    );
    for (const [at, [, ingested, live, old]] of ROWS.entries()) {
      const index = `${indices[at]}`;
      await fixture.client.indices.putMapping({ index, dynamic: true, properties: event(ingested) });
      await fixture.add(index, { after: ingestedAt(live), 'old after': ingestedAt(old) });
    }
    const report = await fixture.runPurge();
    return { indices, report, left: await fixture.leftInAll() };
  });

  test.each(ROWS.map(([name], at) => [name, at] as const))('keeps its document: %s', (_, at) => {
    const { indices, report, left } = once();
    const index = `${indices[at]}`;
    expect(left.get(index)).toEqual(['after', 'live']);
    expect(report.kept).toBe(false);
    expect(ofIndex(report, index)).toMatchObject({ documentsRemoved: 3, undatableAfter: 1 });
  });

  test('keeps its document even if it looks old in a custom format', async () => {
    const ambiguous = { type: 'date', format: 'yyyy-dd-MM' } as const;
    const { fixture, index } = await fixtureWith(withTimestamp({ dynamic: false }), { doubtful: ingestedAt(day(OLD)) });
    await fixture.client.indices.putMapping({ index, properties: event(ambiguous) });
    expect(await fixture.runPurge()).toMatchObject({ kept: false, documentsRemoved: 0, found: { undatable: 1 } });
  });

  test('keeps its document even if it is the timestamp', async () => {
    const shape = { mappings: { dynamic: false, properties: event(DATE) } } as const;
    const dated = (timestamp: unknown) => ({ '@timestamp': timestamp, event: { ingested: OLD } });
    const { fixture, index } = await fixtureWith(shape, { live: dated(LIVE), old: dated(OLD), text: dated('now') });
    expect(await fixture.runPurge()).toMatchObject({ kept: false, documentsRemoved: 1, found: { undatable: 2 } });
    await fixture.client.indices.putMapping({ index, properties: { '@timestamp': DATE } });
    expect(await fixture.runPurge()).toMatchObject({ kept: false, documentsRemoved: 0, found: { undatable: 2 } });
    expect(await fixture.left(index)).toEqual(['live', 'text']);
  });

  test('keeps its document if the timestamp is an alias now', async () => {
    const shape = { mappings: { dynamic: false, properties: { made: DATE, ...event(DATE) } } } as const;
    const dated = (timestamp: unknown) => ({ '@timestamp': timestamp, made: OLD, event: { ingested: OLD } });
    const { fixture, index } = await fixtureWith(shape, { live: dated(LIVE), old: dated(OLD) });
    const alias = { '@timestamp': { type: 'alias', path: 'made' } } as const;
    await fixture.client.indices.putMapping({ index, properties: alias });
    await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['live']);
  });

  test('keeps its document if the field is a sub-field of another', async () => {
    const shape = withTimestamp({ dynamic: false, properties: { event: { type: 'keyword' } } });
    const fixture = purgeFixture({ template: false, category: { ingestedField: 'event.date' } });
    const index = `${fixture.id}-logs`;
    await fixture.client.indices.create({ index, ...shape });
    const dated = (at: string) => ({ '@timestamp': OLD, event: at });
    await fixture.add(index, { live: dated(LIVE), old: dated(OLD) });
    const properties = {
      event: { type: 'keyword', fields: { date: DATE } },
    } as estypes.IndicesPutMappingRequest['properties'];
    await fixture.client.indices.putMapping({ index, ...(properties && { properties }) });
    await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['live']);
  });
});

/** It never takes the silence of a lost `_source` for the absence of a date. */
describe('a document whose _source is lost', () => {
  const LOST: readonly [string, Shape][] = [
    ['disabled', withTimestamp({ dynamic: false, _source: { enabled: false } })],
    ['without the field', withTimestamp({ dynamic: false, _source: { excludes: ['event.*'] } })],
    ['without what it does not name', withTimestamp({ dynamic: false, _source: { includes: ['@timestamp'] } })],
    ['synthetic', { ...withTimestamp({ dynamic: false }), settings: { mapping: { source: { mode: 'synthetic' } } } }],
  ];
  const once = madeOnce(async () => {
    const fixture = purgeFixture({ template: false });
    const documents = { live: ingestedAt(LIVE), none: { '@timestamp': OLD } };
    const indices = await fixture.createIndices(
      LOST.map(([, shape], at) => ({ suffix: `logs-${at}`, documents, ...shape })),
    );
    const report = await fixture.runPurge();
    const decided = await fixture.runPurge({ policy: fixture.policyWith(decision(indices, 'timestamp')) });
    return { indices, report, decided };
  });

  test.each(LOST.map(([name], at) => [name, at] as const))('stays if it may have had a date: %s', (_, at) => {
    const { indices, report, decided } = once();
    const index = `${indices[at]}`;
    expect(report.kept).toBe(false);
    const { findings, ...entry } = ofIndex(report, index);
    expect(entry).toMatchObject({ documentsRemoved: 0, undatableAfter: 2 });
    const finding = findings.find(({ code }) => code === 'undatable');
    expect(finding?.fix).toContain('dateDecisions');
    expect(finding?.fix).not.toContain('_update_by_query');
    expect(decided).toMatchObject({ outcome: 'complete' });
    expect(ofIndex(decided, index)).toMatchObject({ documentsRemoved: 2 });
  });

  test('is judged by its other date if the mapping accepts new fields', async () => {
    const shape = withTimestamp({ _source: { enabled: false }, properties: event(DATE) });
    const { fixture } = await fixtureWith(shape, { none: { '@timestamp': OLD } });
    expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  });
});

/** It never drops an index for old timestamps while a document in it has an ingestion that no index knows. */
test('an index is not dropped if only its timestamps, not its ingestion dates, are expired', async () => {
  const { fixture, index } = await fixtureWith(withTimestamp({ dynamic: false }), { live: ingestedAt(LIVE) });
  await fixture.add(`${fixture.id}-younger`, { young: { '@timestamp': LIVE } });
  const plan = await fixture.runPurge({ dryRun: true });
  expect(plan.indices.find((each) => each.index === index)).toMatchObject({ planned: 'keep', dueBefore: 0 });
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['live']);
});

/** It never deletes nor drops, in the same run, a document that came with such a date after the plan. */
test('a document with an unindexed ingestion date stays, even if it arrives after the plan', async () => {
  const { fixture, index } = await fixtureWith(withTimestamp({ dynamic: false }), { old: ingestedAt(OLD) });
  let live: number | undefined;
  await fixture.runPurge({
    around: ({ remover, ...ports }) => ({
      ...ports,
      remover: {
        ...remover,
        deleteSlice: async (target, criteria, permitted) => {
          if (live === undefined) await fixture.add(index, { late: ingestedAt(LIVE) });
          live ??= await remover.countLive(target, criteria);
          return remover.deleteSlice(target, criteria, permitted);
        },
      },
    }),
  });
  expect(live).toBe(1);
  expect(await fixture.left(index)).toEqual(['late']);
});

/** Between the steps of the advice nothing is deleted early. */
test('the fix indexes dates that only _source has, and lets nothing be deleted early', async () => {
  const documents = { live: ingestedAt(LIVE), old: ingestedAt(OLD), 'in a form of its own': ingestedAt('2026') };
  const { fixture, index } = await fixtureWith(withTimestamp({ dynamic: false }), documents);
  const first = await fixture.runPurge();
  const advice = first.findings.find(({ code }) => code === 'undatable')?.fix ?? '';
  const [map, write, ...others] = requestsIn(advice);
  expect(others).toEqual([]);
  await fixture.client.transport.request(map as Required<AdvisedRequest>);
  expect(await fixture.runPurge()).toMatchObject({ kept: false, documentsRemoved: 0, found: { undatable: 2 } });
  await fixture.client.transport.request(write as Required<AdvisedRequest>);
  const last = await fixture.runPurge();
  expect(last).toMatchObject({ outcome: 'complete', kept: true, documentsRemoved: 0 });
  expect(await fixture.left(index)).toEqual(['in a form of its own', 'live']);
  expect(last.findings.filter(({ severity }) => severity === 'blocking')).toEqual([]);
});

test('a date written before the mapping became dynamic keeps its document, and the fix works', async () => {
  const { fixture, index } = await fixtureWith(withTimestamp({ dynamic: false }), { live: ingestedAt(LIVE) });
  await fixture.client.indices.putMapping({ index, dynamic: true });
  await fixture.add(index, { old: { '@timestamp': OLD }, young: { '@timestamp': LIVE } });
  const first = await fixture.runPurge();
  expect(first).toMatchObject({ outcome: 'incomplete', documentsRemoved: 1, found: { due: 1 } });
  const advice = first.findings.find(({ code }) => code === 'not-purged')?.fix ?? '';
  for (const asked of requestsIn(advice)) await fixture.client.transport.request(asked as Required<AdvisedRequest>);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 0 });
  expect(await fixture.left(index)).toEqual(['live', 'young']);
});

/** Who follows the advice to the letter, and maps no format, loses no document that is live in seconds. */
test('after the fix, no document whose ingestion date is in seconds expires', async () => {
  const live = seconds(LIVE);
  const documents = {
    live: ingestedAt(live),
    text: ingestedAt(`${live}`),
    fraction: ingestedAt(live + 0.5),
    listed: ingestedAt([live, seconds(OLD)]),
    over: ingestedAt(seconds(OLD)),
  };
  const { fixture, index } = await fixtureWith(withTimestamp({ dynamic: false }), documents);
  const first = await fixture.runPurge();
  const advice = first.findings.find(({ code }) => code === 'undatable')?.fix ?? '';
  expect(advice).toContain('its format must be epoch_second');
  const left = ['fraction', 'listed', 'live', 'text'];
  expect(await fixture.left(index)).toEqual(left);
  for (const asked of requestsIn(advice)) await fixture.client.transport.request(asked as Required<AdvisedRequest>);
  expect(await fixture.runPurge()).toMatchObject({ kept: false, documentsRemoved: 0, found: { undatable: 4 } });
  expect(await fixture.left(index)).toEqual(left);
});

test.each([
  ['date', 'date: later', 'later', ['live']],
  ['date', 'date: timestamp', 'timestamp', []],
  ['date_nanos', 'date: later', 'later', ['live']],
] as const)('seconds in a %s of milliseconds keep their document, by %s', async (type, _, date, left) => {
  const fixture = purgeFixture({ template: false });
  const index = `${fixture.id}-logs`;
  const properties = { '@timestamp': DATE, event: { properties: { ingested: { type } } } } as const;
  await fixture.client.indices.create({ index, mappings: { properties }, settings: { number_of_replicas: 0 } });
  await fixture.add(index, { live: ingestedAt(seconds(LIVE)), old: ingestedAt(seconds(OLD)) });
  await fixture.runPurge({ policy: fixture.policyWith(decision([index], date)) });
  expect(await fixture.left(index)).toEqual(left);
});

/** It never writes over a date that a document has: backfilling dates what nothing else does. */
test('backfill skips a document that has a date only in _source', async () => {
  const { fixture, index } = await fixtureWith(withTimestamp({ dynamic: false }), {
    live: ingestedAt(LIVE),
    undated: { kind: 'event' },
  });
  const { client, policy, category } = fixture;
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
  const order = { ingestedAt: Date.parse(OLD) };
  const backfilled = await backfillDates({ runId: 'backfills', dryRun: false, policy, category }, ports, order);
  expect(backfilled).toMatchObject({ undatable: 2, datable: 1, dated: 1, left: 1 });
  expect(backfilled.obstacles).toMatchObject([{ code: 'not-dated', index, found: expect.stringMatching(/^1 /) }]);
  expect((await client.get({ index, id: 'live' }))._source).toEqual(ingestedAt(LIVE));
});
