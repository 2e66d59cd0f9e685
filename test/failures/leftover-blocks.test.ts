import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { busy, openWire } from '../support/faulty-connection.ts';
import { daysAgo, purgeFixture } from '../support/purge-fixture.ts';

const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };

/** A category as a run left it that died while `leftover` was blocked: the block announced, the lease expired. */
const afterDeath = async () => {
  const fixture = purgeFixture();
  const wire = openWire();
  const client = fixture.newClient({ Connection: wire.Connection });
  const leftover = await fixture.createIndex('leftover', { expired: EXPIRED, live: LIVE });
  const old = await fixture.createIndex('old', { old: EXPIRED });
  const uuid = (await fixture.client.indices.get({ index: leftover }))[leftover]?.settings?.index?.uuid;
  await fixture.client.indices.addBlock({ index: leftover, block: 'write' });
  await fixture.runPurge({ dryRun: true });
  const document = {
    runId: 'dead',
    fence: 7,
    released: false,
    expiresAt: daysAgo(1),
    blocks: [{ index: leftover, uuid }],
  };
  await fixture.client.index({
    index: ownIndices(fixture.policy.indexPrefix).leases,
    id: fixture.category.id,
    document,
  });
  return { fixture, wire, client, leftover, old };
};

test('a leftover block is lifted before the plan, so that its documents go in the same run', async () => {
  const { fixture, client, leftover } = await afterDeath();
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete', fence: 8 });
  expect(await fixture.left(leftover)).toEqual(['live']);
});

test('a leftover block that cannot be lifted is named, keeps nobody from the rest, and is lifted by a later run', async () => {
  const { fixture, wire, client, leftover, old } = await afterDeath();
  wire.on(/^PUT .*-leftover\/_settings/, busy, { times: Number.POSITIVE_INFINITY });
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'incomplete', indicesDropped: 1 });
  expect(report.findings).toMatchObject([{ code: 'write-blocked', index: leftover }]);
  expect(await fixture.left(old)).toBeUndefined();
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete' });
  expect(await fixture.left(leftover)).toEqual(['live']);
});

test('a block that is in force although no setting shows it goes within two runs', async ({ skip }) => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('old', { old: EXPIRED });
  const lift = () => fixture.client.indices.putSettings({ index, settings: { 'index.blocks.write': null } });
  const isHidden = async () => {
    const settings = await fixture.client.indices.getSettings({ index });
    if (settings[index]?.settings?.index?.blocks?.write !== undefined) return false;
    return fixture.client.delete({ index, id: 'none' }, { ignore: [404] }).then(
      () => false,
      () => true,
    );
  };
  // Elasticsearch leaves such a block when it is lifted between the two steps of being set: that takes some luck.
  let hidden = false;
  for (let attempt = 0; attempt < 60 && !hidden; attempt += 1) {
    await lift();
    const late = pause(attempt % 20).then(lift);
    await Promise.all([late, fixture.client.indices.addBlock({ index, block: 'write' })]);
    hidden = await isHidden();
  }
  if (!hidden) skip('the server never left a hidden block behind');
  await fixture.runPurge();
  expect(await isHidden()).toBe(false);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
});
