import { beforeEach, describe, expect, test } from 'vitest';
import { InputError } from '../../../../lib/base/errors.ts';
import { LedgerWitness } from '../../../../lib/erasure/consistency/ledger-witness.ts';
import { mayHideReinstatement, type Witnesses } from '../../../../lib/erasure/consistency/witnesses.ts';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { eventId } from '../../../../lib/erasure/events/event-id.ts';
import { CategoryVisit } from '../../../../lib/erasure/recording/category-visit.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import type { RetentionPolicy } from '../../../../lib/policy/retention-policy.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import {
  inMemoryEventLogs,
  inMemoryLedger,
  NO_COPIES,
  NO_LIMITS,
} from '../../../support/in-memory/records/in-memory-ledger.ts';
import { policyWith } from '../../../support/policy/policy-text.ts';

const NOW = Date.parse('2026-11-24T14:00:00Z');
const ruleOf = (triggers: string): string =>
  `rules: { termination: { triggers: [${triggers}], deadline: P7D, cancelWindow: P3D } }`;
const BOTH = ruleOf('feature-terminated, account-deleted');
const policyOf = (rule: string, name = 'settings'): RetentionPolicy =>
  parseRetentionPolicy(policyWith('rules: {}', rule).replace('settings:', `${name}:`), 'policy.yml');
const POLICY = policyOf(BOTH);

let ledger: ReturnType<typeof inMemoryLedger>;
let events: ReturnType<typeof inMemoryEventLogs>;
let archived: string[];
beforeEach(() => {
  [ledger, events, archived] = [inMemoryLedger(), inMemoryEventLogs(), []];
});

const tell = (type: AccountEvent['type'], at = NOW - DAY, keyIds = ['k1'], policy = POLICY) =>
  recordAccountEvent(
    { requestId: 'msg_1', type, subject: { uin: '42' }, at, immediate: false },
    [...policy.categories.values()],
    {
      ledger,
      events,
      archiveEvent: async (id) => void archived.push(id),
      hashes: () => keyIds.map((kid) => ({ kid, hash: `of-${kid}` })),
      withProof: (entry) => entry,
      ...NO_LIMITS,
      clock: () => NOW,
    },
  );
const noKeys = async () => {
  throw new InputError('no-keys', { expected: 'keys', found: 'none', fix: 'Make some.' });
};
const loseEntries = async () => {
  await ledger.remove([...ledger.entries.values()]);
};
const witness = (policy: RetentionPolicy, more: Partial<Witnesses> = {}) =>
  new LedgerWitness(policy, {
    ledger,
    events,
    archivedEvents: NO_COPIES,
    subjectKeys: noKeys,
    wait: async () => undefined,
    ...more,
  });
const found = (policy = POLICY, more: Partial<Witnesses> = {}, now = NOW) =>
  witness(policy, more).findings([...policy.categories.values()], now);
const archive = {
  archivedEvents: async function* () {
    yield* archived;
  },
};
const codes = async (...given: Parameters<typeof found>) =>
  (await found(...given)).map(({ code, subjects }) => [code, subjects]);

test('nothing is reported if every event has its entry, and every copy its event', async () => {
  await tell('account-deleted');
  await tell('feature-terminated', NOW + 300 * DAY);
  await tell('account-reinstated', NOW);
  expect(await found(POLICY, archive)).toEqual([]);
});

describe('an event without an entry', () => {
  test.each(['account-deleted', 'feature-terminated', 'account-reinstated'] as const)(
    'is reported: %s',
    async (type) => {
      await tell(type);
      await loseEntries();
      expect(await codes()).toEqual([['forgotten-events', 1]]);
    },
  );

  test('is not reported for a trigger that the rule does not have', async () => {
    const policy = policyOf(ruleOf('feature-terminated'));
    await tell('account-deleted');
    await loseEntries();
    expect(await codes(policy)).toEqual([]);
  });

  test('is reported in a new category too', async () => {
    await tell('account-deleted', NOW - DAY, ['k1'], POLICY);
    await events('other').keep([...events('settings').kept.values()]);
    expect(await codes(policyOf(BOTH, 'other'))).toEqual([['forgotten-events', 1]]);
  });

  test('is not reported if its entry is under an older key version', async () => {
    await tell('account-deleted', NOW - 2 * DAY, ['old']);
    await tell('account-deleted', NOW - DAY, ['new', 'old']);
    expect(ledger.entries.size).toBe(1);
    expect(await codes()).toEqual([]);
    await loseEntries();
    expect(await codes()).toEqual([['forgotten-events', 2]]);
  });

  test('of an earlier version is not reported after a key rotation', async () => {
    const at = NOW - DAY;
    const keep = (kid: string) => {
      const event = { type: 'account-deleted', kid, hash: 'h', immediate: false } as const;
      const dated = { at: isoInstant(at), heardAt: isoInstant(at), requestId: 'm' };
      return events('settings').keep([{ ...event, ...dated, id: eventId(event, { ...event, at }) }]);
    };
    await keep('new');
    expect(await codes()).toEqual([['forgotten-events', 1]]);
    await keep('old');
    expect(await codes()).toEqual([]);
  });

  test("is not reported after the ledger's memory has passed", async () => {
    await tell('account-deleted', NOW - 40 * DAY);
    await loseEntries();
    expect(await codes(POLICY, {}, NOW + 3 * DAY)).toEqual([['forgotten-events', 1]]);
    expect(await codes(POLICY, {}, NOW + 5 * DAY)).toEqual([]);
  });

  test('is not reported if it is a reinstatement with a future date', async () => {
    await tell('account-reinstated', NOW + 300 * DAY);
    await loseEntries();
    expect(await codes()).toEqual([]);
  });
});

