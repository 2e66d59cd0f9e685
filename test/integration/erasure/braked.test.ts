import { expect, test } from 'vitest';
import { confirmErasures } from '../../../lib/erasure/due/braked-erasures.ts';
import type { EventSource } from '../../../lib/erasure/events/account-event.ts';
import { recordAccountEvent } from '../../../lib/erasure/recording/record-account-event.ts';
import { DAY, HOUR } from '../../../lib/policy/time/duration.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { type ErasureFixture, erasureFixture, TERMINATED } from '../../support/erasure-fixture.ts';
import { daysAgo, NOW, type PolicyChanges } from '../../support/purge-fixture.ts';

// What braked erasures must never do: lose a document before a person confirms them, drop an index on their behalf, or
// move a deadline.

const ACCOUNTS = 25;
const uinOf = (at: number): string => `${9_007_199_254_740_993n + BigInt(at)}`;

const documents = (accounts: number, prefix = 'd') =>
  Object.fromEntries(
    Array.from({ length: accounts }, (_, at) => [`${prefix}${at}`, { uin: uinOf(at), '@timestamp': daysAgo(30) }]),
  );

/** Ends the use of the first accounts, as messages do that arrive a second apart. */
const terminate = async (fixture: ErasureFixture, accounts: number, source: EventSource = 'webhook'): Promise<void> => {
  for (let at = 0; at < accounts; at++)
    await fixture.tell('account-deleted', { uin: uinOf(at) }, TERMINATED, {
      requestId: `msg_${at}`,
      source,
      arrivedAt: NOW - HOUR / 2 + at * 1_000,
    });
};

const states = async (fixture: ErasureFixture): Promise<Readonly<Record<string, number>>> => {
  const counted: Record<string, number> = {};
  for (const { state } of await fixture.entries()) counted[state] = (counted[state] ?? 0) + 1;
  return counted;
};

const confirmAll = async (fixture: ErasureFixture): Promise<number> => {
  const { entries } = await fixture.ledger.find({ category: fixture.category.id, states: ['braked'] }, 1_000);
  return (await confirmErasures(fixture.category.id, entries, fixture.recordPorts)).size;
};

const codes = ({ findings }: Report): readonly string[] => findings.map(({ code }) => code);

/** Enough for a run that closes what the one before it watches. */
const runTwice = async (fixture: ErasureFixture): Promise<Report> => {
  await fixture.runPurge();
  return fixture.runPurge({ clock: () => NOW + 1 });
};

test('twelve signed messages erase none of 25 accounts without a confirmation', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('a', documents(ACCOUNTS));
  await terminate(fixture, 12);
  const report = await fixture.runPurge();
  expect(report).toMatchObject({
    outcome: 'incomplete',
    kept: false,
    documentsRemoved: 0,
    erasures: { due: 12, erased: 0, open: 0, braked: 12 },
  });
  expect(codes(report)).toEqual(['erasures-braked']);
  expect(await states(fixture)).toEqual({ braked: 12 });
  expect(await fixture.left(index)).toHaveLength(ACCOUNTS);
  // The deadline stays where it was.
  for (const { obligation } of await fixture.entries()) expect(obligation?.eraseBy).toBe(TERMINATED + 7 * DAY);
  // Nor does any later run erase them.
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 0, erasures: { due: 0, braked: 0 } });

  expect(await confirmAll(fixture)).toBe(12);
  expect(await runTwice(fixture)).toMatchObject({ outcome: 'complete', kept: true, findings: [] });
  expect(await fixture.left(index)).toHaveLength(ACCOUNTS - 12);
  expect(await states(fixture)).toEqual({ erased: 12 });
});

const guarded = (guard: object): PolicyChanges => ({ category: { guard: { maxShare: 1, ...guard } } });

test('the same accounts as numbers and texts are not counted twice', async () => {
  const fixture = erasureFixture(guarded({ maxAccountShare: 0.1, minAccounts: 1 }));
  await fixture.createIndex('a', documents(20));
  await fixture.createIndex('b', documents(20), { properties: { uin: { type: 'long' } } });
  await terminate(fixture, 3);
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 0, erasures: { braked: 3 } });
});

test('of many simultaneous messages, no more than the limit pass', async () => {
  const fixture = erasureFixture();
  await fixture.createIndex('a', documents(ACCOUNTS));
  const ports = { ...fixture.recordPorts, maxPerHour: 3 };
  await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      recordAccountEvent(
        {
          requestId: `msg_${at}`,
          type: 'account-deleted',
          subject: { uin: uinOf(at) },
          at: TERMINATED,
          immediate: false,
          source: 'webhook',
          arrivedAt: NOW + (at % 7),
        },
        [fixture.category],
        ports,
      ),
    ),
  );
  const { pending = 0, braked = 0 } = await states(fixture);
  expect(pending + braked).toBe(20);
  expect(pending).toBeLessThanOrEqual(3);
});
