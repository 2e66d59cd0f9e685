import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { closeBooks } from '../../../lib/erasure/close-books.ts';
import { DAY } from '../../../lib/policy/duration.ts';
import { type Category, parseRetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import { inMemoryEventLog, inMemoryLedger } from '../../support/in-memory/in-memory-ledger.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const policy = parseRetentionPolicy(readFileSync('retention-policy.yml', 'utf8'), 'retention-policy.yml');
const cluster = { uuid: 'u', name: 'n', version: '9.4.3' };

test('lets go of each kind of copy after its own period', async () => {
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
    clock: () => NOW,
  };
  const category = policy.categories.get('console-configuration') as Category;
  const ports = {
    ledger,
    events: inMemoryEventLog(),
    hasEvidence: true,
    publisher: () => undefined,
    openEvidence: async () => evidence,
  };
  await closeBooks({ category, policy, cluster }, ports, NOW);
  expect(kept).toEqual([
    ['events', 45],
    ['entries', 45],
    ['receipts', 1095],
  ]);
});
