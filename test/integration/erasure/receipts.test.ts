import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, onTestFinished, test, vi } from 'vitest';
import { verifyReceipt } from '../../../lib/adapters/receipt-verifier.ts';
import { digest } from '../../../lib/erasure/digest.ts';
import { subjectCommitment } from '../../../lib/erasure/subject-commitment.ts';
import { DAY } from '../../../lib/policy/duration.ts';
import { isoInstant } from '../../../lib/policy/instant.ts';
import { listed } from '../../support/archive-worlds.ts';
import { type ReceiptFixture, receiptFixture } from '../../support/receipt-fixture.ts';

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

const theReceipt = async (fixture: ReceiptFixture, requestId: string) => {
  const [kept, ...more] = await fixture.receiptsOf(requestId);
  if (kept === undefined) throw new Error('no receipt');
  expect(more).toEqual([]);
  return { kept, ...(await verifyReceipt(kept.jws, fixture.publicKey)) };
};

test.each([
  ['settings', 'rooms'],
  ['rooms', 'settings'],
] as const)('a request has one receipt over its categories, when %s is erased before %s', async (first, second) => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('feature-terminated', GONE, TERMINATED);
  expect(await run(fixture, first)).toEqual({ issued: [], waiting: 1 });
  expect(await fixture.receiptsOf(requestId)).toEqual([]);
  expect(await run(fixture, second, NOW + 1)).toEqual({ issued: [requestId], waiting: 0 });
  const { kept, kid, receipt } = await theReceipt(fixture, requestId);
  expect(kid).toBe('new');
  expect(receipt).toMatchObject({
    issuedAt: isoInstant(NOW + 1),
    request: { id: requestId, trigger: 'feature-terminated', scope: 'account', terminatedAt: isoInstant(TERMINATED) },
    categories: [
      { category: fixture.categoryOf('settings').id, outcome: 'erased', documentsErased: 2, documentsLeft: 0 },
      { category: fixture.categoryOf('rooms').id, outcome: 'erased', documentsErased: 1, documentsLeft: 0 },
    ],
    keptInTime: true,
    stages: { segmentFiles: 'not examined', snapshots: 'not examined' },
    previous: null,
  });
  const opening = fixture.openingIn(await fixture.entryOf('settings'));
  expect(receipt.subject.commitment).toBe(subjectCommitment(GONE, opening));
  expect(receipt.subject.commitment).not.toBe(subjectCommitment(STAYS, opening));

  // The other category finds what is there, marks it, and tells nobody again.
  expect(await run(fixture, first, NOW + HOUR)).toEqual({ issued: [requestId], waiting: 0 });
  expect(await run(fixture, second, NOW + HOUR)).toEqual({ issued: [], waiting: 0 });
  expect((await theReceipt(fixture, requestId)).kept).toEqual(kept);
  for (const name of ['settings', 'rooms'] as const)
    expect((await fixture.entryOf(name)).closures).toMatchObject([{ receipt: kept.id }]);
  expect(fixture.bus.heard).toMatchObject([
    {
      source: `es-retention.purge-${fixture.categoryOf(second).id}`,
      detailType: 'Erasure Completed',
      detail: { requestId, receiptId: kept.id, receiptHash: kept.hash },
    },
  ]);
});

test('and one when both are erased and closed at once', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('feature-terminated', GONE, TERMINATED);
  const names = ['settings', 'rooms'] as const;
  await Promise.all(names.map((name) => fixture.erase(name, NOW)));
  await Promise.all(names.map((name, at) => fixture.close(name, NOW + at)));
  const { kept, receipt } = await theReceipt(fixture, requestId);
  expect(receipt.categories.map(({ documentsErased }) => documentsErased)).toEqual([2, 1]);
  for (const name of names) expect((await fixture.entryOf(name)).closures).toMatchObject([{ receipt: kept.id }]);
  // The bus may be told twice at such a moment, but never of another receipt.
  const told = new Set(fixture.bus.heard.map(({ detail }) => `${detail.receiptId} ${detail.receiptHash}`));
  expect([...told]).toEqual([`${kept.id} ${kept.hash}`]);
});

