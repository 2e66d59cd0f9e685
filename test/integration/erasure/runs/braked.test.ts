import { expect, test } from 'vitest';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import {
  codesOf,
  confirmAll,
  documentsOf,
  runTwice,
  states,
  terminate,
  uinOf,
} from '../../../support/erasure/erasing-cases.ts';
import { erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { NOW, type PolicyChanges } from '../../../support/purge/purge-fixture.ts';

// What braked erasures must never do: lose a document before a person confirms them, drop an index on their behalf, or
// move a deadline.

const ACCOUNTS = 25;

test('twelve signed messages erase none of 25 accounts without a confirmation', async () => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('a', documentsOf(ACCOUNTS));
  await terminate(fixture, 12);
  const report = await fixture.runPurge();
  expect(report).toMatchObject({
    outcome: 'incomplete',
    kept: false,
    documentsRemoved: 0,
    erasures: { due: 12, erased: 0, open: 0, braked: 12 },
  });
  expect(codesOf(report)).toEqual(['erasures-braked']);
  expect(await states(fixture)).toEqual({ braked: 12 });
  expect(await fixture.left(index)).toHaveLength(ACCOUNTS);
  // The deadline stays where it was.
  for (const { obligation } of await fixture.entries()) expect(obligation?.eraseBy).toBe(TERMINATED + 7 * DAY);
  // Nor does any later run erase them.
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 0, erasures: { due: 0, braked: 0 } });

  expect(await confirmAll(fixture)).toBe(12);
  expect(await runTwice(fixture, NOW)).toMatchObject({ outcome: 'complete', kept: true, findings: [] });
  expect(await fixture.left(index)).toHaveLength(ACCOUNTS - 12);
  expect(await states(fixture)).toEqual({ erased: 12 });
});

const guarded = (guard: object): PolicyChanges => ({ category: { guard: { maxShare: 1, ...guard } } });

test('accounts that are numbers in one index and texts in another are counted only once', async () => {
  const fixture = erasureFixture(guarded({ maxAccountShare: 0.1, minAccounts: 1 }));
  await fixture.createIndex('a', documentsOf(20));
  await fixture.createIndex('b', documentsOf(20), { properties: { uin: { type: 'long' } } });
  await terminate(fixture, 3);
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 0, erasures: { braked: 3 } });
});

test('of many simultaneous messages, those beyond the limit are braked', async () => {
  const fixture = erasureFixture();
  await fixture.createIndex('a', documentsOf(ACCOUNTS));
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
