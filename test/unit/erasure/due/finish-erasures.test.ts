import { expect, test } from 'vitest';
import { InputError } from '../../../../lib/base/errors.ts';
import { type FinishPorts, finishErasures } from '../../../../lib/erasure/due/finish-erasures.ts';
import type { PublishedEvent } from '../../../../lib/erasure/events/event-publisher.ts';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { Ledger } from '../../../../lib/erasure/ledger/ledger.ts';
import type { Closure, LedgerEntry, Obligation } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { withProof } from '../../../../lib/erasure/ledger/obligation-proof.ts';
import { type SubjectHash, subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import type { Category, RetentionPolicy } from '../../../../lib/policy/retention-policy.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryEventLogs, inMemoryLedger } from '../../../support/in-memory/records/in-memory-ledger.ts';
import { examplePolicy as policy } from '../../../support/policy/example-policy.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const enforcing: RetentionPolicy = { ...policy, mode: 'enforce' };
const category = policy.categories.get('console-configuration') as Category;
const ruleless: Category = { ...category, rules: {} };
const cluster = { uuid: 'u', name: 'n', version: '9.4.3' };

const KEYS = { events: inMemoryEventLogs(), subjectKeys: async () => TEST_RING };
const firstHash = (uin: string) => subjectHashes({ uin }, TEST_RING)[0] as SubjectHash;

const overdue = (uin: string): LedgerEntry => withProof(unproven(uin), TEST_RING);

const unproven = (uin: string): LedgerEntry => ({
  ...newEntry(category.id, 'account-deleted', { uin }, firstHash(uin)),
  uin,
  state: 'pending',
  obligation: {
    requestId: `msg_${uin}`,
    heardAt: NOW - 8 * DAY,
    terminatedAt: NOW - 8 * DAY,
    eraseFrom: NOW - 5 * DAY,
    eraseBy: NOW - DAY,
    immediate: false,
  },
});

const CLOSURE = {
  state: 'erased',
  closedAt: NOW - DAY,
  commitment: 'c',
  progress: { documentsErased: 1, claimed: 1, newUse: 0, indices: 1 },
  metUnder: { policyVersion: 'v', promise: {} as Closure['metUnder']['promise'], patterns: [] },
} as const;

/** A bus that notes what it is told, where nothing is to be proved. */
const publishing = (ledger: Ledger) => {
  const heard: PublishedEvent[] = [];
  const ports: FinishPorts = {
    ledger,
    ...KEYS,
    hasEvidence: false,
    publisher: () => ({ publish: async (event: PublishedEvent) => void heard.push(event) }),
    openEvidence: () => Promise.reject(new Error('nothing is to be proved')),
  };
  return { ports, heard };
};

test('a braked erasure that is overdue is published after a run', async () => {
  const ledger = inMemoryLedger();
  await ledger.write([{ entry: { ...overdue('1'), state: 'braked' }, read: undefined }]);
  const { ports, heard } = publishing(ledger);
  await finishErasures({ category, policy: enforcing, cluster }, ports, NOW);
  expect(heard.map(({ detail }) => detail.requestId)).toEqual(['msg_1']);
});

test("after a run, no request id is published that the entry's proof does not cover", async () => {
  const ledger = inMemoryLedger();
  await ledger.write([{ entry: unproven('1'), read: undefined }]);
  const { ports, heard } = publishing(ledger);
  await finishErasures({ category, policy: enforcing, cluster }, ports, NOW);
  expect(heard.map(({ detail }) => detail.requestId)).toEqual(['']);
});

test('each overdue erasure is published exactly once, even if the time of a run is up', async () => {
  const ledger = inMemoryLedger();
  const uins = Array.from({ length: 1_050 }, (_, at) => `${at}`);
  await ledger.write(uins.map((uin) => ({ entry: overdue(uin), read: undefined })));
  const { ports, heard } = publishing(ledger);
  await finishErasures({ category, policy: enforcing, cluster }, ports, NOW, { hasTime: () => heard.length < 1 });
  expect(heard).toHaveLength(20);
  await finishErasures({ category, policy: enforcing, cluster }, ports, NOW);
  expect(heard.map(({ detail }) => detail.requestId).sort()).toEqual(uins.map((uin) => `msg_${uin}`).sort());
});

/** A ledger with one entry as an earlier version closed it, and the ports around it. The bus must hear nothing. */
const earlierReports = async () => {
  const ledger = inMemoryLedger();
  const { obligation, ...rest } = overdue('1');
  const closure = { ...CLOSURE, obligation: obligation as Obligation, receipt: 'r', opening: 'A'.repeat(43) };
  await ledger.write([{ entry: { ...rest, state: 'erased', closures: [closure] }, read: undefined }]);
  await ledger.write([{ entry: overdue('2'), read: undefined }]);
  const sealer = async () => (opening: string) => ({ kid: 'k', sealed: `sealed ${opening}` });
  const openEvidence = async () => ({ sealer }) as unknown as Awaited<ReturnType<FinishPorts['openEvidence']>>;
  const publisher = () => ({ publish: () => Promise.reject(new Error('the bus is told')) });
  const ports: FinishPorts = { ledger, ...KEYS, hasEvidence: true, publisher, openEvidence };
  const openings = () =>
    [...ledger.entries.values()].flatMap(({ entry }) => entry.closures.map(({ opening }) => opening));
  return { ports, openings };
};

test.each([
  ['that only observes', { category, policy }],
  ['whose rule was removed', { category: ruleless, policy: enforcing }],
])('a category %s seals openings of an earlier version, and publishes nothing', async (_, of) => {
  const { ports, openings } = await earlierReports();
  expect(await finishErasures({ ...of, cluster }, ports, NOW)).toEqual({ issued: 0, left: 0 });
  expect(openings()).toEqual([{ kid: 'k', sealed: `sealed ${'A'.repeat(43)}` }]);
});

test('finishing erasures without keys seals nothing and does not fail', async () => {
  const { ports, openings } = await earlierReports();
  const none = { ...ports, hasEvidence: false, openEvidence: () => Promise.reject(new Error('no keys')) };
  expect(await finishErasures({ category, policy, cluster }, none, NOW)).toEqual({ issued: 0, left: 0 });
  expect(openings()).toEqual(['A'.repeat(43)]);
});

test('a key that may not read the ledger fails only in a category with a termination rule', async () => {
  const { ports } = await earlierReports();
  const forbidden = new InputError('missing-privilege', { expected: 'e', found: 'f', fix: 'w' });
  const blind = { ...ports, ledger: { ...ports.ledger, find: () => Promise.reject(forbidden) } };
  expect(await finishErasures({ category: ruleless, policy, cluster }, blind, NOW)).toEqual({ issued: 0, left: 0 });
  await expect(finishErasures({ category, policy, cluster }, blind, NOW)).rejects.toBe(forbidden);
});

test('an overdue erasure is published even behind hundreds of malformed entries', async () => {
  const ledger = inMemoryLedger();
  const odd = Array.from({ length: 600 }, (_, at) => overdue(`${at}`)).map(({ obligation, ...entry }) => ({
    ...entry,
    state: 'malformed' as const,
    obligation: { ...(obligation as Obligation), eraseBy: 1 },
  }));
  await ledger.write([...odd, overdue('owed')].map((entry) => ({ entry, read: undefined })));
  // A search goes by what the index made of a document: it finds the malformed among the others.
  const find: Ledger['find'] = ({ states: _, ...query }, ...given) => ledger.find(query, ...given);
  const heard: PublishedEvent[] = [];
  const ports = {
    ledger: { ...ledger, find },
    ...KEYS,
    hasEvidence: false,
    publisher: () => ({ publish: async (event: PublishedEvent) => void heard.push(event) }),
    openEvidence: () => Promise.reject(new Error('nothing is to be proved')),
  };
  await finishErasures({ category, policy: enforcing, cluster }, ports, NOW);
  expect(heard.map(({ detail }) => detail.requestId)).toEqual(['msg_owed']);
});

test('the next run publishes only the event that the bus refused', async () => {
  const ledger = inMemoryLedger();
  await ledger.write(['1', '2', '3'].map((uin) => ({ entry: overdue(uin), read: undefined })));
  const { ports, heard } = publishing(ledger);
  const publish = async (event: PublishedEvent) => {
    if (event.detail.requestId === 'msg_2') throw new Error('the bus is full');
    heard.push(event);
  };
  const run = (finishing: FinishPorts) => finishErasures({ category, policy: enforcing, cluster }, finishing, NOW);
  await expect(run({ ...ports, publisher: () => ({ publish }) })).rejects.toThrow('the bus is full');
  expect(heard.map(({ detail }) => detail.requestId).sort()).toEqual(['msg_1', 'msg_3']);
  await run(ports);
  expect(heard.map(({ detail }) => detail.requestId).sort()).toEqual(['msg_1', 'msg_2', 'msg_3']);
});

test('a run without a bus publishes nothing, and a later run with a bus does', async () => {
  const ledger = inMemoryLedger();
  await ledger.write([{ entry: overdue('1'), read: undefined }]);
  const { ports, heard } = publishing(ledger);
  const context = { category, policy: enforcing, cluster };
  await finishErasures(context, { ...ports, publisher: () => undefined }, NOW);
  expect(heard).toEqual([]);
  await finishErasures(context, ports, NOW);
  expect(heard).toHaveLength(1);
});

test('an unexpected error of the ledger is not mistaken for a missing privilege', async () => {
  const { ports } = await earlierReports();
  const broken = { ...ports, ledger: { ...ports.ledger, find: () => Promise.reject(new Error('a bug')) } };
  await expect(finishErasures({ category: ruleless, policy, cluster }, broken, NOW)).rejects.toThrow('a bug');
});

test('a run with a due receipt and without keys fails, unless it only observes', async () => {
  const ledger = inMemoryLedger();
  const { obligation, ...rest } = overdue('1');
  const closure = { ...CLOSURE, obligation: obligation as Obligation, opening: 'A'.repeat(43) };
  await ledger.write([{ entry: { ...rest, state: 'erased', closures: [closure] }, read: undefined }]);
  const { ports } = publishing(ledger);
  const finish = (policyInForce: RetentionPolicy) =>
    finishErasures({ category, policy: policyInForce, cluster }, ports, NOW);
  await expect(finish(enforcing)).rejects.toThrow('nothing is to be proved');
  expect(await finish(policy)).toEqual({ issued: 0, left: 0 });
});
