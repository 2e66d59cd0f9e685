import { describe, expect, test } from 'vitest';
import { serverTime } from '../../../../lib/adapters/elasticsearch/client/server-time.ts';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { erasureFixture } from '../../../support/erasure/erasure-fixture.ts';
import { realPorts } from '../../../support/purge/ports-at.ts';
import { aroundRemover, daysAgo, NOW, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { purgedOnce } from '../../../support/purge/purged-once.ts';
import { answers, openWire } from '../../../support/server/faulty-connection.ts';
import { serverNow } from '../../../support/server/server-clock.ts';
import { sendAdvised } from '../../fixes/follow-advice.ts';

const stamped = (instant: number) => ({ '@timestamp': isoInstant(instant) });
const SECOND = 1_000;
const requests = { timeout: () => 10_000, firstWait: 20 };

/** It never deletes what the cluster finds younger by its own clock, whatever ours says. */
describe("a clock of ours that is days ahead of the cluster's", () => {
  test("deletes only what is expired by the cluster's clock too", async () => {
    const fixture = purgeFixture();
    const real = serverNow();
    const young = {
      h20: stamped(real - 20 * HOUR),
      d3: stamped(real - 3 * DAY),
      edge: stamped(real - 14 * DAY + MINUTE),
    };
    const mixed = await fixture.createIndex('mixed', { ...young, old: stamped(real - 15 * DAY) });
    const whole = await fixture.createIndex('whole', young);
    const ahead = () => serverNow() + 13.5 * DAY;
    await fixture.runPurge({ clock: ahead });
    expect(await fixture.left(mixed)).toEqual(['d3', 'edge', 'h20']);
    expect(await fixture.left(whole)).toEqual(['d3', 'edge', 'h20']);
  });

  const ROWS = [
    ['date_nanos', { type: 'date_nanos' }, (at: number) => isoInstant(at)],
    ['epoch_second', { type: 'date', format: 'epoch_second' }, (at: number) => Math.floor(at / SECOND)],
    ['a format of its own', { type: 'date', format: 'dd.MM.yyyy HH:mm:ss||epoch_millis' }, (at: number) => at],
    ['ingestion', { type: 'date' }, (at: number) => isoInstant(at)],
  ] as const;
  const once = purgedOnce(
    ROWS.map(([field, property, written], row) => {
      const dated = (days: number) => {
        const at = written(serverNow() - days * DAY);
        return field === 'ingestion' ? { event: { ingested: at } } : { '@timestamp': at };
      };
      const documents = { young: dated(13), old: dated(15) };
      return { suffix: `field-${row}`, documents, properties: { '@timestamp': property } };
    }),
    {},
    { clock: () => serverNow() + 5 * DAY },
  );

  test.each(ROWS.map(([field], row) => [field, row] as const))(
    "deletes only what is expired by the cluster's clock too, with a field of %s",
    (_, row) => {
      expect(once.of(`field-${row}`).left).toEqual(['young']);
    },
  );

  test("makes no erasure due before the cluster's clock does", async () => {
    const fixture = erasureFixture();
    const document = { uin: '1', sdkAppId: '1', '@timestamp': isoInstant(serverNow() - DAY) };
    const index = await fixture.createIndex('current', { document, other: { ...document, uin: '2' } });
    await fixture.tell('account-deleted', { uin: '1' }, serverNow() - DAY);
    await fixture.runPurge({ clock: () => serverNow() + 4 * DAY });
    expect(await fixture.left(index)).toEqual(['document', 'other']);
  });
});

/** The rest of this is logic: see test/unit/purge/two-clocks.test.ts. */
describe('two clocks that differ', () => {
  const setUp = async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('logs', {
      due: stamped(NOW - 14 * DAY - 3 * MINUTE),
      old: { '@timestamp': daysAgo(20) },
      live: { '@timestamp': daysAgo(1) },
    });
    return { fixture, index };
  };

  test('lead to the cutoff of the earlier one if they are minutes apart', async () => {
    const { fixture, index } = await setUp();
    const report = await fixture.runPurge({ serverTime: async () => NOW - 4 * MINUTE });
    expect(report).toMatchObject({ outcome: 'complete', cutoff: isoInstant(NOW - 14 * DAY - 4 * MINUTE) });
    expect(await fixture.left(index)).toEqual(['due', 'live']);
  });

  test('prevent any removal if they are days apart', async () => {
    const { fixture, index } = await setUp();
    expect(await fixture.runPurge({ serverTime: async () => NOW + 13 * DAY })).toMatchObject({
      outcome: 'refused',
      kept: false,
      refusals: [{ code: 'clock-skew', found: expect.stringContaining(isoInstant(NOW + 13 * DAY)) }],
    });
    expect(await fixture.left(index)).toEqual(['due', 'live', 'old']);
  });
});

describe('a run during which our clock changes', () => {
  test.each([
    ['ahead', 2 * DAY],
    ['back', -2 * DAY],
  ])('removes nothing too early and reports clock-skew if the clock is set %s', async (_, by) => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('logs', {
      old: { '@timestamp': daysAgo(20) },
      nearly: stamped(NOW - 13.9 * DAY),
      live: { '@timestamp': daysAgo(1) },
    });
    let now = NOW;
    const report = await fixture.runPurge({
      clock: () => now,
      serverTime: async () => NOW,
      around: aroundRemover((real) => ({
        deleteSlice: async (...given) => {
          const deleted = await real.deleteSlice(...given);
          now = NOW + by;
          return deleted;
        },
      })),
    });
    expect(await fixture.left(index)).toEqual(['live', 'nearly']);
    expect(report).toMatchObject({ documentsRemoved: 1, retentionLagMilliseconds: 0, kept: false });
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'clock-skew', severity: 'blocking' }));
  });
});

