import { expect, test } from 'vitest';
import { recordTermination } from '../../../lib/erasure/record-termination.ts';
import type { Subject, TerminationEvent } from '../../../lib/erasure/termination-event.ts';
import { DAY } from '../../../lib/policy/duration.ts';
import { parseRetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import { inMemoryEventLog, inMemoryLedger } from '../../support/in-memory/in-memory-ledger.ts';
import { terminationPolicy } from '../../support/receipt-fixture.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const categories = [
  ...parseRetentionPolicy(terminationPolicy('unit', ['settings']), 'test-policy.yml').categories.values(),
];
const SUBJECT: Subject = { uin: '9007199254740993' };

const event = (type: TerminationEvent['type'], at: number): TerminationEvent => ({
  requestId: `msg_${type}`,
  type,
  subject: SUBJECT,
  at,
  immediate: false,
});

/** A ledger that functions with different rings write to: each names the versions it has, the current one first. */
const world = () => {
  const ledger = inMemoryLedger();
  const events = inMemoryEventLog();
  const copies: string[] = [];
  const tell = (heard: TerminationEvent, kids: readonly string[]) =>
    recordTermination(heard, categories, {
      ledger,
      events,
      archiveEvent: async (id) => void copies.push(id),
      hashes: ({ uin }) => kids.map((kid) => ({ kid, hash: `${kid} of ${uin}` })),
      withProof: (entry) => entry,
      clock: () => NOW,
    });
  const states = () =>
    [...ledger.entries.values()]
      .filter(({ entry }) => entry.trigger === 'account-deleted')
      .map(({ entry }) => [entry.subject.kid, entry.state]);
  return { tell, states, events, copies };
};

test('a reinstatement is refused, not lost, where a newer key owes erasures that this ring cannot see', async () => {
  const { tell, states, events, copies } = world();
  await tell(event('account-deleted', NOW - DAY), ['new', 'old']);
  await expect(tell(event('account-reinstated', NOW), ['old'])).rejects.toMatchObject({
    code: 'ring-too-old',
    message: expect.stringContaining('"new"'),
  });
  expect(states()).toEqual([['new', 'pending']]);
  expect([events.kept.size, copies.length]).toEqual([1, 1]);
  await tell(event('account-reinstated', NOW), ['new', 'old']);
  expect(states()).toEqual([['new', 'cancelled']]);
});

test('a reinstatement cancels what is owed under every version of the key', async () => {
  const { tell, states } = world();
  await tell(event('account-deleted', NOW - DAY), ['new']);
  await tell(event('account-deleted', NOW - DAY), ['old']);
  expect(states()).toEqual([
    ['new', 'pending'],
    ['old', 'pending'],
  ]);
  await tell(event('account-reinstated', NOW), ['new', 'old']);
  expect(states()).toEqual([
    ['new', 'cancelled'],
    ['old', 'cancelled'],
  ]);
});

test('a termination is recorded once, under the version of the key that it was recorded under before', async () => {
  const { tell, states } = world();
  await tell(event('account-deleted', NOW - DAY), ['old']);
  await tell(event('account-deleted', NOW - 2 * DAY), ['new', 'old']);
  expect(states()).toEqual([['old', 'pending']]);
});
