import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { newEntry } from '../../../lib/erasure/apply-event.ts';
import { closeBooks } from '../../../lib/erasure/close-books.ts';
import type { PublishedEvent } from '../../../lib/erasure/event-publisher.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger-entry.ts';
import { DAY, MINUTE } from '../../../lib/policy/duration.ts';
import { type Category, parseRetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import { inMemoryEventLog, inMemoryLedger } from '../../support/in-memory/in-memory-ledger.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');
const category = policy.categories.get('console-configuration') as Category;
const cluster = { uuid: 'u', name: 'n', version: '9.4.3' };

/** What is let go, and how many days old it must be, by a clock of ours at NOW and one of the cluster. */
const forgottenWith = async (clusterTime: number | undefined): Promise<readonly [string, number][]> => {
  const kept: [string, number][] = [];
  const ledger = inMemoryLedger();
  const evidence = {
    ledger,
    receipts: { read: async () => [], keep: async () => new Map(), forget: async () => undefined },
    archive: {
      put: async () => undefined,
      expire: async (kind: string, before: number) => {
        kept.push([kind, (NOW - before) / DAY]);
        return { removed: 0 };
      },
    },
    sign: async () => ({ jws: '', hash: '' }),
    sealer: async () => () => ({ kid: 'k', sealed: '' }),
    clock: () => NOW,
  };
  const ports = {
    ledger,
    events: inMemoryEventLog(),
    serverTime: async () => clusterTime,
    hasEvidence: true,
    publisher: () => undefined,
    openEvidence: async () => evidence,
  };
  const watched = {
    ...ports,
    ledger: {
      ...ledger,
      forget: async (_: string, before: number) => void kept.push(['ledger', (NOW - before) / DAY]),
    },
    events: { ...ports.events, forget: async (before: number) => void kept.push(['log', (NOW - before) / DAY]) },
  };
  await closeBooks({ category, policy, cluster }, watched, NOW);
  return kept;
};

test('lets go of everything after its own period', async () => {
  expect(await forgottenWith(NOW)).toEqual([
    ['ledger', 45],
    ['log', 45],
    ['events', 45],
    ['entries', 45],
    ['receipts', 1095],
    ['manifests', 45],
  ]);
});

test('lets go by the earlier of two clocks that are not far apart', async () => {
  const behind = (4 * MINUTE) / DAY;
  expect((await forgottenWith(NOW - 4 * MINUTE)).map(([, days]) => days)).toEqual([
    ...Array.from({ length: 4 }, () => 45 + behind),
    1095 + behind,
    45 + behind,
  ]);
  expect((await forgottenWith(NOW + 4 * MINUTE)).map(([, days]) => days)).toEqual([45, 45, 45, 45, 1095, 45]);
});

test.each([
  ['ahead of the cluster’s', NOW - 50 * DAY],
  ['behind the cluster’s', NOW + 50 * DAY],
  ['that cannot be compared', undefined],
])('forgets nothing by a clock %s', async (_, clusterTime) => {
  expect(await forgottenWith(clusterTime)).toEqual([]);
});

const overdue = (uin: string): LedgerEntry => ({
  ...newEntry(category.id, 'account-deleted', { uin }, { kid: 'k', hash: `hash-${uin}` }),
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

test('without time for more, leaves it to the next run to announce what is overdue', async () => {
  const ledger = inMemoryLedger();
  await ledger.write(['1', '2', '3'].map((uin) => ({ entry: overdue(uin), read: undefined })));
  const heard: PublishedEvent[] = [];
  const ports = {
    ledger,
    events: inMemoryEventLog(),
    serverTime: async () => NOW,
    hasEvidence: false,
    publisher: () => ({ publish: async (event: PublishedEvent) => void heard.push(event) }),
    openEvidence: () => Promise.reject(new Error('nothing is to be proved')),
  };
  await closeBooks({ category, policy, cluster }, ports, NOW, () => heard.length < 1);
  expect(heard).toHaveLength(1);
  await closeBooks({ category, policy, cluster }, ports, NOW);
  expect(heard.map(({ detail }) => detail.requestId).sort()).toEqual(['msg_1', 'msg_2', 'msg_3']);
});
