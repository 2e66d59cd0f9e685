import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, onTestFinished, test, vi } from 'vitest';
import { verifyReceipt } from '../../../../lib/adapters/crypto/receipt-verifier.ts';
import type { Closure } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { digest } from '../../../../lib/erasure/subjects/digest.ts';
import { subjectCommitment } from '../../../../lib/erasure/subjects/subject-commitment.ts';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { listed } from '../../../support/receipts/archive-worlds.ts';
import { type ReceiptFixture, receiptFixture } from '../../../support/receipts/receipt-fixture.ts';
import { openWire } from '../../../support/server/faulty-connection.ts';

const HOUR = DAY / 24;
/** The real clock: copies in a folder age by it. */
const NOW = Date.now();
const TERMINATED = NOW - 4 * DAY;
const GONE = { uin: '9007199254740993' };
const STAYS = { uin: '9007199254740992' };

const document = (uin: string) => ({ uin, sdkAppId: '1400100201', '@timestamp': isoInstant(TERMINATED - DAY) });

/** Two documents of the one that goes in `settings`, one in `rooms`, and one of another in each. */
const seeded = async (fixture: ReceiptFixture): Promise<void> => {
  await fixture.createIndex('settings-a', { a: document(GONE.uin), b: document(GONE.uin), c: document(STAYS.uin) });
  await fixture.createIndex('rooms-a', { a: document(GONE.uin), c: document(STAYS.uin) });
};

const run = async (fixture: ReceiptFixture, name: 'settings' | 'rooms', now = NOW) => {
  await fixture.erase(name, now);
  return fixture.close(name, now);
};

const theReceipt = async (fixture: ReceiptFixture, requestId: string, name: 'settings' | 'rooms') => {
  const [kept, ...more] = await fixture.receiptsOf(requestId, name);
  if (kept === undefined) throw new Error('no receipt');
  expect(more).toEqual([]);
  return { kept, ...(await verifyReceipt(kept.jws, fixture.publicKey)) };
};

test('each category issues its own receipt, with its own commitment and event', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('feature-terminated', GONE, TERMINATED);
  const commitments = new Set<string>();
  for (const [name, erased] of [
    ['rooms', 1],
    ['settings', 2],
  ] as const) {
    expect(await run(fixture, name, NOW + erased)).toEqual({ issued: 1, left: 0 });
    const { kept, kid, receipt } = await theReceipt(fixture, requestId, name);
    expect(kid).toBe('new');
    const { id: category } = fixture.categoryOf(name);
    expect(receipt).toMatchObject({
      issuedAt: isoInstant(NOW + erased),
      request: { id: requestId, trigger: 'feature-terminated', scope: 'account', terminatedAt: isoInstant(TERMINATED) },
      promises: [{ category }],
      categories: [{ category, outcome: 'erased', documentsErased: erased, documentsLeft: 0 }],
      keptInTime: true,
      stages: { segmentFiles: 'not examined', snapshots: 'not examined' },
      previous: null,
    });
    const opening = fixture.openingIn(await fixture.entryOf(name));
    expect(receipt.subject.commitment).toBe(subjectCommitment(GONE, opening));
    expect(receipt.subject.commitment).not.toBe(subjectCommitment(STAYS, opening));
    commitments.add(receipt.subject.commitment);
    expect((await fixture.entryOf(name)).closures).toMatchObject([{ receipt: kept.id }]);
    expect(fixture.bus.heard.at(-1)).toMatchObject({
      source: `es-retention.purge-${category}`,
      detailType: 'Erasure Completed',
      detail: { requestId, category, receiptId: kept.id, receiptHash: kept.hash },
    });
  }
  expect(commitments.size).toBe(2);
  // Nothing is issued, or told, again.
  for (const name of ['settings', 'rooms'] as const)
    expect(await run(fixture, name, NOW + HOUR)).toEqual({ issued: 0, left: 0 });
  expect(fixture.bus.heard).toHaveLength(2);
});

test('a run uses no own index of another category', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  await fixture.tell('feature-terminated', GONE, TERMINATED);
  const [own, other] = [fixture.categoryOf('settings').id, fixture.categoryOf('rooms').id];
  const wire = openWire();
  await fixture.erase('settings', NOW, fixture.newClient({ Connection: wire.Connection }));
  const ours = wire.sent(/retention-/);
  expect(ours.some((line) => line.includes(`.${own}`))).toBe(true);
  // The first run of a category asks the controls of the others for their holds.
  const paths = ours.map((line) => line.replace(/\?.*/, ''));
  const others = paths.filter((path) => path.includes(other) || path.includes('*'));
  expect(others.filter((path) => !/^GET \/_resolve\/index\/\S+-controls\./.test(path))).toEqual([]);
});

