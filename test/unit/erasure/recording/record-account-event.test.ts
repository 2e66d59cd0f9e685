import { describe, expect, test } from 'vitest';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { CategoryVisit } from '../../../../lib/erasure/recording/category-visit.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import { placesOf, recordEverywhere } from '../../../../lib/erasure/recording/record-everywhere.ts';
import type { Subject } from '../../../../lib/erasure/subjects/subject.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../../lib/policy/retention-policy.ts';
import type { TerminationRule } from '../../../../lib/policy/rules/rules.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { inMemoryEventLogs, inMemoryLedger, NO_LIMITS } from '../../../support/in-memory/records/in-memory-ledger.ts';
import { terminationPolicy } from '../../../support/receipts/receipt-fixture.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const categories = [
  ...parseRetentionPolicy(terminationPolicy('unit', ['settings']), 'test-policy.yml').categories.values(),
];
const SUBJECT: Subject = { uin: '9007199254740993' };

const event = (type: AccountEvent['type'], at: number): AccountEvent => ({
  requestId: `msg_${type}`,
  type,
  subject: SUBJECT,
  at,
  immediate: false,
});

/** A ledger that functions with different rings write to: each names the versions it has, the current one first. */
const world = () => {
  const ledger = inMemoryLedger();
  const events = inMemoryEventLogs();
  const copies: string[] = [];
  /** As a person's command does, unless it is told to reach its own categories alone. */
  const tell = async (
    heard: AccountEvent,
    keyIds: readonly string[],
    by: readonly Category[] = categories,
    isEverywhere = true,
  ) => {
    const ports = {
      ledger,
      events,
      archiveEvent: async (id: string) => void copies.push(id),
      hashes: ({ uin, sdkAppId }: Subject) =>
        keyIds.map((kid) => ({ kid, hash: `${kid} of ${[uin, sdkAppId].join('')}` })),
      ...NO_LIMITS,
      withProof: (entry: LedgerEntry) =>
        entry.obligation === undefined ? entry : { ...entry, obligation: { ...entry.obligation, proof: 'proof' } },
      clock: () => NOW,
    };
    if (!isEverywhere) return recordAccountEvent(heard, by, ports);
    const policy = { categories: new Map(by.map((each) => [each.id, each])) };
    return recordEverywhere(heard, await placesOf(policy, ledger), ports, new CategoryVisit());
  };
  const states = () =>
    [...ledger.entries.values()]
      .filter(({ entry }) => entry.trigger === 'account-deleted')
      .map(({ entry }) => [entry.subject.kid, entry.state]);
  /** How many events the logs of these categories hold, each once. */
  const kept = (...ids: readonly string[]) => new Set(ids.flatMap((id) => [...events(id).kept.keys()])).size;
  return { tell, states, ledger, kept, copies };
};

test('a reinstatement is recorded but fails if an entry under a newer key owes an erasure', async () => {
  const { tell, states, kept, copies } = world();
  await tell(event('account-deleted', NOW - DAY), ['new', 'old']);
  await expect(tell(event('account-reinstated', NOW), ['old'], categories, false)).rejects.toMatchObject({
    code: 'ring-too-old',
    message: expect.stringContaining('"new"'),
  });
  expect(states()).toContainEqual(['new', 'pending']);
  expect([kept('settings-unit'), copies.length]).toEqual([2, 2]);
  await tell(event('account-reinstated', NOW), ['new', 'old']);
  expect(states()).toContainEqual(['new', 'cancelled']);
});

