import { expect, test } from 'vitest';
import { TransientError } from '../../../lib/base/errors.ts';
import { newEntry } from '../../../lib/erasure/ledger/apply-event.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { type HousekeepingPorts, runHousekeeping } from '../../../lib/maintenance/housekeeping.ts';
import { DAY, MINUTE } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { inMemoryControls } from '../../support/in-memory/records/in-memory-controls.ts';
import { inMemoryEventLogs, inMemoryLedger } from '../../support/in-memory/records/in-memory-ledger.ts';
import { inMemoryReceipts } from '../../support/in-memory/records/in-memory-receipts.ts';
import { inMemoryReports } from '../../support/in-memory/records/in-memory-reports.ts';
import { examplePolicy as policy } from '../../support/policy/example-policy.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const NAMES = ['console-configuration', 'removed'];

/** What is let go, and how many days old it must be. */
const world = (more: Partial<HousekeepingPorts> = {}) => {
  const asked: [string, number][] = [];
  const ask = (what: string) => async (before: number) => {
    asked.push([what, (NOW - before) / DAY]);
    return 1;
  };
  const ports: HousekeepingPorts = {
    controls: inMemoryControls(),
    ledger: {
      find: async () => ({ entries: [], total: 0 }),
      removeOld: (_, before) => ask('entries')(before),
      oldestOwed: async () => undefined,
    },
    events: () => ({ about: async () => [], removeOld: ask('events') }),
    receipts: () => ({ removeOld: ask('receipts') }),
    reportStore: { removeOld: (_, before) => ask('reports')(before) },
    archive: async () => ({ removeOld: async (kind, before) => ({ removed: await ask(`copies of ${kind}`)(before) }) }),
    categories: async () => NAMES.slice(0, 1),
    hasEarlier: async () => false,
    serverTime: async () => NOW,
    clock: () => NOW,
    ...more,
  };
  return { ports, asked };
};

test('housekeeping removes each kind of record after its own period', async () => {
  const { ports, asked } = world();
  const done = await runHousekeeping(policy, ports, 'remove');
  expect(asked).toEqual([
    ['reports', 1095],
    ['receipts', 1095],
    ['entries', 45],
    ['events', 45],
    ['copies of events', 45],
    ['copies of entries', 45],
    ['copies of receipts', 1095],
    ['copies of manifests', 45],
    ['copies of statements', 1095],
  ]);
  expect(done.categories).toEqual([
    { category: 'console-configuration', removed: { reports: 1, receipts: 1, entries: 1, events: 1 } },
  ]);
});

test('housekeeping uses the earlier of two clocks that differ a little', async () => {
  const behind = (4 * MINUTE) / DAY;
  const { ports, asked } = world({ serverTime: async () => NOW - 4 * MINUTE });
  await runHousekeeping(policy, ports, 'remove');
  expect(asked.map(([, days]) => days)).toEqual(
    [1095, 1095, 45, 45, 45, 45, 1095, 45, 1095].map((days) => days + behind),
  );
});

test.each([
  ['ahead of the cluster’s', { serverTime: async () => NOW - 50 * DAY }, 'Set the clock'],
  ['behind the cluster’s', { serverTime: async () => NOW + 50 * DAY }, 'Set the clock'],
  ['that cannot be compared', { serverTime: async () => undefined }, 'Run node bin/es-retention.mjs setup'],
])('housekeeping removes nothing with a clock %s, and its error names the fix', async (_, more, fix) => {
  const { ports, asked } = world(more);
  await expect(runHousekeeping(policy, ports, 'remove')).rejects.toMatchObject({
    code: 'clock-skew',
    explanation: { fix: expect.stringContaining(fix) },
  });
  expect(asked).toEqual([]);
});

test('housekeeping removes nothing until the records of an earlier version are moved', async () => {
  const { ports, asked } = world({ hasEarlier: async () => true });
  await expect(runHousekeeping(policy, ports, 'remove')).rejects.toMatchObject({ code: 'not-moved' });
  expect(asked).toEqual([]);
});

test('housekeeping keeps all events from one day before the oldest open erasure on', async () => {
  const oldest = NOW - 60 * DAY;
  const { ports, asked } = world();
  const ledger = { ...ports.ledger, oldestOwed: async () => oldest };
  await runHousekeeping(policy, { ...ports, ledger }, 'remove');
  expect(asked).toContainEqual(['events', 61]);
});

test('housekeeping continues with the other categories if one of them fails', async () => {
  const { ports } = world({ categories: async () => NAMES });
  const failure = new TransientError('no-server', { expected: 'an answer', found: 'none', fix: 'A test.' });
  const reportStore: HousekeepingPorts['reportStore'] = {
    removeOld: async (category) => (category === NAMES[0] ? Promise.reject(failure) : 0),
  };
  const { categories } = await runHousekeeping(policy, { ...ports, reportStore }, 'remove');
  expect(categories).toMatchObject([{ failure: { code: 'no-server' } }, { removed: { entries: 1 } }]);
});

const entry = (state: LedgerEntry['state'], hash: string): LedgerEntry => ({
  ...newEntry('removed', 'account-deleted', { uin: '1' }, { kid: 'k', hash }),
  state,
  closedAt: NOW - 100 * DAY,
});

test('housekeeping never removes an open entry, and a dry run only counts', async () => {
  const [ledger, events, receipts, reportStore] = [
    inMemoryLedger(),
    inMemoryEventLogs(),
    inMemoryReceipts(),
    inMemoryReports(),
  ];
  await ledger.write([entry('erased', 'a'), entry('pending', 'b')].map((each) => ({ entry: each, read: undefined })));
  const issuedAt = isoInstant(NOW - 2_000 * DAY);
  await receipts('removed').keep([{ id: 'r', requestId: 'msg', issuedAt, jws: '', hash: '' }]);
  const { ports } = world({ ledger, events, receipts, reportStore, categories: async () => ['removed'] });
  const expected = [{ category: 'removed', removed: { reports: 0, entries: 1, events: 0, receipts: 1 } }];
  expect((await runHousekeeping(policy, ports, 'count')).categories).toEqual(expected);
  expect(ledger.entries.size).toBe(2);
  expect((await runHousekeeping(policy, ports, 'remove')).categories).toEqual(expected);
  expect([...ledger.entries.values()].map((read) => read.entry.state)).toEqual(['pending']);
  expect(await receipts('removed').read(['r'])).toEqual([]);
});
