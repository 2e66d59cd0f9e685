import { randomUUID } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { number } from '../../../../lib/base/number-text.ts';
import { type BackfillResult, backfillDates } from '../../../../lib/maintenance/backfill-dates.ts';
import { DAY, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { SLICE_DOCUMENTS } from '../../../../lib/purge/document-remover.ts';
import { portsAt } from '../../../support/purge/ports-at.ts';
import {
  type Documents,
  daysAgo,
  NOW,
  type PurgeFixture,
  purgeFixture,
  takeOver,
} from '../../../support/purge/purge-fixture.ts';
import { after, answers, before, busy, openWire } from '../../../support/server/faulty-connection.ts';

const UNDATED = { uin: '1' };
/** Its `event` is a single value, in which a time of ingestion has no place. */
const UNDATABLE = { event: 'started' };
/** Takes such documents: `event` is not mapped. */
const UNMAPPED = { dynamic: false, properties: { '@timestamp': { type: 'date' } } } as const;

const backfillNow = (
  { policy, category }: PurgeFixture,
  client: Client,
  clock = () => NOW,
): Promise<BackfillResult> => {
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, clock);
  return backfillDates({ runId: randomUUID(), dryRun: false, policy, category }, ports, {
    ingestedAt: Date.parse(daysAgo(1)),
  });
};

const documents = (name: string, number: number, document: object): Documents =>
  Object.fromEntries(Array.from({ length: number }, (_, at) => [`${name}-${at}`, document]));

const withWire = () => {
  const fixture = purgeFixture();
  const wire = openWire();
  return { fixture, wire, client: fixture.newClient({ Connection: wire.Connection }) };
};
// Nobody else refreshes: what was rewritten meanwhile meets a conflict for certain.
const UNREFRESHED = { settings: { refresh_interval: '-1' } } as const;

test('a document rewritten during the backfill is dated', async () => {
  const { fixture, wire, client } = withWire();
  const index = await fixture.createIndex('live', { a: UNDATED, touched: UNDATED, b: UNDATED }, UNREFRESHED);
  wire.on(
    /_update_by_query/,
    before(() => fixture.add(index, { touched: { uin: '2' } }, false)),
  );
  expect(await backfillNow(fixture, client)).toMatchObject({ undatable: 3, dated: 3, left: 0 });
});

test('a document that gets its own timestamp meanwhile keeps it, and is not dated', async () => {
  const { fixture, wire, client } = withWire();
  const index = await fixture.createIndex('live', { a: UNDATED, touched: UNDATED }, UNREFRESHED);
  const own = { '@timestamp': daysAgo(3) };
  wire.on(
    /_update_by_query/,
    before(() => fixture.add(index, { touched: own }, false)),
  );
  expect(await backfillNow(fixture, client)).toMatchObject({ dated: 1, left: 0 });
  expect((await fixture.client.get({ index, id: 'touched' }))._source).toEqual(own);
});

test('an index with endless conflicts is reported as an obstacle after five attempts', async () => {
  const { fixture, wire, client } = withWire();
  const index = await fixture.createIndex('live', { touched: UNDATED }, UNREFRESHED);
  await fixture.createIndex('other', { a: UNDATED });
  wire.on(
    /live\/_update_by_query/,
    before(() => fixture.add(index, { touched: UNDATED }, false)),
    { times: Number.POSITIVE_INFINITY },
  );
  expect(await backfillNow(fixture, client)).toMatchObject({
    dated: 1,
    left: 1,
    obstacles: [{ index, code: 'not-dated', found: '1 that somebody else changed' }],
  });
  expect(wire.sent(/live\/_update_by_query/)).toHaveLength(5);
});

test('if the lease is lost after one index, the error names the number of dated documents', async () => {
  const { fixture, wire, client } = withWire();
  await fixture.createIndex('a', { a: UNDATED, b: UNDATED });
  await fixture.createIndex('b', { a: UNDATED });
  wire.on(/b\/_update_by_query/, async (...request) => {
    await takeOver(fixture);
    return busy(...request);
  });
  await expect(backfillNow(fixture, client)).rejects.toMatchObject({
    code: 'lease-lost',
    message: expect.stringMatching(/Documents that were dated before and stay dated: 2\.$/),
  });
});

