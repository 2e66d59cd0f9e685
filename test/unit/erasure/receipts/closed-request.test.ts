import { expect, test } from 'vitest';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { Closure } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { type ClosureFacts, sealEarlierOpening, sealOpening } from '../../../../lib/erasure/ledger/sealed-opening.ts';
import { issuedIdsBy, receiptIdsBy } from '../../../../lib/erasure/receipts/closed-request.ts';
import { newRing, newSecret, ringOf, TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { MET_UNDER } from '../../../support/receipts/receipt-facts.ts';

const kid = TEST_RING.subject.current;
const receiptId = receiptIdsBy(TEST_RING);
const entryOf = (category: string, hash = 'a') =>
  newEntry(category, 'feature-terminated', { uin: '9007199254740993' }, { kid, hash });
const OPENING = 'A'.repeat(43);
const factsAt = (terminatedAt: number): ClosureFacts & Pick<Closure, 'obligation'> => ({
  state: 'erased',
  obligation: { requestId: 'msg_1', heardAt: 0, terminatedAt, eraseFrom: 1, eraseBy: 2, immediate: false },
  progress: { documentsErased: 1, firstErasedAt: 4, verifiedAt: 5, newUse: 0, indices: 1 },
  closedAt: 5,
  metUnder: MET_UNDER,
  commitment: 'c',
});
const closureOf = (terminatedAt: number, hash = 'a'): Closure => {
  const facts = factsAt(terminatedAt);
  return { ...facts, opening: sealOpening(OPENING, { entry: entryOf('rooms', hash), facts }, TEST_RING) };
};

test('each closure of a category and termination has a receipt of its own', () => {
  expect(receiptId(entryOf('rooms'), closureOf(1))).toBe(receiptId(entryOf('rooms'), closureOf(1)));
  const ids = [
    receiptId(entryOf('rooms'), closureOf(1)),
    receiptId(entryOf('chats'), closureOf(1)),
    receiptId(entryOf('rooms'), closureOf(2)),
  ];
  expect(new Set(ids).size).toBe(3);
  expect(ids).not.toContain(undefined);
});

test('nobody without the subject key can predict the id of a receipt', () => {
  const other = ringOf({ ...newRing(), subject: { current: kid, keys: { [kid]: newSecret() } } });
  const facts = factsAt(1);
  const theirs = { ...facts, opening: sealOpening(OPENING, { entry: entryOf('rooms'), facts }, other) };
  expect(receiptIdsBy(other)(entryOf('rooms'), theirs)).toMatch(/^[0-9a-f]{64}$/);
  expect(receiptIdsBy(other)(entryOf('rooms'), theirs)).not.toBe(receiptId(entryOf('rooms'), closureOf(1)));
});

const { obligation, progress, metUnder } = factsAt(1);

test.each<[string, Partial<Closure>]>([
  ['commitment', { commitment: 'd' }],
  ['outcome', { state: 'nothing-found' }],
  ['instant', { closedAt: 6 }],
  ['request', { obligation: { ...obligation, requestId: 'msg_2' } }],
  ['time of receipt', { obligation: { ...obligation, heardAt: 1 } }],
  ['termination', { obligation: { ...obligation, terminatedAt: 0 } }],
  ['beginning', { obligation: { ...obligation, eraseFrom: 0 } }],
  ['deadline', { obligation: { ...obligation, eraseBy: 3 } }],
  ['haste', { obligation: { ...obligation, immediate: true } }],
  ['count', { progress: { ...progress, documentsErased: 4711 } }],
  ['first erasure', { progress: { ...progress, firstErasedAt: 3 } }],
  ['verification', { progress: { ...progress, verifiedAt: 6 } }],
  ['new use', { progress: { ...progress, newUse: 1 } }],
  ['indices', { progress: { ...progress, indices: 2 } }],
  ['policy', { metUnder: { ...metUnder, policyVersion: 'sha256:forged' } }],
  ['patterns', { metUnder: { ...metUnder, patterns: ['nothing-*'] } }],
  ['quote', { metUnder: { ...metUnder, promise: { ...metUnder.promise, quote: 'We promised nothing.' } } }],
  ['title', { metUnder: { ...metUnder, promise: { ...metUnder.promise, title: 'Nothing' } } }],
  ['source', { metUnder: { ...metUnder, promise: { ...metUnder.promise, source: 'Nowhere' } } }],
  ['date of the source', { metUnder: { ...metUnder, promise: { ...metUnder.promise, sourceDate: '2000-01-01' } } }],
  ['period', { metUnder: { ...metUnder, promise: { ...metUnder.promise, deadline: 'P999D' } } }],
])('a closure whose %s was changed after sealing gets no receipt', (_, edited) => {
  expect(receiptId(entryOf('rooms'), closureOf(1))).toBeDefined();
  expect(receiptId(entryOf('rooms'), { ...closureOf(1), ...edited })).toBeUndefined();
});

test('a closure moved to another scope gets no receipt; one of a renamed category still does', () => {
  expect(receiptId({ ...entryOf('rooms'), scope: 'application' }, closureOf(1))).toBeUndefined();
  const promise = { ...metUnder.promise, category: 'chats' };
  expect(receiptId(entryOf('chats'), { ...closureOf(1), metUnder: { ...metUnder, promise } })).toBeDefined();
});

test('a closure of an earlier version gets no new receipt, but keeps the id of an issued one', () => {
  const facts = factsAt(1);
  const earlier = sealEarlierOpening(OPENING, { entry: entryOf('rooms'), facts }, TEST_RING);
  for (const opening of [OPENING, earlier]) {
    expect(receiptId(entryOf('rooms'), { ...facts, opening })).toBeUndefined();
    expect(issuedIdsBy(TEST_RING)(entryOf('rooms'), { ...facts, opening })).toBe(
      receiptId(entryOf('rooms'), closureOf(1)),
    );
  }
});

test('a closure whose opening is for another subject or a lost key gets no receipt', () => {
  expect(receiptId(entryOf('rooms'), closureOf(1, 'b'))).toBeUndefined();
  const lost = { ...entryOf('rooms'), subject: { kid: 'gone', hash: 'a' } };
  expect(receiptId(lost, closureOf(1))).toBeUndefined();
});
