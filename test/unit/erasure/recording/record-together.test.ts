import { describe, expect, test } from 'vitest';
import { proofsBy } from '../../../../lib/erasure/brakes/decisions.ts';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { withProof } from '../../../../lib/erasure/ledger/obligation-proof.ts';
import { CategoryVisit } from '../../../../lib/erasure/recording/category-visit.ts';
import { placesOf, recordAllEverywhere } from '../../../../lib/erasure/recording/record-everywhere.ts';
import { subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryEventLogs, inMemoryLedger } from '../../../support/in-memory/records/in-memory-ledger.ts';
import { terminationPolicy } from '../../../support/receipts/receipt-fixture.ts';
import fc from '../../../support/run/fast-check.ts';
import { propertyRuns } from '../../../support/run/property-runs.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const policy = parseRetentionPolicy(terminationPolicy('unit', ['settings', 'rooms']), 'test-policy.yml');
const MOST_PER_HOUR = 2;

/** Ledger and event logs in memory, how often each was asked, and how to record events in turn or at once. */
const world = () => {
  const [ledger, logs] = [inMemoryLedger(), inMemoryEventLogs()];
  const asked = { read: 0, write: 0, find: 0, keyIdsOfOpen: 0, keep: 0, arrived: 0 };
  const counted = <T extends object>(port: T): T =>
    Object.fromEntries(
      Object.entries(port).map(([name, method]) => [
        name,
        (...given: readonly unknown[]) => {
          if (name in asked) asked[name as keyof typeof asked] += 1;
          return method(...given);
        },
      ]),
    ) as T;
  const ports = {
    ledger: counted(ledger),
    events: (category: string) => counted(logs(category)),
    archiveEvent: async () => undefined,
    hashes: (subject: AccountEvent['subject']) => subjectHashes(subject, TEST_RING),
    withProof: (...[entry, before]: readonly [Parameters<typeof withProof>[0], Parameters<typeof withProof>[2]?]) =>
      withProof(entry, TEST_RING, before),
    proveConfirmation: proofsBy(TEST_RING.subject.keys),
    maxPerHour: MOST_PER_HOUR,
    clock: () => NOW,
  };
  const atOnce = async (events: readonly AccountEvent[]) =>
    recordAllEverywhere(
      events.map((event) => ({ event })),
      await placesOf(policy, ledger),
      ports,
      new CategoryVisit(),
    );
  const inTurn = async (events: readonly AccountEvent[]) => {
    const recorded = [];
    for (const event of events) recorded.push(...(await atOnce([event])));
    return recorded;
  };
  const state = () => ({
    entries: Object.fromEntries([...ledger.entries].map(([id, { entry }]) => [id, entry])),
    logs: ['settings-unit', 'rooms-unit'].map((id) => [
      Object.fromEntries(logs(id).kept),
      Object.fromEntries(logs(id).decided),
    ]),
  });
  return { atOnce, inTurn, state, asked, ledger };
};

const ended = (uin: number, more: Partial<AccountEvent> = {}): AccountEvent => ({
  requestId: `msg_${uin}`,
  type: 'account-deleted',
  subject: { uin: `${uin}` },
  at: NOW - DAY,
  immediate: false,
  source: 'webhook',
  arrivedAt: NOW,
  ...more,
});

const arbitraryEvents = fc
  .array(
    fc.record({
      type: fc.constantFrom('account-deleted', 'account-deleted', 'feature-terminated', 'account-reinstated'),
      // Most arrive within a minute of each other, as the clocks may differ by one.
      minutes: fc.oneof(
        fc.integer({ min: 0, max: 8 }).map((quarters) => quarters / 4),
        fc.integer({ min: 0, max: 130 }),
      ),
      source: fc.constantFrom('webhook', 'webhook', 'webhook', 'bus', 'person', undefined),
      days: fc.integer({ min: 0, max: 9 }),
    }),
    { maxLength: 14, size: 'max' },
  )
  .map((all) =>
    all
      .toSorted((a, b) => a.minutes - b.minutes)
      .map(({ type, minutes, source, days }, uin): AccountEvent => {
        const { source: _, ...event } = ended(uin, {
          type,
          at: NOW - days * DAY,
          arrivedAt: NOW + Math.round(minutes * MINUTE),
        });
        return source === undefined ? event : { ...event, source };
      }),
  );

describe('events that are recorded together', () => {
  test('leave the same ledger, logs and brakes as events that are recorded one by one', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents, fc.nat(14), async (events, known) => {
        const [one, all] = [world(), world()];
        for (const each of [one, all]) await each.inTurn(events.slice(0, known));
        const inTurn = await one.inTurn(events);
        expect(await all.atOnce(events)).toEqual(inTurn);
        expect(all.state()).toEqual(one.state());
      }),
      { numRuns: propertyRuns(60) },
    );
  });

  test('share requests, and are braked beyond the hourly limit in the order of arrival', async () => {
    const { atOnce, asked, ledger } = world();
    await atOnce(Array.from({ length: 10 }, (_, uin) => ended(uin)));
    // Once in each of two categories. Entries that are braked are written after the decision about them.
    expect(asked).toEqual({ read: 2, write: 4, find: 0, keyIdsOfOpen: 0, keep: 2, arrived: 2 });
    const states = [...ledger.entries.values()].flatMap(({ entry: { category, state, events } }) =>
      category === 'settings-unit' ? `${events[0]?.requestId} ${state}` : [],
    );
    expect(states.slice(0, MOST_PER_HOUR + 1)).toEqual(['msg_0 pending', 'msg_1 pending', 'msg_2 braked']);
  });

  test('need one search in each category for all entries that reinstatements cancel', async () => {
    const { atOnce, asked, ledger } = world();
    const uins = Array.from({ length: 50 }, (_, uin) => uin);
    await atOnce(uins.map((uin) => ended(uin, { source: 'person' })));
    const before = { ...asked };
    await atOnce(uins.map((uin) => ended(uin, { type: 'account-reinstated', at: NOW })));
    expect([...ledger.entries.values()].filter(({ entry }) => entry.state !== 'cancelled')).toEqual([]);
    expect([asked.find - before.find, asked.keyIdsOfOpen - before.keyIdsOfOpen]).toEqual([2, 2]);
  });
});
