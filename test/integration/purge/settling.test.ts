import { randomUUID } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { SLICE_DOCUMENTS } from '../../../lib/purge/document-store.ts';
import { type Settlement, settle } from '../../../lib/purge/settle.ts';
import { before, busy, openWire } from '../../support/faulty-connection.ts';
import { portsAt } from '../../support/ports-at.ts';
import {
  type Documents,
  daysAgo,
  NOW,
  type PurgeFixture,
  purgeFixture,
  takeOver,
} from '../../support/purge-fixture.ts';

const UNDATED = { uin: '1' };
/** Its `event` is a list, into which no single time of ingestion can be written. */
const UNSETTLABLE = { event: [{ kind: 'a' }, { kind: 'b' }] };

const settleNow = ({ policy, category }: PurgeFixture, client: Client): Promise<Settlement> => {
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstPause: 20 }, () => NOW);
  return settle({ runId: randomUUID(), dryRun: false, policy, category }, ports, {
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

test('a document that is rewritten while others are dated is dated all the same', async () => {
  const { fixture, wire, client } = withWire();
  const index = await fixture.createIndex('live', { a: UNDATED, touched: UNDATED, b: UNDATED }, UNREFRESHED);
  wire.on(
    /_update_by_query/,
    before(() => fixture.add(index, { touched: { uin: '2' } }, false)),
  );
  expect(await settleNow(fixture, client)).toMatchObject({ undatable: 3, dated: 3, left: 0 });
});

test('one that got a timestamp of its own meanwhile keeps it, and is not dated', async () => {
  const { fixture, wire, client } = withWire();
  const index = await fixture.createIndex('live', { a: UNDATED, touched: UNDATED }, UNREFRESHED);
  const own = { '@timestamp': daysAgo(3) };
  wire.on(
    /_update_by_query/,
    before(() => fixture.add(index, { touched: own }, false)),
  );
  expect(await settleNow(fixture, client)).toMatchObject({ dated: 1, left: 0 });
  expect((await fixture.client.get({ index, id: 'touched' }))._source).toEqual(own);
});

test('conflicts without end fail the run, after five tries', async () => {
  const { fixture, wire, client } = withWire();
  const index = await fixture.createIndex('live', { touched: UNDATED }, UNREFRESHED);
  wire.on(
    /_update_by_query/,
    before(() => fixture.add(index, { touched: UNDATED }, false)),
    { times: Number.POSITIVE_INFINITY },
  );
  await expect(settleNow(fixture, client)).rejects.toMatchObject({ code: 'conflict' });
  expect(wire.sent(/_update_by_query/)).toHaveLength(5);
});

test('nothing is dated any more once another run has taken the lease', async () => {
  const { fixture, wire, client } = withWire();
  await fixture.createIndex('live', { a: UNDATED });
  wire.on(/_update_by_query/, async (...request) => {
    await takeOver(fixture);
    return busy(...request);
  });
  await expect(settleNow(fixture, client)).rejects.toMatchObject({ code: 'lease-lost' });
  expect(wire.sent(/_update_by_query/)).toHaveLength(1);
});

test('a batch full of documents that cannot take a date does not hide those that can', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', documents('list', SLICE_DOCUMENTS, UNSETTLABLE));
  await fixture.add(index, documents('plain', 2, UNDATED));
  expect(await settleNow(fixture, fixture.client)).toMatchObject({ dated: 2, left: SLICE_DOCUMENTS });
});

test('more than one batch is dated to the last document', async () => {
  const fixture = purgeFixture();
  await fixture.createIndex('logs', documents('plain', SLICE_DOCUMENTS + 1, UNDATED));
  expect(await settleNow(fixture, fixture.client)).toMatchObject({ dated: SLICE_DOCUMENTS + 1, left: 0 });
});

test('documents that stay undatable although they were dated do not keep it going for ever', async () => {
  const { fixture, wire, client } = withWire();
  // Written twice, dotted and nested: only one of the two gets the date, and the other stays unbelievable.
  const twice = { event: { ingested: 0 }, 'event.ingested': 0 };
  await fixture.createIndex('logs', documents('twice', SLICE_DOCUMENTS, twice));
  expect(await settleNow(fixture, client)).toMatchObject({
    ...{ dated: 0, notTaken: SLICE_DOCUMENTS, left: SLICE_DOCUMENTS },
  });
  expect(wire.sent(/_update_by_query/)).toHaveLength(1);
});
