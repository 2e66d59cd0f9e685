import { describe, expect, test } from 'vitest';
import type { TerminationEvent } from '../../../lib/erasure/events/termination-event.ts';
import { applyEvent, newEntry } from '../../../lib/erasure/ledger/apply-event.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { deadlineOf } from '../../../lib/erasure/ledger/obligation.ts';
import type { TerminationRule } from '../../../lib/policy/rules/rules.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { MET_UNDER } from '../../support/receipt-facts.ts';

const T = Date.parse('2026-11-01T00:00:00Z');
const RULE: TerminationRule = {
  triggers: ['account-deleted', 'feature-terminated'],
  deadline: { iso: 'P7D', milliseconds: 7 * DAY },
  cancelWindow: { iso: 'P3D', milliseconds: 3 * DAY },
};
const SUBJECT = { uin: '9007199254740993' };

const event = (
  type: TerminationEvent['type'],
  at: number,
  changes: Partial<TerminationEvent> = {},
): TerminationEvent => ({
  requestId: `msg_${type}_${at}`,
  type,
  subject: SUBJECT,
  at,
  immediate: false,
  ...changes,
});
const deleted = (at: number, changes: Partial<TerminationEvent> = {}) => event('account-deleted', at, changes);
const reinstated = (at: number) => event('account-reinstated', at);

const EMPTY = newEntry('settings', 'account-deleted', SUBJECT, { kid: 'k1', hash: 'h' });
const told = (events: readonly TerminationEvent[], from: LedgerEntry = EMPTY): LedgerEntry =>
  events.reduce((entry, each) => applyEvent(entry, each, RULE, T + 30 * DAY), from);

const ERASED: LedgerEntry = {
  ...told([deleted(T)]),
  state: 'erased',
  closedAt: T + 4 * DAY,
  doneThrough: T + 4 * DAY,
};

/** Nothing was left of it, and the next run was to look once more. */
const WATCHED: LedgerEntry = {
  ...told([deleted(T)]),
  state: 'erasing',
  progress: { documentsErased: 2, newUse: 0, indices: 1, verifiedAt: T + 4 * DAY },
  watched: {
    state: 'erased',
    progress: { documentsErased: 2, newUse: 0, indices: 1, verifiedAt: T + 4 * DAY },
    closedAt: T + 4 * DAY,
    metUnder: MET_UNDER,
    opening: 'o',
    commitment: 'c',
  },
};

describe('what events make of an entry', () => {
  test('a termination is owed from the end of the window, by the deadline', () => {
    expect(told([deleted(T)])).toMatchObject({
      state: 'pending',
      uin: SUBJECT.uin,
      obligation: { terminatedAt: T, eraseFrom: T + 3 * DAY, eraseBy: T + 7 * DAY, immediate: false },
    });
  });

  test('an immediate termination is owed at once', () => {
    expect(told([deleted(T, { immediate: true })]).obligation).toMatchObject({ eraseFrom: T, eraseBy: T + 7 * DAY });
  });

  test('a later immediate termination skips the rest of the window', () => {
    expect(told([deleted(T), deleted(T + DAY, { immediate: true })]).obligation).toMatchObject({
      terminatedAt: T,
      eraseFrom: T + DAY,
      eraseBy: T + 7 * DAY,
    });
  });

  test('a repeated message never moves the deadline', () => {
    const repeated = told([deleted(T + 2 * DAY), deleted(T), deleted(T + 5 * DAY)]);
    expect(repeated.obligation).toEqual(told([deleted(T)]).obligation);
  });

  test.each([
    ['later', 1],
    ['at the same instant, since ties spare data', 0],
  ])('a reinstatement %s cancels, and removes the identifiers', (_, later) => {
    const cancelled = told([deleted(T), reinstated(T + later)]);
    expect(cancelled.state).toBe('cancelled');
    expect(cancelled).not.toHaveProperty('uin');
  });

  test('a reinstatement before the termination cancels nothing', () => {
    expect(told([deleted(T), reinstated(T - 1)])).toMatchObject({ state: 'pending', obligation: { terminatedAt: T } });
  });

  test('a reinstatement that arrives before its termination still cancels it', () => {
    expect(told([reinstated(T + 1), deleted(T)]).state).toBe('cancelled');
  });

  test('window and deadline count from the first end after a reinstatement', () => {
    const again = told([deleted(T + 3), deleted(T), reinstated(T + 1), deleted(T + 2)]);
    expect(again).toMatchObject({ state: 'pending', uin: SUBJECT.uin, obligation: { terminatedAt: T + 2 } });
  });

  test('a reinstatement after the erasure is only recorded', () => {
    expect(told([reinstated(T + 5 * DAY)], ERASED)).toMatchObject({
      state: 'erased',
      closedAt: ERASED.closedAt,
      reinstatedAt: T + 5 * DAY,
    });
  });

  test('a reinstatement before the recheck counts as after the erasure', () => {
    const back = told([reinstated(T + 5 * DAY)], WATCHED);
    expect(back).toMatchObject({
      state: 'erased',
      reinstatedAt: T + 5 * DAY,
      doneThrough: T + 4 * DAY,
      closures: [{ ...WATCHED.watched, obligation: { terminatedAt: T } }],
    });
    expect(back).not.toHaveProperty('uin');
    expect(back).not.toHaveProperty('watched');
  });

  test('so does one that is recorded after the next termination', () => {
    expect(told([deleted(T + 6 * DAY), reinstated(T + 5 * DAY)], WATCHED)).toMatchObject({
      state: 'pending',
      uin: SUBJECT.uin,
      progress: { documentsErased: 0 },
      obligation: { terminatedAt: T + 6 * DAY },
      closures: [{ obligation: { terminatedAt: T } }],
    });
  });

  test('a repetition before the recheck closes nothing', () => {
    expect(told([deleted(T), deleted(T + DAY)], WATCHED)).toMatchObject({ state: 'erasing', closures: [] });
  });

  test('a repetition after the erasure opens nothing', () => {
    expect(told([deleted(T), deleted(T + DAY)], ERASED)).toMatchObject({ state: 'erased', doneThrough: T + 4 * DAY });
  });

  test('the same account, back and deleted again, owes a new erasure', () => {
    const again = told([reinstated(T + 5 * DAY), deleted(T + 9 * DAY)], ERASED);
    expect(again).toMatchObject({
      state: 'pending',
      uin: SUBJECT.uin,
      progress: { documentsErased: 0 },
      obligation: { terminatedAt: T + 9 * DAY },
    });
    expect(again).not.toHaveProperty('closedAt');
  });
});

describe('a deadline', () => {
  const duration = (iso: string, milliseconds: number) => ({ iso, milliseconds });
  const rule = (days: number) => ({
    triggers: ['account-deleted' as const],
    cancelWindow: duration('PT0S', 0),
    deadline: duration(`P${days}D`, days * 86_400_000),
  });
  const given = { terminatedAt: 0, eraseBy: 7 * 86_400_000 };

  test('is earlier if the promise was shortened since', () => {
    expect(deadlineOf(given, rule(3))).toBe(3 * 86_400_000);
  });

  test('stays if the promise was lengthened since', () => {
    expect(deadlineOf(given, rule(30))).toBe(given.eraseBy);
  });
});
