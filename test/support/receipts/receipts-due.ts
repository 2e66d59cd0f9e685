import { newEntry } from '../../../lib/erasure/ledger/apply-event.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { sealOpening } from '../../../lib/erasure/ledger/sealed-opening.ts';
import { receiptIdsBy } from '../../../lib/erasure/receipts/closed-request.ts';
import type { Receipt } from '../../../lib/erasure/receipts/receipt.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { TEST_RING } from '../erasure/key-ring-text.ts';
import { inMemoryLedger } from '../in-memory/records/in-memory-ledger.ts';
import { inMemoryReceipts } from '../in-memory/records/in-memory-receipts.ts';
import { MET_UNDER } from './receipt-facts.ts';
import { terminationPolicy } from './receipt-fixture.ts';

export const NOW = Date.parse('2026-11-24T12:00:00Z');
export const policy = parseRetentionPolicy(terminationPolicy('unit'), 'test-policy.yml');
export const cluster = { uuid: 'u', name: 'n', version: '9.4.3' };
export const [settings, rooms] = [...policy.categories.values()] as [Category, Category];

/** An entry that a run has closed, whose receipt is due. */
export const closed = ({ id }: Category, uin: string, eraseBy: number): LedgerEntry => {
  const entry = newEntry(id, 'account-deleted', { uin }, { kid: TEST_RING.subject.current, hash: `hash-${uin}` });
  const facts = {
    state: 'erased' as const,
    obligation: obligation(uin, eraseBy),
    progress: { documentsErased: 1, firstErasedAt: NOW, newUse: 0, indices: 1 },
    closedAt: NOW,
    metUnder: { ...MET_UNDER, patterns: [`searched-for-${id}-*`] },
    commitment: 'c'.repeat(64),
  };
  const closure = { ...facts, opening: sealOpening('A'.repeat(43), { entry, facts }, TEST_RING) };
  return { ...entry, state: 'erased', obligation: facts.obligation, closures: [closure] };
};
const obligation = (uin: string, eraseBy: number) => ({
  requestId: `msg_${uin}`,
  heardAt: eraseBy - 7 * DAY,
  terminatedAt: eraseBy - 7 * DAY,
  eraseFrom: eraseBy - 4 * DAY,
  eraseBy,
  immediate: false,
});

/** Ports in memory, and what was signed and kept. */
export const world = () => {
  const ledger = inMemoryLedger();
  const receipts = inMemoryReceipts();
  const { kept } = receipts(settings.id);
  const signed: Receipt[] = [];
  const ports = {
    ledger,
    receipts,
    archive: { put: async () => undefined },
    receiptIds: async () => receiptIdsBy(TEST_RING),
    sign: async (receipt: Receipt) => {
      signed.push(receipt);
      return { jws: `h.${Buffer.from(JSON.stringify(receipt)).toString('base64url')}.s`, hash: 'h' };
    },
    clock: () => NOW,
  };
  const add = (...entries: readonly LedgerEntry[]) =>
    ledger.write(entries.map((entry) => ({ entry, read: undefined })));
  return { ports, add, signed, kept };
};