describe('an open entry without a rule', () => {
  test("is reported with the category's old name and how to rename it", async () => {
    await tell('account-deleted');
    const policy = policyOf(BOTH, 'console');
    // A run of another category does not look for it: a person's commands do.
    expect(await found(policy)).toEqual([]);
    const [finding] = await witness(policy).orphans(NOW, new CategoryVisit());
    expect(finding).toMatchObject({
      code: 'orphaned-erasures',
      severity: 'blocking',
      subjects: 1,
      found: '1 open in "settings", which the policy does not know',
      fix: expect.stringContaining('node bin/es-retention.mjs replay --renamed settings=<new name>'),
    });
  });

  test('is reported if its category has lost its termination rule', async () => {
    await tell('account-deleted');
    const [finding, ...more] = await found(policyOf('rules: {}'));
    expect(finding).toMatchObject({ found: '1 open in "settings", which has no termination rule' });
    expect(more).toEqual([]);
  });

  test('is not reported by another category that has no termination rule', async () => {
    await tell('account-deleted');
    const policy = policyOf('rules: {}', 'console');
    expect(await codes(policy)).toEqual([]);
  });

  test('is not reported after a reinstatement has closed it', async () => {
    await tell('account-deleted');
    await tell('account-reinstated', NOW);
    expect(await codes(policyOf('rules: {}'))).toEqual([]);
  });
});

describe('records of an earlier version', () => {
  test('are reported for each category until they are moved', async () => {
    const earlier = { earlier: { notMoved: async () => 2 } };
    for (const policy of [POLICY, policyOf('rules: {}')])
      expect(await codes(policy, earlier)).toEqual([...policy.categories].map(() => ['not-moved', 2]));
  });
});

describe('the comparison with the archive', () => {
  test('reports an archived event that the event log lacks', async () => {
    await tell('account-deleted');
    archived.push('never-heard-of');
    expect(await codes(POLICY, archive)).toEqual([['forgotten-copies', 1]]);
  });

  const failing = async function* (): AsyncGenerator<string> {
    yield* [];
    throw new InputError('archive-refused', { expected: 'a', found: 'b', fix: 'c' });
  };
  const unset = { archivedEvents: undefined } as unknown as Partial<Witnesses>;

  test('reports an archive that does not answer, as it may hide a reinstatement', async () => {
    const findings = await found(POLICY, { archivedEvents: failing });
    expect(findings).toMatchObject([
      { code: 'forgotten-copies', severity: 'blocking', found: expect.stringContaining('archive-refused') },
    ]);
    expect(mayHideReinstatement(findings)).toBe(true);
  });

  test('reports a missing archive if events were recorded, as it may hide a reinstatement', async () => {
    expect(await found(POLICY, unset)).toEqual([]);
    await tell('account-deleted');
    const findings = await found(POLICY, unset);
    expect(findings).toMatchObject([
      { code: 'forgotten-copies', severity: 'blocking', fix: expect.stringContaining('Set RETENTION_ARCHIVE') },
    ]);
    expect(mayHideReinstatement(findings)).toBe(true);
    for (const { id } of [...events('settings').kept.values()]) await events('settings').remove([id]);
    expect((await found(POLICY, unset)).map(({ code }) => code)).toContain('forgotten-copies');
    expect(await found(policyOf('rules: {}', 'console'), unset)).toEqual([]);
  });

  test('reports copies that arrived since the plan, and an archive that does not answer', async () => {
    expect(await witness(POLICY, archive).arrived('settings', NOW)).toEqual([]);
    archived.push('never-heard-of');
    expect(await witness(POLICY, archive).arrived('settings', NOW)).toMatchObject([{ subjects: 1 }]);
    expect(await witness(POLICY, { archivedEvents: failing }).arrived('settings', NOW)).toMatchObject([
      { code: 'forgotten-copies' },
    ]);
  });
});
