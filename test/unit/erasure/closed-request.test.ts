import { expect, test } from 'vitest';
import { newEntry } from '../../../lib/erasure/apply-event.ts';
import { receiptId } from '../../../lib/erasure/closed-request.ts';
import type { Closure } from '../../../lib/erasure/ledger-entry.ts';

const entryOf = (category: string) =>
  newEntry(category, 'feature-terminated', { uin: '9007199254740993' }, { kid: 'k1', hash: 'a' });
const closureOf = (terminatedAt: number) => ({ obligation: { terminatedAt } }) as Closure;

test('a closure has one receipt, and that of another category or termination is another', () => {
  expect(receiptId(entryOf('rooms'), closureOf(1))).toBe(receiptId(entryOf('rooms'), closureOf(1)));
  const ids = [
    receiptId(entryOf('rooms'), closureOf(1)),
    receiptId(entryOf('chats'), closureOf(1)),
    receiptId(entryOf('rooms'), closureOf(2)),
  ];
  expect(new Set(ids).size).toBe(3);
});