test('a reinstatement cancels the erasures that are owed under every key version', async () => {
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

test('a second termination is added to the entry under the earlier key version', async () => {
  const { tell, states } = world();
  await tell(event('account-deleted', NOW - DAY), ['old']);
  await tell(event('account-deleted', NOW - 2 * DAY), ['new', 'old']);
  expect(states()).toEqual([['old', 'pending']]);
});

describe('a reinstatement', () => {
  const [of] = categories;
  const withRules = (rules: Category['rules'], id = 'other'): Category => ({ ...(of as Category), id, rules });
  const owed = async (other: Category) => {
    const made = world();
    await made.tell(event('account-deleted', NOW - DAY), ['k'], [other]);
    return made;
  };
  const ACCOUNTS = withRules({
    termination: { ...(of?.rules.termination as TerminationRule), triggers: ['account-deleted'] },
  });

  test.each([
    ['a command that is about another category too', categories],
    [
      'a category whose rule has another trigger by now',
      [withRules({ termination: { ...(of?.rules.termination as TerminationRule), triggers: ['feature-terminated'] } })],
    ],
    ['a category without a rule', [withRules({})]],
    ['a command whose policy has no such category', []],
  ] as const)('cancels open entries when it is recorded by %s', async (_, heardBy) => {
    const { tell, ledger, kept, copies } = await owed(ACCOUNTS);
    const { cancelled } = await tell(event('account-reinstated', NOW), ['k'], heardBy);
    expect(cancelled.map(({ category }) => category)).toEqual(['other']);
    const entry = ledger.entries.get('other/account-deleted/k/k of 9007199254740993')?.entry;
    expect(entry).toMatchObject({ state: 'cancelled', closedAt: NOW });
    expect(entry).not.toHaveProperty('uin');
    expect([kept('other'), copies.length]).toEqual([2, 2]);
    expect((await tell(event('account-reinstated', NOW), ['k'], heardBy)).cancelled).toEqual([]);
  });

  test('that a function records does not cancel entries of another category', async () => {
    const { tell, ledger } = await owed(ACCOUNTS);
    await tell(event('account-reinstated', NOW), ['k'], categories, false);
    expect(ledger.entries.get('other/account-deleted/k/k of 9007199254740993')?.entry.state).toBe('pending');
    // Of its own category it reaches all, whatever the rule says by now.
    const { cancelled } = await tell(event('account-reinstated', NOW), ['k'], [withRules({})], false);
    expect(cancelled).toHaveLength(1);
  });

  test('keeps what a later termination owes, and creates no entry', async () => {
    const { tell, ledger } = await owed(ACCOUNTS);
    await tell(event('account-deleted', NOW - DAY / 2), ['k'], [ACCOUNTS]);
    const before = ledger.entries.size;
    await tell(event('account-reinstated', NOW - (DAY / 4) * 3), ['k'], [withRules({}, 'third')]);
    expect(ledger.entries.size).toBe(before);
    const entry = ledger.entries.get('other/account-deleted/k/k of 9007199254740993')?.entry;
    const { deadline, cancelWindow } = ACCOUNTS.rules.termination as TerminationRule;
    expect(entry).toMatchObject({
      state: 'pending',
      obligation: {
        terminatedAt: NOW - DAY / 2,
        eraseFrom: NOW - DAY / 2 + cancelWindow.milliseconds,
        eraseBy: NOW - DAY / 2 + deadline.milliseconds,
      },
    });
    expect(entry?.obligation).not.toHaveProperty('proof');
  });

  test('of one scope or account does not affect others', async () => {
    const { tell, ledger } = await owed(ACCOUNTS);
    const return_ = event('account-reinstated', NOW);
    await tell({ ...return_, subject: { uin: '9007199254740992' } }, ['k'], []);
    await tell({ ...return_, subject: { ...SUBJECT, sdkAppId: '5' } }, ['k'], []);
    expect([...ledger.entries.values()].map(({ entry }) => entry.state)).toEqual(['pending']);
  });

  test('that matches no trigger is recorded only if a category has a termination rule', async () => {
    const { tell, kept } = world();
    const app = { ...event('account-reinstated', NOW), subject: { ...SUBJECT, sdkAppId: '5' } };
    expect((await tell(app, ['k'], [withRules({})])).isNew).toBe(false);
    expect(kept('settings-unit', 'other')).toBe(0);
    expect(await tell(app, ['k'], [ACCOUNTS])).toEqual({ isNew: true, entries: [], cancelled: [] });
    expect(kept('settings-unit', 'other')).toBe(1);
  });
});