test('documents are not counted as dated if their shard does not refresh', async () => {
  const { fixture, wire, client } = withWire();
  const index = await fixture.createIndex('live', { a: UNDATED });
  const unrefreshed = answers(200, { _shards: { total: 1, successful: 0, failed: 1 } });
  wire.on(
    /_update_by_query/,
    after(() => wire.on(/live\/_refresh/, unrefreshed)),
  );
  expect(await backfillNow(fixture, client)).toMatchObject({
    dated: 0,
    notTaken: 1,
    obstacles: [{ index, code: 'not-dated', found: '1 that did not refresh' }],
  });
});

describe('the clocks of this process and the cluster', () => {
  const backfillAt = (fixture: PurgeFixture, skew: number, ingestedAt: number) => {
    const { client, policy, category } = fixture;
    const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
    const store = { ...ports.store, serverTime: async () => NOW + skew };
    return backfillDates({ runId: randomUUID(), dryRun: false, policy, category }, { ...ports, store }, { ingestedAt });
  };

  test.each([-1, 1])('prevent a backfill if they differ by more than five minutes (%s)', async (sign) => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('logs', { a: UNDATED });
    const skew = sign * (5 * MINUTE + 1);
    await expect(backfillAt(fixture, skew, NOW - DAY)).rejects.toMatchObject({
      name: 'RefusedError',
      code: 'clock-skew',
    });
    expect((await fixture.client.get({ index, id: 'a' }))._version).toBe(1);
  });

  test('limit the instant of a backfill to the earlier of both', async () => {
    const fixture = purgeFixture();
    await fixture.createIndex('logs', { a: UNDATED });
    await expect(backfillAt(fixture, -2 * MINUTE, NOW - MINUTE)).rejects.toMatchObject({ code: 'bad-instant' });
    expect(await backfillAt(fixture, -2 * MINUTE, NOW - 3 * MINUTE)).toMatchObject({ dated: 1, left: 0 });
  });
});

test('a survey that takes longer than a lease does not stop the backfill', async () => {
  const { fixture, wire, client } = withWire();
  await fixture.createIndex('live', { a: UNDATED });
  let now = NOW;
  wire.on(
    /_field_caps/,
    after(() => {
      now += 3 * MINUTE;
    }),
  );
  expect(await backfillNow(fixture, client, () => now)).toMatchObject({ undatable: 1, dated: 1, left: 0 });
  expect(now).toBeGreaterThan(NOW);
});

test('nothing is dated after another run has taken the lease', async () => {
  const { fixture, wire, client } = withWire();
  await fixture.createIndex('live', { a: UNDATED });
  wire.on(/_update_by_query/, async (...request) => {
    await takeOver(fixture);
    return busy(...request);
  });
  await expect(backfillNow(fixture, client)).rejects.toMatchObject({ code: 'lease-lost' });
  expect(wire.sent(/_update_by_query/)).toHaveLength(1);
});

test.each([1, 2])(
  '%s full batches of documents that cannot get the date do not hide other documents',
  async (batches) => {
    const { fixture, wire, client } = withWire();
    const index = `${fixture.id}-logs`;
    await fixture.client.indices.create({ index, mappings: UNMAPPED });
    const passedOver = batches * SLICE_DOCUMENTS;
    await fixture.add(index, documents('scalar', passedOver, UNDATABLE));
    await fixture.add(index, documents('plain', 2, UNDATED));
    expect(await backfillNow(fixture, client)).toMatchObject({
      dated: 2,
      left: passedOver,
      obstacles: [
        { index, code: 'not-dated', found: expect.stringMatching(`^${number(passedOver)} with a single value`) },
      ],
    });
    expect(wire.sent(/_update_by_query/)).toHaveLength(2);
  },
);

test('all documents are dated, even more than fit into one batch', async () => {
  const fixture = purgeFixture();
  await fixture.createIndex('logs', documents('plain', SLICE_DOCUMENTS + 1, UNDATED));
  expect(await backfillNow(fixture, fixture.client)).toMatchObject({ dated: SLICE_DOCUMENTS + 1, left: 0 });
});

test('documents that stay undatable do not keep the backfill running for ever', async () => {
  const { fixture, wire, client } = withWire();
  // Written twice, dotted and nested: only one of the two gets the date, and the other stays unbelievable.
  const twice = { event: { ingested: 0 }, 'event.ingested': 0 };
  await fixture.createIndex('logs', documents('twice', SLICE_DOCUMENTS, twice));
  expect(await backfillNow(fixture, client)).toMatchObject({
    dated: 0,
    notTaken: SLICE_DOCUMENTS,
    left: SLICE_DOCUMENTS,
  });
  expect(wire.sent(/_update_by_query/)).toHaveLength(1);
});