test('an account reinstated after its erasure has a receipt, and keeps new data', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('account-deleted', GONE, TERMINATED);
  for (const name of ['settings', 'rooms'] as const) expect(await run(fixture, name)).toEqual({ issued: 0, left: 0 });
  await fixture.tell('account-reinstated', GONE, NOW);
  const { entries } = await fixture.ports(NOW).ledger.find({ category: fixture.categoryOf('settings').id }, 10);
  expect(entries.map(({ entry }) => [entry.trigger, entry.state, entry.reinstatedAt]).sort()).toEqual([
    ['account-deleted', 'erased', NOW],
    ['feature-terminated', 'cancelled', undefined],
  ]);
  const index = await fixture.createIndex('settings-b', { again: document(GONE.uin) });
  expect(await run(fixture, 'settings', NOW + HOUR)).toEqual({ issued: 1, left: 0 });
  expect(await fixture.left(index)).toEqual(['again']);
  const { receipt } = await theReceipt(fixture, requestId, 'settings');
  expect(receipt).toMatchObject({
    categories: [{ outcome: 'erased', documentsErased: 2, documentsLeft: 0, verifiedAt: isoInstant(NOW) }],
    keptInTime: true,
  });
});

test('if an account is erased twice, each erasure has one receipt and one event', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  await fixture.createIndex('rooms-b', {
    again: { ...document(GONE.uin), '@timestamp': isoInstant(TERMINATED + HOUR) },
  });
  const ids = [
    await fixture.tell('feature-terminated', GONE, TERMINATED),
    await fixture.tell('feature-terminated', GONE, TERMINATED + 2 * HOUR),
  ];
  for (const name of ['settings', 'rooms'] as const)
    for (const hours of [0, 1]) await fixture.erase(name, NOW + hours * HOUR);
  for (const name of ['settings', 'rooms', 'settings', 'rooms'] as const) await fixture.close(name, NOW + HOUR);
  const erased = async (requestId: string, name: 'settings' | 'rooms') =>
    (await theReceipt(fixture, requestId, name)).receipt.categories.map(({ documentsErased }) => documentsErased);
  const [first = '', second = ''] = ids;
  expect([await erased(first, 'settings'), await erased(first, 'rooms'), await erased(second, 'rooms')]).toEqual([
    [2],
    [1],
    [1],
  ]);
  // The settings had been found empty by then: they owed nothing more.
  expect(await fixture.receiptsOf(second, 'settings')).toEqual([]);
  expect(fixture.bus.heard.map(({ detail }) => detail.requestId).sort()).toEqual([first, first, second].sort());
});

test('overdue and completed events are published once, even if the bus refused first', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  await fixture.tell('feature-terminated', GONE, TERMINATED);
  const late = TERMINATED + 7 * DAY + 1;
  // Nobody hears of it where there is no bus: that is left to a run that has one.
  await fixture.close('settings', late, { ...fixture.ports(late), publisher: () => undefined });
  fixture.bus.refusals = 1;
  await expect(fixture.close('settings', late)).rejects.toMatchObject({ code: 'bus-refused' });
  expect(fixture.bus.heard).toEqual([]);
  await fixture.close('settings', late + HOUR);
  await fixture.close('settings', late + 2 * HOUR);
  const { subject } = await fixture.entryOf('settings');
  expect(fixture.bus.heard).toEqual([
    {
      source: `es-retention.purge-${fixture.categoryOf('settings').id}`,
      detailType: 'Erasure Overdue',
      detail: {
        requestId: expect.stringMatching(/^msg_/),
        category: fixture.categoryOf('settings').id,
        subject,
        trigger: 'feature-terminated',
        scope: 'account',
        terminatedAt: isoInstant(TERMINATED),
        eraseBy: isoInstant(TERMINATED + 7 * DAY),
      },
    },
  ]);

  await fixture.erase('settings', late + 3 * HOUR);
  fixture.bus.refusals = 1;
  await expect(fixture.close('settings', late + 3 * HOUR)).rejects.toMatchObject({ code: 'bus-refused' });
  expect((await fixture.entryOf('settings')).closures[0]).not.toHaveProperty('receipt');
  await fixture.close('settings', late + 4 * HOUR);
  await fixture.close('settings', late + 5 * HOUR);
  expect(fixture.bus.heard.map(({ detailType }) => detailType)).toEqual(['Erasure Overdue', 'Erasure Completed']);
});

// EventBridge itself cannot run here: the client is the real one, its sending is not.
test('events are published through the client of EventBridge too', async () => {
  const mock = mockClient(EventBridgeClient);
  mock.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] });
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'x');
  onTestFinished(() => {
    mock.restore();
    vi.unstubAllEnvs();
  });
  const fixture = receiptFixture();
  await seeded(fixture);
  await fixture.tell('feature-terminated', GONE, TERMINATED);
  const ports = (now: number) => fixture.ports(now, { ...fixture.environment, EVENT_BUS_NAME: 'retention' });
  const late = TERMINATED + 7 * DAY + 1;
  await fixture.close('settings', late, ports(late));
  await fixture.erase('settings', late);
  for (const hours of [0, 1]) await fixture.close('settings', late + hours * HOUR, ports(late));
  const entries = mock.commandCalls(PutEventsCommand).flatMap(({ args }) => args[0].input.Entries ?? []);
  expect(entries.map(({ EventBusName, Source, DetailType }) => [EventBusName, Source, DetailType])).toEqual([
    ['retention', `es-retention.purge-${fixture.categoryOf('settings').id}`, 'Erasure Overdue'],
    ['retention', `es-retention.purge-${fixture.categoryOf('settings').id}`, 'Erasure Completed'],
  ]);
  expect(JSON.stringify(entries)).not.toContain(GONE.uin);
});

