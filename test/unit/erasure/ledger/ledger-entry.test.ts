import { describe, expect, test } from 'vitest';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import {
  type Closure,
  type EntryState,
  hasUnsealedOpening,
  isDue,
  isEntryId,
  isMalformed,
  isOpen,
  isOverdue,
  isReceiptDue,
  type LedgerEntry,
  originIn,
} from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { isContainedIn } from '../../../../lib/erasure/ledger/moved-entry.ts';

const NOW = 1_000;
const EMPTY = newEntry('settings', 'account-deleted', { uin: '7' }, { kid: 'k1', hash: 'h' });

const owing = (state: EntryState, eraseFrom = NOW, eraseBy = NOW): LedgerEntry => ({
  ...EMPTY,
  state,
  obligation: { requestId: 'msg', heardAt: 0, terminatedAt: 0, eraseFrom, eraseBy, immediate: false },
});

describe('an entry', () => {
  test.each<[EntryState, boolean, boolean, boolean]>([
    ['pending', true, true, true],
    ['erasing', true, true, true],
    ['braked', true, false, true],
    ['held', true, false, false],
    ['erased', false, false, false],
    ['nothing-found', false, false, false],
    ['cancelled', false, false, false],
    ['malformed', false, false, false],
  ])('in the state %s is open: %s, can be due: %s, can be overdue: %s', (state, open, due, overdue) => {
    const entry = owing(state, NOW, NOW - 1);
    expect([isOpen(entry), isDue(entry, NOW), isOverdue(entry, NOW)]).toEqual([open, due, overdue]);
    expect(isMalformed(entry)).toBe(state === 'malformed');
  });

  test('is due at the first instant after its window, and overdue after its deadline', () => {
    const entry = owing('pending', NOW, NOW);
    expect([isDue(entry, NOW - 1), isDue(entry, NOW)]).toEqual([false, true]);
    expect([isOverdue(entry, NOW), isOverdue(entry, NOW + 1)]).toEqual([false, true]);
  });

  test('that owes nothing is neither due nor overdue', () => {
    const entry = { ...EMPTY, state: 'pending' } as const;
    expect([isDue(entry, NOW), isOverdue(entry, NOW)]).toEqual([false, false]);
  });

  test('has an id of four parts, which identify its origin', () => {
    expect(isEntryId(EMPTY.id)).toBe(true);
    expect(['a/b/c', 'a/b/c/d/e', ''].map(isEntryId)).toEqual([false, false, false]);
    expect(originIn(EMPTY.id)).toEqual({
      category: 'settings',
      trigger: 'account-deleted',
      hash: { kid: 'k1', hash: 'h' },
    });
  });

  test('waits for a receipt until it has one, or is marked to get none', () => {
    expect(isReceiptDue({})).toBe(true);
    expect(isReceiptDue({ receipt: 'r' })).toBe(false);
    expect(isReceiptDue({ withoutReceipt: true })).toBe(false);
    expect(isReceiptDue({ withoutReceipt: false })).toBe(true);
  });

  test('counts as unsealed if a closure or watched result has an unsealed opening', () => {
    const sealed = { opening: { kid: 'k1', sealed: 's' } };
    const open = { opening: 'o' };
    const having = (closures: readonly object[], watched?: object): boolean =>
      hasUnsealedOpening({ ...EMPTY, closures, ...(watched && { watched }) } as LedgerEntry);
    expect([having([]), having([sealed], sealed)]).toEqual([false, false]);
    expect([having([sealed, open]), having([sealed], open)]).toEqual([true, true]);
  });
});

describe('an entry that was copied to another place', () => {
  const heard = (at: number, type: 'account-deleted' | 'account-reinstated' = 'account-deleted') => ({
    type,
    at,
    immediate: false,
    requestId: `msg_${at}`,
    heardAt: at,
  });
  const closure = (terminatedAt: number) => ({ obligation: { terminatedAt } }) as Closure;
  const entry = (changes: object): LedgerEntry => ({ ...EMPTY, ...changes }) as LedgerEntry;
  const full = entry({ events: [heard(5), heard(7)], closures: [closure(1), closure(2)], doneThrough: 3 });

  const undone = entry({ events: full.events, closures: full.closures });

  test.each<[string, LedgerEntry, LedgerEntry]>([
    ['is the same', full, full],
    ['contains more', entry({ events: [heard(5)], closures: [closure(2)], doneThrough: 2 }), full],
    [
      'lacks only an event that a reinstatement has cancelled',
      full,
      { ...full, events: [heard(7), heard(5, 'account-reinstated')] },
    ],
    ['is done through an instant, and the entry is not', undone, full],
  ])('may be removed from its old place if the copy %s', (_, earlier, copy) => {
    expect(isContainedIn(earlier, copy)).toBe(true);
  });

  test.each<[string, LedgerEntry]>([
    ['lacks one of its events', { ...full, events: [heard(7)] }],
    ['lacks an event after a reinstatement', { ...full, events: [heard(5), heard(6, 'account-reinstated')] }],
    ['lacks one of its closures', { ...full, closures: [closure(1)] }],
    ['is done through an earlier instant', { ...full, doneThrough: 2 }],
    ['is done through no instant', undone],
  ])('may not be removed from its old place if the copy %s', (_, copy) => {
    expect(isContainedIn(full, copy)).toBe(false);
  });
});
