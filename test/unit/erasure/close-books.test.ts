import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { newEntry } from '../../../lib/erasure/apply-event.ts';
import { closeBooks } from '../../../lib/erasure/close-books.ts';
import type { PublishedEvent } from '../../../lib/erasure/event-publisher.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger-entry.ts';
import { DAY } from '../../../lib/policy/duration.ts';
import { type Category, parseRetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import { inMemoryLedger } from '../../support/in-memory/in-memory-ledger.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');
const category = policy.categories.get('console-configuration') as Category;
const cluster = { uuid: 'u', name: 'n', version: '9.4.3' };

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

test('announces what is overdue although it is braked', async () => {
  const ledger = inMemoryLedger();
  await ledger.write([{ entry: { ...overdue('1'), state: 'braked' }, read: undefined }]);
  const heard: PublishedEvent[] = [];
  const ports = {
    ledger,
    hasEvidence: false,
    publisher: () => ({ publish: async (event: PublishedEvent) => void heard.push(event) }),
    openEvidence: () => Promise.reject(new Error('nothing is to be proved')),
  };
  await closeBooks({ category, policy, cluster }, ports, NOW);
  expect(heard.map(({ detail }) => detail.requestId)).toEqual(['msg_1']);
});

test('announces all that is overdue, once, and without time for more leaves it to the next run', async () => {
  const ledger = inMemoryLedger();
  const uins = Array.from({ length: 1_050 }, (_, at) => `${at}`);
  await ledger.write(uins.map((uin) => ({ entry: overdue(uin), read: undefined })));
  const heard: PublishedEvent[] = [];
  const ports = {
    ledger,
    hasEvidence: false,
    publisher: () => ({ publish: async (event: PublishedEvent) => void heard.push(event) }),
    openEvidence: () => Promise.reject(new Error('nothing is to be proved')),
  };
  await closeBooks({ category, policy, cluster }, ports, NOW, { hasTime: () => heard.length < 1 });
  expect(heard).toHaveLength(20);
  await closeBooks({ category, policy, cluster }, ports, NOW);
  expect(heard.map(({ detail }) => detail.requestId).sort()).toEqual(uins.map((uin) => `msg_${uin}`).sort());
});
