import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { backfillDates } from '../../lib/maintenance/backfill-dates.ts';
import { portsAt } from '../support/purge/ports-at.ts';
import { daysAgo, NOW, purgeFixture } from '../support/purge/purge-fixture.ts';
import { before, openWire } from '../support/server/faulty-connection.ts';

const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };
const UNDATED = { uin: '1' };

/** `seize`: an index of the category goes, and its name becomes an alias of a foreign index with such a document. */
const withForeign = async (document: object) => {
  const fixture = purgeFixture();
  const wire = openWire();
  const client = fixture.newClient({ Connection: wire.Connection });
  const foreign = await fixture.createIndex('x', { theirs: document }, { foreign: true });
  const seize = async (index: string): Promise<void> => {
    await fixture.client.indices.delete({ index });
    await fixture.client.indices.putAlias({ index: foreign, name: index });
  };
  return { fixture, wire, client, foreign, seize };
};

test('a delete never reaches a foreign index through an alias of the same name', async () => {
  const { fixture, wire, client, foreign, seize } = await withForeign(EXPIRED);
  const mixed = await fixture.createIndex('mixed', { expired: EXPIRED, live: LIVE });
  wire.on(
    /_delete_by_query/,
    before(() => seize(mixed)),
  );
  const report = await fixture.runPurge({ client });
  expect(wire.sent(/_delete_by_query/)).toHaveLength(1);
  expect(report).toMatchObject({ documentsRemoved: 0, outcome: 'incomplete' });
  expect(await fixture.left(foreign)).toEqual(['theirs']);
});

test.each([
  ['the field is mapped', /-live\/_count/],
  ['documents are dated', /_update_by_query/],
])('backfill writes nothing to a foreign index whose alias appears when %s', async (_, line) => {
  const { fixture, wire, client, foreign, seize } = await withForeign(UNDATED);
  const live = await fixture.createIndex('live', { undated: UNDATED });
  wire.on(
    line,
    before(() => seize(live)),
  );
  const { policy, category } = fixture;
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
  const order = { ingestedAt: Date.parse(daysAgo(1)) };
  const done = await backfillDates({ runId: randomUUID(), dryRun: false, policy, category }, ports, order);
  expect(done).toMatchObject({ dated: 0 });
  expect((await fixture.client.get({ index: foreign, id: 'theirs' }))._source).toEqual(UNDATED);
});

test('a write block that stops a deletion is not reported as a missing privilege', async () => {
  const { fixture, wire, client } = await withForeign(EXPIRED);
  const mixed = await fixture.createIndex('mixed', { expired: EXPIRED, live: LIVE });
  wire.on(
    /_delete_by_query/,
    before(() => fixture.client.indices.addBlock({ index: mixed, block: 'write' })),
  );
  const { indices } = await fixture.runPurge({ client });
  const note = indices.find(({ index }) => index === mixed)?.note;
  expect(note).toContain('cluster_block_exception');
  expect(note).not.toContain('privilege');
});
