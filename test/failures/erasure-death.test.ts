import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { verifyReceipt } from '../../lib/adapters/crypto/receipt-verifier.ts';
import type { PublishedEvent } from '../../lib/erasure/events/event-publisher.ts';
import { subjectCommitment } from '../../lib/erasure/subjects/subject-commitment.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { type Order, runUntilDeath } from '../support/purge/doomed-run.ts';
import { listed } from '../support/receipts/archive-worlds.ts';
import { type ReceiptFixture, receiptFixture } from '../support/receipts/receipt-fixture.ts';

const SCRIPT = fileURLToPath(new URL('../support/purge/purge-and-die.ts', import.meta.url));
/** The real clock: copies in a folder age by it. */
const NOW = Date.now();
const TERMINATED = NOW - 4 * DAY;
/** When the lease of a run that began at NOW has expired. */
const AFTER_LEASE = NOW + 3 * 60_000;
const GONE = { uin: '9007199254740993' };

const document = (uin: string) => ({ uin, sdkAppId: '1400100201', '@timestamp': isoInstant(TERMINATED - DAY) });

/** Three documents are owed, one of them in an index that is dropped whole. */
const owing = async (type: 'feature-terminated' | 'account-deleted') => {
  const fixture = receiptFixture(['settings']);
  const shared = await fixture.createIndex('settings-a', {
    a: document(GONE.uin),
    b: document(GONE.uin),
    stays: document('9007199254740992'),
  });
  await fixture.createIndex('settings-own', { c: document(GONE.uin) });
  const requestId = await fixture.tell(type, GONE, TERMINATED);
  return { fixture, shared, requestId };
};

const orderOf = (fixture: ReceiptFixture, death: Order['death']): Order => ({
  url: inject('elasticsearchUrl'),
  policy: fixture.terminationPolicy,
  now: NOW,
  death,
  environment: fixture.environment,
});

/** Erases and finishes the erasures, until nothing follows from the moment described. */
const eraseAndDie = (fixture: ReceiptFixture, death: Order['death']): Promise<void> =>
  runUntilDeath(orderOf(fixture, death), async (event) => void fixture.bus.heard.push(event));

/** The same in a process of its own, which is killed (SIGKILL). It takes a second longer. */
const eraseAndBeKilled = async (fixture: ReceiptFixture, death: Order['death']): Promise<void> => {
  const child = fork(SCRIPT, [], { serialization: 'advanced', execArgv: [] });
  child.on('message', (event) => fixture.bus.heard.push(event as PublishedEvent));
  child.send(orderOf(fixture, death));
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
};

const LEDGER = /-ledger\.[^/]*\/_bulk/;
const RECEIPTS = /-receipts\.[^/]*\/_bulk/;

/** Of this row the process is really killed. */
const KILLED = 'after the deletion';
/** What the ledger says after the death; and how often the bus is told in all. */
const DEATHS: readonly (readonly [string, Order['death'], string, number])[] = [
  ['before the erasure is written down', { line: LEDGER, when: 'before' }, 'pending', 1],
  ['after it is written down', { line: LEDGER, when: 'after' }, 'erasing', 1],
  ['after an index was dropped', { line: /^DELETE .*-settings-own/, when: 'after' }, 'erasing', 1],
  ['before the deletion', { line: /-settings-a\/_delete_by_query/, when: 'before' }, 'erasing', 1],
  [KILLED, { line: /-settings-a\/_delete_by_query/, when: 'after' }, 'erasing', 1],
  ['after the verification, before it is dated', { line: LEDGER, when: 'before', skip: 1 }, 'erasing', 1],
  ['after it is dated', { line: LEDGER, when: 'after', skip: 1 }, 'erased', 1],
  ['before the report is closed', { line: /reports\.[^/]*\/_create\/[^/]*\.closed/, when: 'before' }, 'erased', 1],
  ['after signing, before the receipt is kept', { line: RECEIPTS, when: 'before' }, 'erased', 1],
  ['after the receipt is kept', { line: RECEIPTS, when: 'after' }, 'erased', 1],
  ['after the receipt is copied', { copy: 'receipts', when: 'after' }, 'erased', 1],
  ['before the entry is copied', { copy: 'entries', when: 'before' }, 'erased', 1],
  ['after the entry is copied', { copy: 'entries', when: 'after' }, 'erased', 1],
  ['after the bus was told, before the entry is marked', { line: LEDGER, when: 'before', skip: 2 }, 'erased', 2],
  ['after the entry is marked', { line: LEDGER, when: 'after', skip: 2 }, 'erased', 1],
];

const finish = async (fixture: ReceiptFixture, now = AFTER_LEASE): Promise<void> => {
  await fixture.erase('settings', now);
  await fixture.close('settings', now);
};

test.each(DEATHS)(
  'after a crash %s, the next run finishes the erasure with exactly one correct receipt',
  async (name, death, state, told) => {
    const { fixture, shared, requestId } = await owing('feature-terminated');
    await (name === KILLED ? eraseAndBeKilled : eraseAndDie)(fixture, death);
    expect((await fixture.entryOf('settings')).state).toBe(state);

    await finish(fixture);
    expect(await fixture.left(shared)).toEqual(['stays']);
    const [kept, ...more] = await fixture.receiptsOf(requestId, 'settings');
    expect(more).toEqual([]);
    const { receipt } = await verifyReceipt(kept?.jws ?? '', fixture.publicKey);
    expect(receipt.categories).toMatchObject([
      { category: fixture.categoryOf('settings').id, outcome: 'erased', documentsErased: 3 },
    ]);
    const entry = await fixture.entryOf('settings');
    expect(entry).toMatchObject({ state: 'erased', closures: [{ receipt: kept?.id }] });
    expect(receipt.subject.commitment).toBe(subjectCommitment(GONE, fixture.openingIn(entry)));
    expect(JSON.stringify(entry)).not.toContain(GONE.uin);

    const { heard } = fixture.bus;
    expect(heard.map(({ detail }) => [detail.receiptId, detail.receiptHash])).toEqual(
      Array.from({ length: told }, () => [kept?.id, kept?.hash]),
    );
    expect(await listed(fixture.archive, 'receipts')).toEqual([{ id: kept?.id, content: { jws: kept?.jws } }]);
    expect(await listed(fixture.archive, 'entries')).toHaveLength(1);
  },
);

test('documents written after the crash for a deleted account are erased too', async () => {
  const { fixture, shared, requestId } = await owing('account-deleted');
  await eraseAndDie(fixture, { line: /-settings-a\/_delete_by_query/, when: 'after' });
  await fixture.add(shared, { late: document(GONE.uin) });
  await finish(fixture);
  expect(await fixture.left(shared)).toEqual(['stays']);
  expect((await fixture.entryOf('settings')).state).toBe('erasing');
  await finish(fixture, AFTER_LEASE + DAY / 24);
  const [kept, ...more] = await fixture.receiptsOf(requestId, 'settings');
  expect(more).toEqual([]);
  const { receipt } = await verifyReceipt(kept?.jws ?? '', fixture.publicKey);
  // Four were erased. Of the three that the dead run had counted one looks as if it were there: a lower bound.
  expect(receipt.categories).toMatchObject([{ outcome: 'erased', documentsErased: 3 }]);
});