test('after the deadline a receipt says which category nothing is known of; that one’s own names it later', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('feature-terminated', GONE, TERMINATED);
  expect(await run(fixture, 'rooms')).toEqual({ issued: [], waiting: 1 });
  expect(await run(fixture, 'rooms', TERMINATED + 7 * DAY)).toEqual({ issued: [], waiting: 1 });
  expect(await run(fixture, 'rooms', TERMINATED + 7 * DAY + 1)).toEqual({ issued: [requestId], waiting: 0 });
  const settings = fixture.categoryOf('settings').id;
  const { kept: first, receipt } = await theReceipt(fixture, requestId);
  expect(receipt.categories).toMatchObject([{ category: fixture.categoryOf('rooms').id, documentsErased: 1 }]);
  expect(receipt.notCovered).toContainEqual(expect.stringContaining(settings));
  const opening = fixture.openingIn(await fixture.entryOf('rooms'));
  expect(receipt.subject.commitment).toBe(subjectCommitment(GONE, opening));

  expect(await run(fixture, 'settings', TERMINATED + 8 * DAY)).toEqual({ issued: [requestId], waiting: 0 });
  const [unchanged, later, ...more] = await fixture.receiptsOf(requestId);
  expect([unchanged, more]).toEqual([first, []]);
  const second = await verifyReceipt(later?.jws ?? '', fixture.publicKey);
  expect(second.receipt).toMatchObject({
    previous: first.hash,
    keptInTime: false,
    categories: [{ category: settings, outcome: 'erased', documentsErased: 2 }],
  });
  const entry = await fixture.entryOf('settings');
  expect(entry.closures[0]?.receipt).toBe(later?.id);
  expect(second.receipt.subject.commitment).toBe(subjectCommitment(GONE, fixture.openingIn(entry)));
  const completed = fixture.bus.heard.filter(({ detailType }) => detailType === 'Erasure Completed');
  expect(completed.map(({ detail }) => detail.receiptId)).toEqual([first.id, later?.id]);
  // Nothing is issued again.
  for (const name of ['settings', 'rooms'] as const)
    expect(await run(fixture, name, TERMINATED + 9 * DAY)).toEqual({ issued: [], waiting: 0 });
});

test('who comes back once nothing is left has a receipt of that, and keeps what is new', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('account-deleted', GONE, TERMINATED);
  for (const name of ['settings', 'rooms'] as const)
    expect(await run(fixture, name)).toEqual({ issued: [], waiting: 0 });
  await fixture.tell('account-reinstated', GONE, NOW);
  const { entries } = await fixture.ports(NOW).ledger.find({ category: fixture.categoryOf('settings').id }, 10);
  expect(entries.map(({ entry }) => [entry.trigger, entry.state, entry.reinstatedAt]).sort()).toEqual([
    ['account-deleted', 'erased', NOW],
    ['feature-terminated', 'cancelled', undefined],
  ]);
  const index = await fixture.createIndex('settings-b', { again: document(GONE.uin) });
  expect(await run(fixture, 'settings', NOW + HOUR)).toEqual({ issued: [requestId], waiting: 0 });
  expect(await fixture.left(index)).toEqual(['again']);
  const { receipt } = await theReceipt(fixture, requestId);
  expect(receipt).toMatchObject({
    categories: [
      { outcome: 'erased', documentsErased: 2, documentsLeft: 0, verifiedAt: isoInstant(NOW) },
      { outcome: 'erased', documentsErased: 1, documentsLeft: 0, verifiedAt: isoInstant(NOW) },
    ],
    keptInTime: true,
  });
});

test('two erasures of one account that are closed in turn have a receipt each, and the bus hears of each once', async () => {
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
  const receipts = [];
  for (const requestId of ids) receipts.push((await theReceipt(fixture, requestId)).receipt);
  const [settings, rooms] = [fixture.categoryOf('settings').id, fixture.categoryOf('rooms').id];
  expect(receipts.map(({ categories }) => categories.map((each) => [each.category, each.documentsErased]))).toEqual([
    [
      [settings, 2],
      [rooms, 1],
    ],
    // The settings had been found empty by then: they owed nothing more, and it is not said that nothing is known of them.
    [[rooms, 1]],
  ]);
  for (const { notCovered } of receipts) expect(notCovered.join()).not.toContain(settings);
  expect(fixture.bus.heard.map(({ detail }) => detail.requestId).sort()).toEqual([...ids].sort());
});

