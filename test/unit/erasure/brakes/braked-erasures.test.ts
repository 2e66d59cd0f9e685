import { expect, test } from 'vitest';
import { confirmErasures } from '../../../../lib/erasure/brakes/braked-erasures.ts';
import { brakeOn, confirmationOf } from '../../../../lib/erasure/brakes/decisions.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import { HOUR } from '../../../../lib/policy/time/duration.ts';
import {
  codesOf,
  confirmAll,
  documentsOf,
  runTwice,
  states,
  terminate,
  uinOf,
} from '../../../support/erasure/erasing-cases.ts';
import { TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { erasureInMemory } from '../../../support/in-memory/erasure-in-memory.ts';
import { daysAgo, NOW, type PolicyChanges } from '../../../support/purge/purge-fixture.ts';

// What braked erasures must never do: lose a document before a person confirms them, drop an index on their behalf, or
// move a deadline.

const ACCOUNTS = 25;

const guarded = (guard: object): PolicyChanges => ({ category: { guard: { maxShare: 1, ...guard } } });

test('a run erases up to the minimum number of accounts, whatever their share', async () => {
  const fixture = erasureInMemory();
  const index = await fixture.createIndex('a', documentsOf(ACCOUNTS));
  await terminate(fixture, 10);
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 10, erasures: { due: 10, braked: 0 } });
  expect(await fixture.left(index)).toHaveLength(ACCOUNTS - 10);
});

test.each([
  ['a keyword', 'keyword', 40, 1],
  ['a number', 'long', 40, 1],
  ['a keyword', 'keyword', 20, 0],
] as const)(
  'the share is computed from all accounts of an index whose account field is %s (%#)',
  async (_, uin, accounts, removed) => {
    const fixture = erasureInMemory(guarded({ maxAccountShare: 0.1, minAccounts: 1 }));
    await fixture.createIndex('a', documentsOf(accounts), uin);
    await terminate(fixture, 3);
    const { documentsRemoved } = await fixture.runPurge();
    expect(documentsRemoved > 0).toBe(removed > 0);
  },
);

test('an index with only documents of braked accounts is not dropped', async () => {
  const fixture = erasureInMemory();
  const index = await fixture.createIndex('a', documentsOf(12));
  await fixture.createIndex('b', { other: { uin: '1', '@timestamp': daysAgo(30) } });
  await terminate(fixture, 12);
  expect(await fixture.runPurge()).toMatchObject({ indicesDropped: 0, documentsRemoved: 0 });
  expect(await fixture.left(index)).toHaveLength(12);
});

test('documents of braked accounts expire like all others', async () => {
  const rules = {
    age: { maxAge: 'P14D', allowedLateness: 'PT1H' },
    termination: { triggers: ['account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' },
  };
  const fixture = erasureInMemory({ category: { records: 'dated', schedule: 'rate(15 minutes)', rules } });
  const young = Object.fromEntries(
    Object.entries(documentsOf(ACCOUNTS, 'young')).map(([id, document]) => [
      id,
      { ...document, '@timestamp': daysAgo(5) },
    ]),
  );
  const index = await fixture.createIndex('a', { ...documentsOf(ACCOUNTS), ...young });
  await terminate(fixture, 12);
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: ACCOUNTS, erasures: { braked: 12 } });
  expect(await fixture.left(index)).toHaveLength(ACCOUNTS);
});

test.each<[string, PolicyChanges, { readonly dryRun?: boolean }]>([
  ['a run in observe mode', { mode: 'observe' }, {}],
  ['a dry run', {}, { dryRun: true }],
])('%s reports erasures that would be braked, and changes no entry', async (_, changes, options) => {
  const fixture = erasureInMemory(changes);
  const index = await fixture.createIndex('a', documentsOf(ACCOUNTS));
  await terminate(fixture, 12);
  const report = await fixture.runPurge(options);
  expect(await fixture.left(index)).toHaveLength(ACCOUNTS);
  expect(codesOf(report)).toEqual(['erasures-braked']);
  expect(report.planned.due).toBe(0);
  expect(await states(fixture)).toEqual({ pending: 12 });
});

