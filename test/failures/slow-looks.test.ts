import { expect, test } from 'vitest';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { erasureFixture, TERMINATED } from '../support/erasure/erasure-fixture.ts';
import { daysAgo, purgeFixture } from '../support/purge/purge-fixture.ts';
import { lookTimesOut, openWire, rewrites } from '../support/server/faulty-connection.ts';

const rules = {
  age: { maxAge: 'P14D', allowedLateness: 'PT1H' },
  termination: { triggers: ['account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' },
};

test('if reading accounts takes too long, nobody is erased, and age rules still work', async () => {
  const fixture = erasureFixture({ category: { records: 'dated', schedule: 'rate(15 minutes)', rules } });
  const theirs = { uin: '1', '@timestamp': isoInstant(TERMINATED) };
  const index = await fixture.createIndex('slow', { theirs, old: { uin: '9', '@timestamp': daysAgo(20) } });
  await fixture.tell('account-deleted', { uin: '1' });
  const wire = openWire();
  wire.on(/_msearch/, lookTimesOut, { times: Number.POSITIVE_INFINITY });
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 1, erasures: { open: 1 } });
  expect(report.findings).toMatchObject([{ code: 'not-examined', found: expect.stringContaining('it took too long') }]);
  expect(await fixture.left(index)).toEqual(['theirs']);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1, found: { due: 0 } });
});

test('if reading dates takes too long, single documents are deleted, but no index is dropped', async () => {
  const fixture = purgeFixture();
  const old = { '@timestamp': daysAgo(20) };
  const index = await fixture.createIndex('slow', { old, older: { '@timestamp': daysAgo(30) } });
  await fixture.createIndex('young', { young: { '@timestamp': daysAgo(1), event: { ingested: daysAgo(1) } } });
  const wire = openWire();
  wire.on(
    /_msearch/,
    (send, body) =>
      body.includes('"timeout":"30s"')
        ? rewrites(({ responses }) => (responses[0].timed_out = true))(send, body)
        : send(),
    { times: Number.POSITIVE_INFINITY },
  );
  const client = fixture.newClient({ Connection: wire.Connection });
  const first = await fixture.runPurge({ client, dryRun: true });
  expect(first.findings).toMatchObject([{ code: 'unanswered', index, found: expect.stringContaining('too long') }]);
  expect(first.indices.find((each) => each.index === index)).toMatchObject({ planned: 'delete', dueBefore: 2 });
  expect(await fixture.runPurge({ client })).toMatchObject({ documentsRemoved: 2, indicesDropped: 0, kept: true });
  expect(await fixture.left(index)).toEqual([]);
});
