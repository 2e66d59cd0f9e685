import { beforeEach, describe, expect, test } from 'vitest';
import { LedgerWitness } from '../../../../lib/erasure/consistency/ledger-witness.ts';
import { restoreLedger } from '../../../../lib/erasure/consistency/replay-ledger.ts';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { isOpen, type LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { withProof } from '../../../../lib/erasure/ledger/obligation-proof.ts';
import { CategoryVisit } from '../../../../lib/erasure/recording/category-visit.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import type { RecordPorts } from '../../../../lib/erasure/recording/record-ports.ts';
import { readEntry } from '../../../../lib/erasure/stored/read-entry.ts';
import { subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import type { RetentionPolicy } from '../../../../lib/policy/retention-policy.ts';
import type { TerminationRule } from '../../../../lib/policy/rules/rules.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { newRing, ringOf } from '../../../support/erasure/key-ring-text.ts';
import {
  inMemoryEventLogs,
  inMemoryLedger,
  NO_COPIES,
  NO_LIMITS,
} from '../../../support/in-memory/records/in-memory-ledger.ts';
import { policyWith } from '../../../support/policy/policy-text.ts';

const NOW = Date.parse('2026-11-24T14:00:00Z');
const policyOf = (deadline: string, cancelWindow: string): RetentionPolicy => {
  const triggers = 'triggers: [feature-terminated, account-deleted]';
  const rule = `rules: { termination: { ${triggers}, deadline: ${deadline}, cancelWindow: ${cancelWindow} } }`;
  return parseRetentionPolicy(policyWith('rules: {}', rule), 'policy.yml');
};
const POLICY = policyOf('P7D', 'P3D');
const UIN = '9007199254740993';
const RING_JSON = newRing();
const RING = ringOf(RING_JSON);
/** After the version `old` was destroyed. */
const SMALLER = ringOf({ ...RING_JSON, subject: { current: 'new', keys: { new: RING_JSON.subject.keys.new } } });
/** Before a rotation. */
const OLDER = ringOf({ ...RING_JSON, subject: { ...RING_JSON.subject, current: 'old' } });

let ledger: ReturnType<typeof inMemoryLedger>;
let events: ReturnType<typeof inMemoryEventLogs>;
let waits: number[];
let read: { since: number };
beforeEach(() => {
  [ledger, events, waits, read] = [inMemoryLedger(), inMemoryEventLogs(), [], { since: 0 }];
});

const recordPorts = (ring = RING): RecordPorts => ({
  ledger,
  events,
  archiveEvent: async () => undefined,
  hashes: (subject) => subjectHashes(subject, ring),
  withProof: (entry, before) => withProof(entry, ring, before),
  ...NO_LIMITS,
  clock: () => NOW - DAY,
});
const event = (type: AccountEvent['type'], daysAgo: number, uin = UIN): AccountEvent => ({
  requestId: `msg_${daysAgo}`,
  type,
  subject: { uin },
  at: NOW - daysAgo * DAY,
  immediate: false,
});
const tell = (type: AccountEvent['type'], daysAgo = 4, ring = RING, policy = POLICY) =>
  recordAccountEvent(event(type, daysAgo), [...policy.categories.values()], recordPorts(ring));
const ruleOf = ({ categories }: RetentionPolicy) => categories.get('settings')?.rules.termination as TerminationRule;
const witnessOf = (ring = RING, policy = POLICY, wait: () => unknown = () => undefined) =>
  new LedgerWitness(policy, {
    ledger,
    events: (category) => ({
      ...events(category),
      since: async (...given) => {
        read.since += 1;
        return events(category).since(...given);
      },
    }),
    archivedEvents: NO_COPIES,
    subjectKeys: async () => ring,
    wait: async (milliseconds) => {
      waits.push(milliseconds);
      await wait();
    },
  });
const findings = async (ring = RING, policy = POLICY, now = NOW) =>
  (await witnessOf(ring, policy).findings([...policy.categories.values()], now)).map(({ code, found }) => [
    code,
    found,
  ]);
/** Which entries would be erased for. */
const believed = async (ring = RING, policy = POLICY) => {
  const entries = [...ledger.entries.values()].filter(({ entry }) => isOpen(entry));
  return (await witnessOf(ring, policy).judge('settings', ruleOf(policy), entries, NOW)).believed.length;
};
const edit = async (change: (entry: LedgerEntry) => object) => {
  const [entry] = [...ledger.entries.values()];
  if (entry) await ledger.write([{ entry: readEntry(change(entry.entry), entry.entry.id), read: entry }]);
};
const restore = (archived: readonly AccountEvent[] = [], ring = RING) =>
  restoreLedger(
    archived.map((each) => ({ id: each.requestId, event: each })),
    new Set(),
    {
      ...recordPorts(ring),
      policy: POLICY,
      witness: witnessOf(ring),
      visit: new CategoryVisit(),
      closuresOf: async () => new Map(),
    },
  );

const owing = (entry: LedgerEntry, change: object) => ({ ...entry, obligation: { ...entry.obligation, ...change } });
const closure = {
  state: 'erased',
  progress: { documentsErased: 1, newUse: 0, indices: 1 },
  commitment: '',
  metUnder: {},
};
const EDITS: readonly (readonly [string, (entry: LedgerEntry) => object])[] = [
  ['another account', (entry) => ({ ...entry, uin: '8' })],
  ['its account as a number', (entry) => ({ ...entry, uin: 8 })],
  ['no account', ({ uin: _, ...entry }) => entry],
  ['an application', (entry) => ({ ...entry, sdkAppId: '1', scope: 'application' })],
  ['another scope', (entry) => ({ ...entry, scope: 'application' })],
  ['cancelled', (entry) => ({ ...entry, state: 'cancelled' })],
  ['erased without a closure', (entry) => ({ ...entry, state: 'erased' })],
  ['done through', (entry) => ({ ...entry, doneThrough: NOW })],
  [
    'a closure of somebody else',
    (entry) => ({
      ...entry,
      state: 'erased',
      doneThrough: NOW,
      closures: [
        { ...closure, obligation: entry.obligation, closedAt: NOW, opening: { kid: 'new', sealed: 'A'.repeat(99) } },
      ],
    }),
  ],
  ['sooner', (entry) => owing(entry, { eraseFrom: 1 })],
  ['later', (entry) => owing(entry, { eraseFrom: NOW + 99 * DAY })],
  ['a later deadline', (entry) => owing(entry, { eraseBy: NOW + 99 * DAY })],
  ['immediate', (entry) => owing(entry, { immediate: true })],
  ['an earlier end', (entry) => owing(entry, { terminatedAt: NOW - 5 * DAY })],
  ['no obligation', ({ obligation: _, ...entry }) => entry],
  ['another kind', (entry) => ({ ...entry, trigger: 'feature-terminated' })],
  ['another category', (entry) => ({ ...entry, category: 'other' })],
  ['another hash', (entry) => ({ ...entry, subject: { ...entry.subject, hash: 'h' } })],
  ['no subject', ({ subject: _, ...entry }) => entry],
  ['no events', ({ events: _, ...entry }) => entry],
  ['no closures', ({ closures: _, ...entry }) => entry],
];

describe('an entry', () => {
  test('that was never edited is believed, whatever its events', async () => {
    await tell('account-deleted', 4);
    await tell('feature-terminated', 3);
    await tell('account-deleted', 2);
    await tell('feature-terminated', -30);
    expect(await believed()).toBe(2);
    await tell('account-reinstated', 1);
    expect(await findings()).toEqual([]);
    expect(waits).toEqual([]);
  });

  test.each(EDITS)('is not believed after an edit, and replay rebuilds it from its events: %s', async (_, change) => {
    await tell('account-deleted');
    const [before] = [...ledger.entries.values()];
    await edit(change);
    expect(await findings()).toContainEqual(['altered-entry', expect.stringMatching(/^1 .*nothing is erased/)]);
    const [edited] = [...ledger.entries.values()];
    if (edited?.entry.state === 'pending') expect(await believed()).toBe(0);
    expect(await restore([event('account-deleted', 4)])).toMatchObject({ entries: 1, notRestored: 0 });
    expect(await findings()).toEqual([]);
    expect(await believed()).toBe(1);
    const [after] = [...ledger.entries.values()];
    expect(after?.entry).toMatchObject({ ...before?.entry, events: [{ type: 'account-deleted', at: NOW - 4 * DAY }] });
  });

  test('is not believed if it was reopened by hand after a reinstatement', async () => {
    await tell('account-deleted');
    const [before] = [...ledger.entries.values()];
    await tell('account-reinstated', 1);
    await edit(() => ({ ...before?.entry }));
    expect(await believed()).toBe(0);
    await restore();
    const [restored] = [...ledger.entries.values()];
    expect([restored?.entry.state, restored?.entry.uin]).toEqual(['cancelled', undefined]);
    expect(await findings()).toEqual([]);
  });

  test('is not believed without its event, and is restored only from an archived copy', async () => {
    await tell('account-deleted');
    await events('settings').remove([...events('settings').kept.keys()]);
    const finding = ['altered-entry', expect.stringContaining('differing from its hash, its proof or its events')];
    expect(await findings()).toMatchObject([finding]);
    expect(await restore()).toMatchObject({ entries: 0, notRestored: 1 });
    expect(await restore([event('account-deleted', 4)])).toMatchObject({ entries: 1, notRestored: 0 });
  });

  test('is neither believed nor restored if no record names its account', async () => {
    await tell('account-deleted');
    await edit((entry) => ({ ...entry, uin: '8' }));
    expect(await restore()).toMatchObject({ entries: 0, notRestored: 1 });
    expect(await believed()).toBe(0);
  });

  test('is believed under other periods of the policy, but not without its proof', async () => {
    await tell('account-deleted');
    for (const policy of [policyOf('P5D', 'P1D'), policyOf('P9D', 'P4D')]) expect(await believed(RING, policy)).toBe(1);
    for (const proof of [undefined, 'x']) {
      await edit((entry) => owing(entry, { proof }));
      expect(await believed()).toBe(0);
    }
    expect(await restore([event('account-deleted', 4)])).toMatchObject({ entries: 1, notRestored: 0 });
    expect(await believed()).toBe(1);
  });

  test('under an older key version is believed, before and after newer events', async () => {
    await tell('account-deleted', 4, OLDER);
    expect(await believed()).toBe(1);
    await tell('account-deleted', 3);
    expect(ledger.entries.size).toBe(1);
    expect(await findings()).toEqual([]);
    await tell('account-reinstated', 2);
    expect(await findings()).toEqual([]);
  });

  test('is not believed under a destroyed key version while it owes an erasure', async () => {
    await tell('account-deleted', 4, OLDER);
    expect(await findings(SMALLER)).toMatchObject([
      ['altered-entry', expect.stringContaining('the key ring has not got')],
    ]);
    expect(await believed(SMALLER)).toBe(0);
    expect((await restore([], SMALLER)).underLostKeys).toHaveLength(1);
    await tell('account-reinstated', 2);
    expect(await findings(SMALLER)).toEqual([]);
  });

  test("older than the ledger's memory is believed while its event is kept", async () => {
    await tell('account-deleted', 60);
    expect(await believed()).toBe(1);
    expect(await findings()).toEqual([]);
  });
});

describe('a comparison of ledger and events', () => {
  test('reads the events once, however many ask for it', async () => {
    await tell('account-deleted');
    const witness = witnessOf();
    const categories = [...POLICY.categories.values()];
    for (let at = 0; at < 3; at += 1) await witness.findings(categories, NOW);
    expect(read.since).toBe(1);
  });

  test('waits two seconds for the entry of a new event', async () => {
    const [lost] = (await tell('account-deleted')).entries;
    await ledger.remove([...ledger.entries.values()]);
    const write = () => ledger.write([{ entry: lost as LedgerEntry, read: undefined }]);
    const young = NOW - DAY + 1_000;
    expect(await witnessOf(RING, POLICY, write).findings([...POLICY.categories.values()], young)).toEqual([]);
    expect(waits).toEqual([2_000]);
  });

  test('waits two seconds for an entry to follow a second event, and then believes it', async () => {
    await tell('account-deleted');
    const [before] = [...ledger.entries.values()];
    const after = (await tell('account-reinstated', 2)).entries.find(({ trigger }) => trigger === 'account-deleted');
    await edit(() => ({ ...before?.entry }));
    const young = NOW - DAY + 1_000;
    const witness = witnessOf(RING, POLICY, () => edit(() => ({ ...after })));
    expect(await witness.findings([...POLICY.categories.values()], young)).toEqual([]);
    expect(waits).toEqual([2_000]);
  });

  test('does not wait for a missing entry if its event is older', async () => {
    await tell('account-deleted');
    await ledger.remove([...ledger.entries.values()]);
    expect(await findings()).toMatchObject([['forgotten-events', expect.anything()]]);
    expect(waits).toEqual([]);
  });
});