/** It never removes anything by a clock that nobody could compare with the cluster's. */
describe('a category whose indices cannot be searched together', () => {
  const real = serverNow();
  const setUp = async () => {
    const fixture = purgeFixture();
    // Its date names a month, whose end is reckoned by our clock alone.
    const month = { '@timestamp': isoInstant(real).slice(0, 'yyyy-MM'.length) };
    const coarse = await fixture.createIndex('coarse', { month });
    const blocked = await fixture.createIndex('blocked', { old: stamped(real - 20 * DAY) });
    await fixture.client.indices.putSettings({ index: blocked, settings: { 'index.blocks.read': true } });
    const { store } = realPorts(fixture.client, fixture.policy, requests, serverNow);
    return { fixture, coarse, serverTime: () => store.serverTime(fixture.category.indices) };
  };

  test('gets the time from an own index, and refuses a clock that is days ahead', async () => {
    const { fixture, coarse, serverTime } = await setUp();
    const report = await fixture.runPurge({ clock: () => serverNow() + 60 * DAY, serverTime });
    expect(report).toMatchObject({ outcome: 'refused', refusals: [{ code: 'clock-skew' }], documentsRemoved: 0 });
    expect(await fixture.left(coarse)).toEqual(['month']);
  });

  test('gets the time from an own index, and purges its other indices if the clocks agree', async () => {
    const { fixture, serverTime } = await setUp();
    const due = await fixture.createIndex('due', { old: stamped(real - 20 * DAY), live: stamped(real - DAY) });
    const report = await fixture.runPurge({ clock: serverNow, serverTime });
    expect(report).toMatchObject({ refusals: [], documentsRemoved: 1 });
    expect(report.findings.map(({ code }) => code)).toEqual(['read-blocked']);
    expect(await fixture.left(due)).toEqual(['live']);
  });

  test('refuses a plan that removes something while the time is unknown', async () => {
    const { fixture } = await setUp();
    const due = await fixture.createIndex('due', { old: stamped(real - 20 * DAY), live: stamped(real - DAY) });
    const report = await fixture.runPurge({ clock: serverNow, serverTime: async () => undefined });
    expect(report).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'clock-skew', found: expect.stringContaining("the cluster's clock could not be read") }],
    });
    expect(await fixture.left(due)).toEqual(['live', 'old']);
  });

  test('is purged by the next run after the advised fix', async () => {
    const { fixture } = await setUp();
    const due = await fixture.createIndex('due', { old: stamped(real - 20 * DAY), live: stamped(real - DAY) });
    const unhelped = () => serverTime(fixture.client, requests, fixture.category.indices, []);
    const next = () => fixture.runPurge({ clock: serverNow, serverTime: unhelped });
    const { refusals, findings } = await next();
    expect(refusals).toMatchObject([
      { code: 'clock-skew', fix: expect.stringMatching(/^Fix what the other findings name\. .* next run continues/) },
    ]);
    const others = findings.filter(({ code }) => code !== 'clock-skew');
    expect(others.map(({ code }) => code)).toEqual(['read-blocked']);
    for (const { fix } of others) await sendAdvised(fixture.client, fix);
    expect(await next()).toMatchObject({ outcome: 'complete', refusals: [], documentsRemoved: 2 });
    expect(await fixture.left(due)).toEqual(['live']);
  });
});

test("a plan that removes nothing does not need the cluster's time", async () => {
  const fixture = purgeFixture();
  expect(await fixture.runPurge({ serverTime: async () => undefined })).toMatchObject({ refusals: [], kept: true });
});

test("the cluster's clock is read from any open index, also from an own one", async () => {
  const fixture = purgeFixture();
  const time = (own: string) => serverTime(fixture.client, requests, [`${fixture.id}-*`], [own]);
  const none = `retention-${fixture.id}-none`;
  expect(await time(none)).toBeUndefined();
  await fixture.createIndex('text', {}, { properties: { '@timestamp': { type: 'text' } } });
  expect(Math.abs(((await time(none)) ?? 0) - serverNow())).toBeLessThan(10 * SECOND);
  await fixture.client.indices.close({ index: `${fixture.id}-text` });
  expect(await time(none)).toBeUndefined();
  await fixture.client.indices.create({ index: `retention-${fixture.id}-own`, settings: { number_of_replicas: 0 } });
  expect(Math.abs(((await time(`retention-${fixture.id}-own`)) ?? 0) - serverNow())).toBeLessThan(10 * SECOND);
});

test('the time is unknown, without an error, if the key may not read our own index', async () => {
  const fixture = purgeFixture();
  const own = `retention-${fixture.id}-own`;
  const wire = openWire();
  wire.on(new RegExp(own), answers(403, 'security_exception'), { times: Number.POSITIVE_INFINITY });
  const client = fixture.newClient({ Connection: wire.Connection });
  expect(await serverTime(client, requests, [`${fixture.id}-*`], [own])).toBeUndefined();
  expect(wire.sent(new RegExp(own))).toHaveLength(1);
});