test('the archive contains the event, the closed entries and the receipt, all sealed', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('feature-terminated', GONE, TERMINATED);
  for (const name of ['settings', 'rooms'] as const) await run(fixture, name);
  const { kept } = await theReceipt(fixture, requestId, 'settings');
  const { kept: other } = await theReceipt(fixture, requestId, 'rooms');
  expect(await listed(fixture.archive, 'events')).toMatchObject([
    { content: { requestId, type: 'feature-terminated', subject: GONE, at: TERMINATED } },
  ]);
  const copies = await listed(fixture.archive, 'receipts');
  expect(copies.map(({ id }) => id).sort()).toEqual([kept.id, other.id].sort());
  expect(copies).toContainEqual({ id: kept.id, content: { jws: kept.jws } });
  const entries = await listed(fixture.archive, 'entries');
  expect(entries).toHaveLength(2);
  const settings = fixture.categoryOf('settings').id;
  const copy = entries.find(({ id }) => id === digest(kept.id, settings));
  expect(copy).toMatchObject({ content: { category: settings, state: 'erased', closures: [{ state: 'erased' }] } });
  expect(JSON.stringify(entries)).not.toContain(GONE.uin);
});

test('receipts that cannot be issued without keys are reported, and are issued later', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('feature-terminated', GONE, TERMINATED);
  for (const name of ['settings', 'rooms'] as const) await fixture.erase(name, NOW);
  const { RETENTION_KEYS, RETENTION_ARCHIVE } = fixture.environment as Record<string, string>;
  for (const [environment, code] of [
    [{}, 'no-archive'],
    [{ RETENTION_KEYS }, 'no-archive'],
    [{ RETENTION_ARCHIVE }, 'no-keys'],
  ] as const)
    await expect(fixture.close('settings', NOW, fixture.ports(NOW, environment as never))).rejects.toMatchObject({
      code,
    });
  expect(await fixture.receiptsOf(requestId, 'settings')).toEqual([]);
  expect(await fixture.close('settings', NOW)).toEqual({ issued: 1, left: 0 });
  await theReceipt(fixture, requestId, 'settings');
});

test('a copied and edited closure gets no receipt, and blocks no other closure', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('feature-terminated', GONE, TERMINATED);
  await fixture.erase('settings', NOW);
  const entry = await fixture.entryOf('settings');
  const [own] = entry.closures as [Closure];
  const forged = {
    ...own,
    obligation: { ...own.obligation, requestId: 'forged', terminatedAt: own.obligation.terminatedAt - 1_000 },
    commitment: subjectCommitment(STAYS, 'T'.repeat(43)),
    progress: { ...own.progress, documentsErased: 4_711 },
  };
  const index = ownIndices(fixture.terminationPolicy, entry.category).ledger;
  await fixture.client.update({ index, id: entry.id, doc: { closures: [forged, own], receiptDue: true } });
  expect(await fixture.close('settings', NOW)).toEqual({ issued: 1, left: 0, unproven: 1 });
  expect(await fixture.receiptsOf('forged', 'settings')).toEqual([]);
  expect((await theReceipt(fixture, requestId, 'settings')).receipt.categories[0]?.documentsErased).toBe(2);
  expect((await fixture.erase('settings', NOW + HOUR)).kept).toBe(false);
});

test('a category without erasures to prove needs no keys', async () => {
  const fixture = receiptFixture();
  await fixture.erase('settings', NOW);
  expect(await fixture.close('settings', NOW, fixture.ports(NOW, {}))).toEqual({ issued: 0, left: 0 });
});

test('a closed entry is kept as long as a snapshot may exist, and is then removed', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('feature-terminated', GONE, TERMINATED);
  for (const name of ['settings', 'rooms'] as const) await run(fixture, name);
  const [memory, ledger] = [45 * DAY, fixture.ports(NOW).ledger];
  const count = async (): Promise<number> =>
    (await ledger.find({ category: fixture.categoryOf('settings').id }, 1)).total;
  await run(fixture, 'settings', NOW + 400 * DAY);
  expect(await count()).toBe(1);
  const removedAt = async (now: number) =>
    (await fixture.runHousekeeping(now)).categories.map(({ removed: { entries, events } }) => [entries, events]);
  // The events were heard before the entries were closed.
  expect(await removedAt(NOW + memory)).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(await count()).toBe(1);
  // Beside the events stands the run's note of what may be forgotten.
  expect(await removedAt(NOW + memory + HOUR)).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(await count()).toBe(0);
  expect(await listed(fixture.archive, 'events')).toEqual([]);
  expect(await listed(fixture.archive, 'entries')).toEqual([]);
  // The receipt proves what was promised, as long as reports do.
  expect(await listed(fixture.archive, 'receipts')).toHaveLength(2);
  await theReceipt(fixture, requestId, 'settings');
});
