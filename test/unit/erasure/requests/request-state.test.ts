import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import { isDone, requestStates } from '../../../../lib/erasure/requests/request-state.ts';
import { subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import { NO_BRAKE, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { erasureInMemory } from '../../../support/in-memory/erasure-in-memory.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';

// Never: an erasure that is owed, or may be owed, and that the account system is told is done.

const UIN = '9007199254740993';
const WINDOW = 3 * DAY;
const DEADLINE = 7 * DAY;

const world = (changes: object = {}) => {
  const fixture = erasureInMemory({ category: { guard: NO_BRAKE, ...changes } });
  const { category, ledger, recordPorts, tell } = fixture;
  const records = { ledger, events: recordPorts.events };
  const stateOf = async (requestId: string, now = NOW, categories: readonly (typeof category)[] = [category]) => {
    const states = await requestStates(requestId, categories, records, now);
    expect(JSON.stringify(states ?? [])).not.toContain(UIN);
    return states?.map(({ category: _, ...state }) => state);
  };
  const change = async (how: (entry: LedgerEntry) => LedgerEntry): Promise<void> => {
    const { entries } = await ledger.find({ category: category.id }, 10);
    await ledger.write(entries.map((read) => ({ entry: how(read.entry), read })));
  };
  return {
    ...fixture,
    records,
    stateOf,
    change,
    /** Two runs, which find nothing of the account. */
    close: async () => {
      await fixture.createIndex('a', { other: { uin: '2' } });
      await fixture.runPurge();
      await fixture.runPurge({ clock: () => NOW + HOUR });
    },
    deleted: (requestId: string, at = TERMINATED) => tell('account-deleted', { uin: UIN }, at, { requestId }),
    reinstated: (requestId: string, at: number) => tell('account-reinstated', { uin: UIN }, at, { requestId }),
  };
};

const pending = (at = TERMINATED, overdue = false) => ({
  type: 'account-deleted',
  state: 'pending',
  eraseFrom: at + WINDOW,
  eraseBy: at + DEADLINE,
  overdue,
});

test('a request that nobody recorded has no state', async () => {
  const { stateOf, deleted } = world();
  expect(await stateOf('msg_1')).toBeUndefined();
  await deleted('msg_1');
  expect(await stateOf('msg_2')).toBeUndefined();
  expect(await stateOf('msg_1', NOW, [])).toBeUndefined();
});

test('a termination is pending, overdue after its deadline, watched, and then erased', async () => {
  const { stateOf, deleted, createIndex, runPurge } = world();
  await createIndex('a', { mine: { uin: UIN }, other: { uin: '2' } });
  await deleted('msg_1');
  expect(await stateOf('msg_1')).toEqual([pending()]);
  expect(await stateOf('msg_1', TERMINATED + DEADLINE + 1)).toEqual([pending(TERMINATED, true)]);
  await runPurge();
  expect(await stateOf('msg_1')).toEqual([{ ...pending(), state: 'erasing' }]);
  await runPurge({ clock: () => NOW + HOUR });
  expect(await stateOf('msg_1')).toEqual([{ type: 'account-deleted', state: 'erased', closedAt: NOW + HOUR }]);
});

test('a closed erasure names its receipt, and stays erased after a reinstatement', async () => {
  const { stateOf, deleted, reinstated, close, change } = world();
  await deleted('msg_1');
  await close();
  await change((entry) => ({ ...entry, closures: entry.closures.map((each) => ({ ...each, receipt: 'a receipt' })) }));
  await reinstated('msg_2', NOW + 2 * HOUR);
  const closed = { type: 'account-deleted', state: 'nothing-found', closedAt: NOW, receipt: 'a receipt' };
  expect(await stateOf('msg_1')).toEqual([closed]);
  expect(await stateOf('msg_2')).toEqual([{ type: 'account-reinstated', state: 'recorded' }]);
});

test('a reinstatement cancels the earlier request, and a new termination is owed', async () => {
  const { stateOf, deleted, reinstated } = world();
  await deleted('msg_1');
  await reinstated('msg_2', TERMINATED + HOUR);
  expect(await stateOf('msg_1')).toEqual([{ type: 'account-deleted', state: 'cancelled', closedAt: NOW }]);
  await deleted('msg_3', TERMINATED + 2 * HOUR);
  expect(await stateOf('msg_1')).toEqual([{ type: 'account-deleted', state: 'cancelled' }]);
  expect(await stateOf('msg_3')).toEqual([pending(TERMINATED + 2 * HOUR)]);
});

test('a second termination of the same account has the state and deadline of the first', async () => {
  const { stateOf, deleted } = world();
  await deleted('msg_1');
  await deleted('msg_2', TERMINATED + DAY);
  expect(await stateOf('msg_2')).toEqual([pending()]);
});

test('a late message about an earlier termination has the state of the finished erasure', async () => {
  const { stateOf, deleted, close } = world();
  await deleted('msg_1');
  await close();
  await deleted('msg_0', TERMINATED - HOUR);
  expect(await stateOf('msg_0')).toEqual([{ type: 'account-deleted', state: 'nothing-found', closedAt: NOW }]);
});

test('an erasure that is owed again, because its data returned, is not done', async () => {
  const { stateOf, deleted, close, change } = world();
  await deleted('msg_1');
  await close();
  expect(await stateOf('msg_1')).toEqual([{ type: 'account-deleted', state: 'nothing-found', closedAt: NOW }]);
  await change((entry) => ({
    ...entry,
    state: 'pending',
    closures: entry.closures.map((each) => ({ ...each, reopenedAt: NOW + DAY })),
  }));
  expect(await stateOf('msg_1')).toEqual([pending()]);
});

test.each(['braked', 'held'] as const)('a %s erasure is shown with its state and deadline', async (state) => {
  const { stateOf, deleted, change } = world();
  await deleted('msg_1');
  await change((entry) => ({ ...entry, state }));
  expect(await stateOf('msg_1')).toEqual([{ ...pending(), state }]);
  // A hold suspends the deadline. A brake does not.
  const late = TERMINATED + DEADLINE + 1;
  expect(await stateOf('msg_1', late)).toEqual([{ ...pending(TERMINATED, state === 'braked'), state }]);
});

test('a state that the records do not show is unknown, and not done', async () => {
  const { stateOf, deleted, ledger, change, category, records } = world();
  const unknown = [{ type: 'account-deleted', state: 'unknown' }];
  await deleted('msg_1');
  const elsewhere = { ...category, id: 'elsewhere' };
  expect(await stateOf('msg_1', NOW, [category, elsewhere])).toEqual([pending(), ...unknown]);
  await change((entry) => ({ ...entry, state: 'malformed' }));
  expect(await stateOf('msg_1')).toEqual(unknown);
  await ledger.remove((await ledger.find({ category: category.id }, 1)).entries);
  expect(await stateOf('msg_1')).toEqual(unknown);
  expect(isDone((await requestStates('msg_1', [category], records, NOW)) ?? [])).toBe(false);
});

test('an edited event gives its request no state', async () => {
  const { stateOf, deleted, recordPorts, category } = world();
  await deleted('msg_1');
  const log = recordPorts.events(category.id);
  const [event] = await log.ofRequest('msg_1');
  expect(event).toBeDefined();
  await log.restore(event === undefined ? [] : [{ ...event, type: 'account-reinstated' }]);
  expect(await stateOf('msg_1')).toBeUndefined();
});

test('a category without a rule has no state, and one whose rule does not react has "recorded"', async () => {
  const told = async ({ tell, stateOf, category }: ReturnType<typeof world>) => {
    await tell('feature-terminated', { uin: UIN, sdkAppId: '14' }, TERMINATED, { requestId: 'msg_1' });
    return stateOf('msg_1', NOW, [category, { ...category, id: 'ruleless', rules: {} }]);
  };
  expect(await told(world())).toEqual([{ ...pending(), type: 'feature-terminated' }]);
  const termination = { triggers: ['account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' };
  expect(await told(world({ rules: { termination } }))).toEqual([{ type: 'feature-terminated', state: 'recorded' }]);
});

test('an entry is found under the key version with which it was made', async () => {
  const { deleted, stateOf, recordPorts, category } = world();
  await deleted('msg_1');
  const newer = {
    current: 'newer',
    keys: new Map([...TEST_RING.subject.keys, ['newer', createSecretKey(Buffer.alloc(32, 7))]]),
  };
  const hashes: typeof recordPorts.hashes = (subject) => subjectHashes(subject, { ...TEST_RING, subject: newer });
  const event = {
    requestId: 'msg_2',
    type: 'account-deleted',
    subject: { uin: UIN },
    at: NOW,
    immediate: false,
  } as const;
  await recordAccountEvent(event, [category], { ...recordPorts, hashes });
  expect(await stateOf('msg_2')).toEqual([pending()]);
});

test.each([
  ['pending', false],
  ['erasing', false],
  ['braked', false],
  ['held', false],
  ['unknown', false],
  ['erased', true],
  ['nothing-found', true],
  ['cancelled', true],
  ['recorded', true],
] as const)('a request that is %s in one category is done: %s', (state, done) => {
  const of = (each: typeof state) => ({ category: 'a', type: 'account-deleted', state: each }) as const;
  expect(isDone([of('erased'), of(state)])).toBe(done);
});
