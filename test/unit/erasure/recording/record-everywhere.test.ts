import { describe, expect, test } from 'vitest';
import { TransientError } from '../../../../lib/base/errors.ts';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import type { Ledger } from '../../../../lib/erasure/ledger/ledger.ts';
import { categoryOfEntry, type LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { CategoryVisit } from '../../../../lib/erasure/recording/category-visit.ts';
import { placesOf, recordEverywhere } from '../../../../lib/erasure/recording/record-everywhere.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { inMemoryEventLogs, inMemoryLedger, NO_LIMITS } from '../../../support/in-memory/records/in-memory-ledger.ts';
import { terminationPolicy } from '../../../support/receipts/receipt-fixture.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const policy = parseRetentionPolicy(terminationPolicy('unit', ['settings', 'rooms']), 'test-policy.yml');
const [SETTINGS, ROOMS] = ['settings-unit', 'rooms-unit'] as const;

const event = (type: AccountEvent['type'], at: number): AccountEvent => ({
  requestId: `msg_${type}`,
  type,
  subject: { uin: '9007199254740993' },
  at,
  immediate: false,
});

const closed = (): Error => new TransientError('closed', { expected: 'a ledger', found: 'none', fix: 'Open it.' });

/** A ledger of two categories, of which one can be broken, and whoever records with these versions of the key. */
const world = () => {
  const [ledger, events] = [inMemoryLedger(), inMemoryEventLogs()];
  const broken = new Map<string, () => Error>();
  const copies: string[] = [];
  const asserting = (category: string): void => {
    const error = broken.get(category);
    if (error !== undefined) throw error();
  };
  const guarded: Ledger = {
    ...ledger,
    read: async (ids) => {
      ids.map(categoryOfEntry).forEach(asserting);
      return ledger.read(ids);
    },
    keyIdsOfOpen: async (category) => {
      asserting(category);
      return ledger.keyIdsOfOpen(category);
    },
  };
  const tell = async (heard: AccountEvent, keyIds: readonly string[] = ['k'], visit = new CategoryVisit()) => {
    const ports = {
      ledger: guarded,
      events,
      archiveEvent: async (id: string) => void copies.push(id),
      hashes: () => keyIds.map((kid) => ({ kid, hash: `${kid}-hash` })),
      ...NO_LIMITS,
      withProof: (entry: LedgerEntry) => entry,
      clock: () => NOW,
    };
    const recorded = await recordEverywhere(heard, await placesOf(policy, ledger), ports, visit);
    return { ...recorded, unreached: visit.unreached.map(({ category }) => category) };
  };
  const states = () =>
    [...ledger.entries.values()]
      .filter(({ entry }) => entry.trigger === 'account-deleted')
      .map(({ entry }) => [entry.category, entry.state]);
  return { tell, states, broken, copies, events, ledger };
};

test('a ledger that fails does not stop the others, and a repeated event completes it', async () => {
  const { tell, states, broken, copies, events } = world();
  broken.set(ROOMS, closed);
  expect(await tell(event('account-deleted', NOW - DAY))).toMatchObject({ isNew: true, unreached: [ROOMS] });
  expect([states(), copies.length]).toEqual([[[SETTINGS, 'pending']], 1]);
  expect(await tell(event('account-reinstated', NOW))).toMatchObject({ unreached: [ROOMS] });
  // A return that stands there keeps the category from being erased.
  expect(events(ROOMS).kept.size).toBe(2);
  broken.clear();
  expect(await tell(event('account-deleted', NOW - DAY))).toMatchObject({ isNew: true, unreached: [] });
  await tell(event('account-reinstated', NOW));
  expect(states()).toEqual([
    [SETTINGS, 'cancelled'],
    [ROOMS, 'cancelled'],
  ]);
});

test('a reinstatement is recorded, and each category that it could not reach is reported', async () => {
  const { tell, states, broken, copies, events } = world();
  await tell(event('account-deleted', NOW - DAY), ['new', 'old']);
  broken.set(ROOMS, closed);
  const visit = new CategoryVisit();
  await tell(event('account-reinstated', NOW), ['old'], visit);
  expect(visit.unreached).toMatchObject([
    { category: ROOMS, error: { code: 'closed' } },
    { category: SETTINGS, error: { code: 'ring-too-old' }, isDoubted: true },
  ]);
  expect(states()).toContainEqual([SETTINGS, 'pending']);
  expect([copies.length, events(SETTINGS).kept.size]).toEqual([2, 2]);
});

describe('a planted entry under an unknown key', () => {
  const UIN = '9007199254740993';
  const planted = async (id: string, named: { readonly uin?: string } = { uin: UIN }) => {
    const made = world();
    await made.tell(event('account-deleted', NOW - DAY));
    const { uin: _, ...entry } = [...made.ledger.entries.values()].map((read) => read.entry)[0] as LedgerEntry;
    const category = categoryOfEntry(id);
    const subject = { kid: 'stolen', hash: 'AAAA' };
    await made.ledger.write([{ entry: { ...entry, ...named, id, category, subject }, read: undefined }]);
    return made;
  };

  test('does not stop a reinstatement, and is reported in its own category', async () => {
    const { tell, states, events } = await planted(`${ROOMS}/account-deleted/stolen/AAAA`);
    const visit = new CategoryVisit();
    for (const minutes of [2, 1]) await tell(event('account-reinstated', NOW - minutes), ['k'], visit);
    expect(visit.unreached).toMatchObject([{ category: ROOMS, error: { code: 'ring-too-old' } }]);
    expect(states().map(([category, state]) => `${category} ${state}`)).toEqual([
      `${SETTINGS} cancelled`,
      `${ROOMS} cancelled`,
      `${ROOMS} pending`,
    ]);
    expect(events(ROOMS).kept.size).toBe(3);
  });

  test.each([
    ['it names another account', `${ROOMS}/account-deleted/stolen/AAAA`, '1006'],
    ['its id names no trigger', `${ROOMS}/bogus/stolen/AAAA`, UIN],
    ['its id is no id of an entry', `${ROOMS}/stolen`, UIN],
    ['its id names a key of the ring', `${ROOMS}/account-deleted/k/AAAA`, UIN],
  ])('is not reported if %s', async (_, id, uin) => {
    const { tell } = await planted(id, { uin });
    expect(await tell(event('account-reinstated', NOW))).toMatchObject({ unreached: [] });
  });

  test('is reported if it names nobody', async () => {
    const { tell } = await planted(`${ROOMS}/account-deleted/stolen/AAAA`, {});
    expect(await tell(event('account-reinstated', NOW))).toMatchObject({ unreached: [ROOMS] });
  });
});

test('a category that failed is not read again, and an unexpected error is thrown', async () => {
  const { tell, broken } = world();
  let asked = 0;
  broken.set(ROOMS, () => {
    asked += 1;
    return closed();
  });
  const visit = new CategoryVisit();
  for (const days of [3, 2, 1]) await tell(event('account-deleted', NOW - days * DAY), ['k'], visit);
  expect([asked, visit.unreached.length]).toEqual([1, 1]);
  broken.set(ROOMS, () => new TypeError('a fault of ours'));
  await expect(tell(event('account-deleted', NOW))).rejects.toThrow('a fault of ours');
});
