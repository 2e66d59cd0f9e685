import { expect, test } from 'vitest';
import { newEntry } from '../../../lib/erasure/apply-event.ts';
import { receiptIdsBy } from '../../../lib/erasure/closed-request.ts';
import type { Closure } from '../../../lib/erasure/ledger-entry.ts';
import { sealOpening } from '../../../lib/erasure/sealed-opening.ts';
import { newRing, newSecret, ringOf, TEST_RING } from '../../support/key-ring-text.ts';

const kid = TEST_RING.subject.current;
const receiptId = receiptIdsBy(TEST_RING);
const entryOf = (category: string, hash = 'a') =>
  newEntry(category, 'feature-terminated', { uin: '9007199254740993' }, { kid, hash });
const closureOf = (terminatedAt: number, hash = 'a') =>
  ({
    obligation: { terminatedAt },
    closedAt: 5,
    opening: sealOpening('A'.repeat(43), { entry: entryOf('rooms', hash), closedAt: 5 }, TEST_RING),
  }) as Closure;

test('a closure has one receipt, and that of another category or termination is another', () => {
  expect(receiptId(entryOf('rooms'), closureOf(1))).toBe(receiptId(entryOf('rooms'), closureOf(1)));
  const ids = [
    receiptId(entryOf('rooms'), closureOf(1)),
    receiptId(entryOf('chats'), closureOf(1)),
    receiptId(entryOf('rooms'), closureOf(2)),
  ];
  expect(new Set(ids).size).toBe(3);
  expect(ids).not.toContain(undefined);
});

test('nobody without the subject key tells the id of a receipt in advance', () => {
  const other = ringOf({ ...newRing(), subject: { current: kid, keys: { [kid]: newSecret() } } });
  const open = { ...closureOf(1), opening: 'A'.repeat(43) };
  expect(receiptIdsBy(other)(entryOf('rooms'), open)).toMatch(/^[0-9a-f]{64}$/);
  expect(receiptIdsBy(other)(entryOf('rooms'), open)).not.toBe(receiptId(entryOf('rooms'), open));
});

test('a closure whose opening was sealed for another subject has no receipt, nor one under a key that is gone', () => {
  expect(receiptId(entryOf('rooms'), closureOf(1, 'b'))).toBeUndefined();
  const lost = { ...entryOf('rooms'), subject: { kid: 'gone', hash: 'a' } };
  expect(receiptId(lost, closureOf(1))).toBeUndefined();
});
