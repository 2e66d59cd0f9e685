import { expect, test } from 'vitest';
import { elasticsearchReports } from '../../../../lib/adapters/elasticsearch/records/elasticsearch-reports.ts';
import { reportIds } from '../../../../lib/adapters/elasticsearch/records/report-seal.ts';
import { eventId } from '../../../../lib/erasure/events/event-id.ts';
import type { KeptEvent } from '../../../../lib/erasure/events/event-log.ts';
import { ledgerPages } from '../../../../lib/erasure/ledger/ledger-pages.ts';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { overlong, putBytes, putUnindexed } from '../../../support/documents/overlong.ts';
import { erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';

const withEntries = async () => {
  const fixture = erasureFixture();
  for (const uin of ['7', '8']) await fixture.tell('account-deleted', { uin });
  const { ledger, client, category, policy } = fixture;
  const index = ownIndices(policy, category.id).ledger;
  const [{ id } = { id: '' }] = await fixture.entries();
  const { _source: source = {} } = await client.get<object>({ index, id });
  const hidden = async () => {
    const reads = [...(await ledger.read((await fixture.entries()).map((each) => each.id).concat(id))).values()];
    return [...new Set([...(await ledger.hidden(category.id)), ...(await ledger.hidden(category.id, reads))])];
  };
  return { fixture, index, id, source, hidden };
};

test.each(['state', 'category', 'trigger', 'subject.hash', 'subject.kid'])(
  'only an entry that is not indexed by its %s is reported as hidden',
  async (field) => {
    const { fixture, index, id, source, hidden } = await withEntries();
    expect(await hidden()).toEqual([]);
    await putUnindexed(fixture.client, index, { id, source, field });
    expect(await hidden()).toEqual([id]);
  },
);

test.each(['"state":"', '"category":"', '"trigger":"', '"hash":"', '"kid":"'])(
  'an entry whose indexed bytes differ from its content is reported as hidden: %s',
  async (before) => {
    const { fixture, index, id, source, hidden } = await withEntries();
    await putBytes(fixture.client, index, id, overlong(source, before));
    expect(await hidden()).toEqual([id]);
  },
);

test('an entry changed after it was read is not reported as hidden', async () => {
  const { fixture, id } = await withEntries();
  const { ledger, category } = fixture;
  const reads = await ledger.read([id]);
  const read = reads.get(id);
  if (read) await ledger.write([{ entry: { ...read.entry, state: 'cancelled' }, read }]);
  expect(await ledger.hidden(category.id, [...reads.values()])).toEqual(new Set());
});

const withEvents = async () => {
  const fixture = erasureFixture();
  const { category, policy, recordPorts, client } = fixture;
  const log = recordPorts.events(category.id);
  const kept = (hash: string): KeptEvent => {
    const [type, immediate] = ['account-deleted' as const, false];
    const id = eventId({ kid: 'k', hash }, { type, at: TERMINATED, immediate });
    const [at, heardAt] = [isoInstant(TERMINATED), isoInstant(NOW)];
    return { id, type, kid: 'k', hash, alsoUnder: [], at, immediate, requestId: 'msg_1', heardAt };
  };
  const [event, other] = [kept('h1'), kept('h2')];
  await log.keep([event, other]);
  const index = ownIndices(policy, category.id).events;
  const hidden = async (ids: readonly string[] = []) => (await log.hidden([event, other], ids)).map(({ id }) => id);
  return { fixture, client, index, event, other, hidden };
};

test.each(['type', 'hash'])('only an event that is not indexed by its %s is reported as hidden', async (field) => {
  const { client, index, event, other, hidden } = await withEvents();
  expect(await hidden([event.id, other.id])).toEqual([]);
  await putUnindexed(client, index, { id: event.id, source: event, field });
  expect(await hidden()).toEqual([event.id]);
});

test.each(['"type":"', '"hash":"'])(
  'an event whose indexed bytes differ from its content is reported as hidden: %s',
  async (before) => {
    const { client, index, event, hidden } = await withEvents();
    await putBytes(client, index, event.id, overlong(event, before));
    expect(await hidden()).toEqual([event.id]);
  },
);

test('an event that somebody changed into a decision is reported as hidden', async () => {
  const { client, index, event, other, hidden } = await withEvents();
  await client.index({ index, id: event.id, document: { ...event, type: 'erasure-braked' }, refresh: true });
  expect(await hidden([event.id, other.id])).toEqual([event.id]);
});

test('an event or decision hidden from searches is still found by its subject', async () => {
  const { fixture, client, index, event, other } = await withEvents();
  const log = fixture.recordPorts.events(fixture.category.id);
  await putUnindexed(client, index, { id: event.id, source: event, field: 'hash' });
  expect((await log.about([event.hash])).map(({ id }) => id)).toEqual([event.id]);
  expect((await log.about([other.hash])).map(({ id }) => id)).toEqual([other.id]);
  const [at, heardAt] = [event.at, event.heardAt];
  const brake = { id: 'b', type: 'erasure-braked', kid: 'k', hash: 'h1', trigger: 'account-deleted', at, heardAt };
  for (const field of ['hash', 'type']) {
    await putUnindexed(client, index, { id: brake.id, source: brake, field });
    expect((await log.decisions([event.hash])).map(({ id }) => id)).toEqual([brake.id]);
  }
});

test('all entries are read over several pages, even if the ids in them are wrong', {
  timeout: 120_000,
}, async () => {
  const { fixture, index, source } = await withEntries();
  const { client, ledger, category } = fixture;
  const lines = Array.from({ length: 30 }, (_, at) => {
    const id = `${category.id}/account-deleted/k/${at + 10}`;
    return [
      Buffer.from(`${JSON.stringify({ index: { _index: index, _id: id } })}\n`),
      overlong({ ...source, id: 'zzz', state: 'pending' }, '"id":"'),
      Buffer.from('\n'),
    ];
  });
  await client.transport.request(
    { method: 'POST', path: '/_bulk', querystring: { refresh: true }, body: Buffer.concat(lines.flat()) as never },
    { headers: { 'content-type': 'application/x-ndjson', accept: 'application/json' } },
  );
  const seen: string[] = [];
  for await (const { entries } of ledgerPages(ledger, { category: category.id }, 5)) {
    seen.push(...entries.map(({ entry }) => entry.id));
    expect(seen.length).toBeLessThan(40);
  }
  expect(new Set(seen).size).toBe(32);
});

test.each(['state', 'commitment'])(
  'a forged report is detected even if the opened report is not indexed by its %s',
  async (field) => {
    const fixture = erasureFixture();
    const { client, category, policy } = fixture;
    const { runId } = await fixture.runPurge();
    const index = ownIndices(policy, category.id).reports;
    const { opened, closed } = reportIds(runId);
    const requests = { timeout: () => 30_000, firstWait: 20 };
    const contested = () => elasticsearchReports(client, requests, index).contested(category.id);
    const [open, report] = await Promise.all([opened, closed].map((id) => client.get<object>({ index, id })));
    await client.index({ index, id: closed, document: { ...report?._source, opening: 'forged' }, refresh: true });
    expect(await contested()).toContain(closed);
    await putUnindexed(client, index, { id: opened, source: open?._source ?? {}, field });
    expect(await contested()).toContain(closed);
  },
);