test('editing the ledger does not release a braked erasure', async () => {
  const fixture = erasureInMemory();
  const index = await fixture.createIndex('a', documentsOf(ACCOUNTS));
  await terminate(fixture, 12);
  await fixture.runPurge();
  const { entries } = await fixture.ledger.find({ category: fixture.category.id }, 1);
  for (const read of entries) await fixture.ledger.write([{ entry: { ...read.entry, state: 'pending' }, read }]);
  expect(await states(fixture)).toEqual({ braked: 11, pending: 1 });
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 0, erasures: { due: 1, braked: 1 } });
  expect(await states(fixture)).toEqual({ braked: 12 });
  expect(await fixture.left(index)).toHaveLength(ACCOUNTS);
});

test('a confirmation that was written without the subject key is ignored', async () => {
  const fixture = erasureInMemory();
  await fixture.createIndex('a', documentsOf(ACCOUNTS));
  await terminate(fixture, 12);
  await fixture.runPurge();
  const { entries } = await fixture.ledger.find({ category: fixture.category.id, states: ['braked'] }, 100);
  const forger = { ...fixture.recordPorts, proveConfirmation: () => 'A'.repeat(43) };
  expect((await confirmErasures(fixture.category.id, entries, forger)).size).toBe(12);
  expect(await states(fixture)).toEqual({ pending: 12 });
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 0, erasures: { braked: 12 } });
});

test('forged decisions neither release a brake nor prevent a real confirmation', async () => {
  const fixture = erasureInMemory();
  const { category, ledger, recordPorts } = fixture;
  const index = await fixture.createIndex('a', documentsOf(ACCOUNTS));
  await terminate(fixture, 12);
  const log = recordPorts.events(category.id);
  const guess = () => 'A'.repeat(43);
  const planted = (await fixture.entries()).flatMap((entry) => {
    const [brake, confirmation] = [brakeOn(entry, 'share', guess, NOW), confirmationOf(entry, guess, NOW)];
    return brake === undefined || confirmation === undefined
      ? []
      : [{ ...brake, at: '2016-01-01T00:00:00.000Z' }, confirmation];
  });
  expect(planted).toHaveLength(24);
  await log.decide(planted);
  await fixture.runPurge();
  const { entries } = await ledger.find({ category: category.id, states: ['braked'] }, 100);
  expect(entries).toHaveLength(12);
  // One at a time, so that no share is exceeded.
  const [first] = entries;
  if (first !== undefined) await ledger.write([{ entry: { ...first.entry, state: 'pending' }, read: first }]);
  await fixture.runPurge();
  expect(await states(fixture)).toEqual({ braked: 12 });
  expect(await fixture.left(index)).toHaveLength(ACCOUNTS);

  expect(await confirmAll(fixture)).toBe(12);
  await runTwice(fixture, NOW);
  expect(await fixture.left(index)).toHaveLength(ACCOUNTS - 12);
});

test('a termination above the hourly limit is braked at once, and counted once', async () => {
  const fixture = erasureInMemory();
  const ports = { ...fixture.recordPorts, maxPerHour: 3 };
  const send = (at: number, more: object = {}) =>
    recordAccountEvent(
      {
        requestId: `msg_${at}`,
        type: 'account-deleted',
        subject: { uin: uinOf(at) },
        at: TERMINATED,
        immediate: false,
        source: 'webhook',
        arrivedAt: NOW + at,
        ...more,
      },
      [fixture.category],
      ports,
    );
  const stateOf = async (at: number, more: object = {}) => (await send(at, more)).entries.map(({ state }) => state);
  for (const at of [0, 1, 1, 1, 2]) expect(await stateOf(at)).toEqual(['pending']);
  expect(await stateOf(3)).toEqual(['braked']);
  expect(await stateOf(3)).toEqual(['braked']);
  // Another source has an hour of its own, and a later hour is another.
  expect(await stateOf(4, { source: 'bus' })).toEqual(['pending']);
  expect(await stateOf(5, { arrivedAt: NOW + 2 * HOUR })).toEqual(['pending']);
  // Nor is a return held up, or what a person says.
  expect(await stateOf(3, { type: 'account-reinstated' })).toEqual(['cancelled', 'cancelled']);
  expect(await stateOf(6, { source: 'person' })).toEqual(['pending']);
});