test('the bus hears that an erasure is overdue, and that it is completed, once each, and again where it refused', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  await fixture.tell('feature-terminated', GONE, TERMINATED);
  await fixture.erase('rooms', NOW);
  await fixture.close('rooms', NOW);
  expect(fixture.bus.heard).toEqual([]);

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
  await fixture.close('rooms', late + 5 * HOUR);
  expect(fixture.bus.heard.map(({ detailType }) => detailType)).toEqual(['Erasure Overdue', 'Erasure Completed']);
});

// EventBridge itself cannot run here: the client is the real one, its sending is not.
test('through the client of EventBridge as well', async () => {
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
  for (const name of ['settings', 'rooms'] as const) await fixture.erase(name, late);
  for (const name of ['settings', 'rooms', 'settings'] as const) await fixture.close(name, late, ports(late));
  const entries = mock.commandCalls(PutEventsCommand).flatMap(({ args }) => args[0].input.Entries ?? []);
  expect(entries.map(({ EventBusName, Source, DetailType }) => [EventBusName, Source, DetailType])).toEqual([
    ['retention', `es-retention.purge-${fixture.categoryOf('settings').id}`, 'Erasure Overdue'],
    ['retention', `es-retention.purge-${fixture.categoryOf('settings').id}`, 'Erasure Completed'],
  ]);
  expect(JSON.stringify(entries)).not.toContain(GONE.uin);
});

test('the archive holds the event, the closed entries and the receipt, for whoever has the key', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('feature-terminated', GONE, TERMINATED);
  for (const name of ['settings', 'rooms', 'settings'] as const) await run(fixture, name);
  const { kept } = await theReceipt(fixture, requestId);
  expect(await listed(fixture.archive, 'events')).toMatchObject([
    { content: { requestId, type: 'feature-terminated', subject: GONE, at: TERMINATED } },
  ]);
  expect(await listed(fixture.archive, 'receipts')).toEqual([{ id: kept.id, content: { jws: kept.jws } }]);
  const entries = await listed(fixture.archive, 'entries');
  expect(entries).toHaveLength(2);
  const settings = fixture.categoryOf('settings').id;
  const copy = entries.find(({ id }) => id === digest(kept.id, settings));
  expect(copy).toMatchObject({ content: { category: settings, state: 'erased', closures: [{ state: 'erased' }] } });
  expect(JSON.stringify(entries)).not.toContain(GONE.uin);
});

test('receipts wait where there are no keys, which is said, and are issued once there are', async () => {
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
  expect(await fixture.receiptsOf(requestId)).toEqual([]);
  expect(await fixture.close('settings', NOW)).toEqual({ issued: [requestId], waiting: 0 });
  expect((await theReceipt(fixture, requestId)).receipt.categories).toHaveLength(2);
});

test('a category without anything to prove needs no keys', async () => {
  const fixture = receiptFixture();
  await fixture.erase('settings', NOW);
  expect(await fixture.close('settings', NOW, fixture.ports(NOW, {}))).toEqual({ issued: [], waiting: 0 });
});

test('a closed entry is remembered as long as a snapshot may bring its subject back, and a margin; then it is forgotten, with its copies', async () => {
  const fixture = receiptFixture();
  await seeded(fixture);
  const requestId = await fixture.tell('feature-terminated', GONE, TERMINATED);
  for (const name of ['settings', 'rooms', 'settings'] as const) await run(fixture, name);
  const [memory, ledger] = [45 * DAY, fixture.ports(NOW).ledger];
  const count = async (): Promise<number> =>
    (await ledger.find({ category: fixture.categoryOf('settings').id }, 1)).total;
  await fixture.close('settings', NOW + memory);
  expect(await count()).toBe(1);
  await fixture.close('settings', NOW + memory + HOUR);
  expect(await count()).toBe(0);
  expect(await listed(fixture.archive, 'events')).toEqual([]);
  expect(await listed(fixture.archive, 'entries')).toEqual([]);
  // The receipt proves what was promised, as long as reports do.
  expect(await listed(fixture.archive, 'receipts')).toHaveLength(1);
  await theReceipt(fixture, requestId);
});
