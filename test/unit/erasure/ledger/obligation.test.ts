import { describe, expect, test } from 'vitest';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { applyEvent, newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { HeardEvent, LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { deadlineOf, obligationOf, withEvent } from '../../../../lib/erasure/ledger/obligation.ts';
import type { TerminationRule } from '../../../../lib/policy/rules/rules.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { MET_UNDER } from '../../../support/receipts/receipt-facts.ts';

const T = Date.parse('2026-11-01T00:00:00Z');
const RULE: TerminationRule = {
  triggers: ['account-deleted', 'feature-terminated'],
  deadline: { iso: 'P7D', milliseconds: 7 * DAY },
  cancelWindow: { iso: 'P3D', milliseconds: 3 * DAY },
};
const SUBJECT = { uin: '9007199254740993' };

const event = (type: AccountEvent['type'], at: number, changes: Partial<AccountEvent> = {}): AccountEvent => ({
  requestId: `msg_${type}_${at}`,
  type,
  subject: SUBJECT,
  at,
  immediate: false,
  ...changes,
});
const deleted = (at: number, changes: Partial<AccountEvent> = {}) => event('account-deleted', at, changes);
const reinstated = (at: number) => event('account-reinstated', at);

const EMPTY = newEntry('settings', 'account-deleted', SUBJECT, { kid: 'k1', hash: 'h' });
const told = (events: readonly AccountEvent[], from: LedgerEntry = EMPTY): LedgerEntry =>
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

describe('applying events to an entry', () => {
  test('a termination requires erasure between the end of its cancel window and its deadline', () => {
    expect(told([deleted(T)])).toMatchObject({
      state: 'pending',
      uin: SUBJECT.uin,
      obligation: { terminatedAt: T, eraseFrom: T + 3 * DAY, eraseBy: T + 7 * DAY, immediate: false },
    });
  });

  test('an immediate termination requires erasure at once', () => {
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
  ])('a reinstatement %s cancels the erasure, and removes the identifiers', (_, later) => {
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

  test('window and deadline start at the first termination after a reinstatement', () => {
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

  test('a reinstatement closes a watched entry as erased', () => {
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

  test('a reinstatement closes a watched erasure, even if a later termination is recorded first', () => {
    expect(told([deleted(T + 6 * DAY), reinstated(T + 5 * DAY)], WATCHED)).toMatchObject({
      state: 'pending',
      uin: SUBJECT.uin,
      progress: { documentsErased: 0 },
      obligation: { terminatedAt: T + 6 * DAY },
      closures: [{ obligation: { terminatedAt: T } }],
    });
  });

  test('a repeated termination does not close a watched entry', () => {
    expect(told([deleted(T), deleted(T + DAY)], WATCHED)).toMatchObject({ state: 'erasing', closures: [] });
  });

  test('a repeated termination does not reopen an erased entry', () => {
    expect(told([deleted(T), deleted(T + DAY)], ERASED)).toMatchObject({ state: 'erased', doneThrough: T + 4 * DAY });
  });

  test('an account that is reinstated and deleted again owes a new erasure', () => {
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

  test('comes earlier if the promise has been shortened', () => {
    expect(deadlineOf(given, rule(3))).toBe(3 * 86_400_000);
  });

  test('stays if the promise has been lengthened', () => {
    expect(deadlineOf(given, rule(30))).toBe(given.eraseBy);
  });
});

describe('events of an entry', () => {
  const heard = (at: number, changes: Partial<HeardEvent> = {}): HeardEvent => ({
    type: 'account-deleted',
    at,
    immediate: false,
    requestId: 'b',
    heardAt: 10,
    ...changes,
  });
  const all = (...events: readonly HeardEvent[]) => events.reduce<readonly HeardEvent[]>(withEvent, []);

  test('are kept once if repeated, with the smaller request id and the earlier arrival', () => {
    const expected = [heard(T, { requestId: 'a', heardAt: 5 })];
    expect(all(heard(T), heard(T, { requestId: 'a', heardAt: 5 }))).toEqual(expected);
    expect(all(heard(T, { requestId: 'a', heardAt: 5 }), heard(T))).toEqual(expected);
    expect(all(heard(T, { heardAt: 5 }), heard(T, { requestId: 'a' }))).toEqual(expected);
  });

  test('are distinguished by type, instant and urgency', () => {
    const different = [heard(T, { immediate: true }), heard(T), heard(T, { type: 'feature-terminated' }), heard(T + 1)];
    expect(all(...different)).toHaveLength(4);
  });

  test('are in the order of their instants, the immediate event first', () => {
    const [first, second, third] = [heard(T, { immediate: true }), heard(T), heard(T + 1)];
    expect(all(third, second, first)).toEqual([first, second, third]);
    expect(all(first, third, second)).toEqual([first, second, third]);
  });

  test('are removed if they are older than the newest reinstatement', () => {
    const back = (at: number) => heard(at, { type: 'account-reinstated' });
    expect(all(heard(T), back(T - 1), back(T + 1), heard(T + 1), heard(T + 2))).toEqual([back(T + 1), heard(T + 2)]);
    expect(all(back(T + 1), back(T - 1))).toEqual([back(T + 1)]);
  });

  test('require an erasure only if they match the trigger of the entry', () => {
    const events = all(heard(T, { type: 'feature-terminated' }), heard(T + 1));
    expect(obligationOf(events, 'account-deleted', RULE)).toMatchObject({ terminatedAt: T + 1 });
    expect(obligationOf(events, 'feature-terminated', RULE)).toMatchObject({ terminatedAt: T });
  });

  test('require nothing up to the instant for which all erasures are done', () => {
    const owed = (doneThrough: number) => obligationOf(all(heard(T)), 'account-deleted', RULE, doneThrough);
    expect([owed(T), owed(T - 1)?.terminatedAt]).toEqual([undefined, T]);
  });

  test('require the erasure for the earliest termination, in any order', () => {
    expect(obligationOf([heard(T + 1), heard(T)], 'account-deleted', RULE)?.terminatedAt).toBe(T);
  });

  test('determine when and by which request the obligation was first recorded', () => {
    const events = all(heard(T + 1), heard(T, { requestId: 'first', heardAt: 3 }));
    expect(obligationOf(events, 'account-deleted', RULE)).toMatchObject({
      requestId: 'first',
      heardAt: 3,
      immediate: false,
    });
    const urgent = obligationOf(all(heard(T), heard(T + 1, { immediate: true })), 'account-deleted', RULE);
    expect(urgent?.immediate).toBe(true);
  });
});

describe('a reinstatement', () => {
  const BEGUN: LedgerEntry = { ...told([deleted(T)]), state: 'erasing', overdueSaidAt: T };

  test.each([
    ['erased', { documentsErased: 2 }],
    ['claimed by a run', { documentsErased: 0, claimed: 2 }],
  ])('keeps the progress of an erasure whose documents were %s', (_, progress) => {
    const entry = { ...BEGUN, progress: { newUse: 0, indices: 1, ...progress } };
    const back = told([reinstated(T + DAY)], entry);
    expect(back).toMatchObject({ state: 'cancelled', reinstatedAt: T + DAY, progress, closures: [] });
    expect(back.obligation).toBeDefined();
    expect(back).not.toHaveProperty('uin');
  });

  test('removes every trace of the termination if nothing was erased', () => {
    const back = told([reinstated(T + DAY)], BEGUN);
    expect(back).toMatchObject({ state: 'cancelled', closedAt: T + 30 * DAY, progress: { documentsErased: 0 } });
    for (const part of ['obligation', 'overdueSaidAt', 'reinstatedAt', 'uin']) expect(back).not.toHaveProperty(part);
  });

  test('that cancels a second termination restores the closed state of the first one', () => {
    const first = told([reinstated(T + 5 * DAY)], WATCHED);
    const again = told([deleted(T + 6 * DAY)], first);
    const back = told([reinstated(T + 7 * DAY)], again);
    expect(back).toMatchObject({
      state: 'erased',
      closedAt: T + 4 * DAY,
      obligation: { terminatedAt: T },
      progress: { documentsErased: 2 },
    });
    expect(back.closures).toHaveLength(1);
  });

  test('does not change the time when an entry was closed', () => {
    expect(told([reinstated(T + 5 * DAY), reinstated(T + 6 * DAY)], ERASED).closedAt).toBe(ERASED.closedAt);
    expect(told([reinstated(T)]).closedAt).toBe(T + 30 * DAY);
  });
});

describe('an entry', () => {
  test('names only the subject of the last event', () => {
    const both = { uin: '1', sdkAppId: '2' };
    expect(told([deleted(T, { subject: both }), deleted(T + 1)])).not.toHaveProperty('sdkAppId');
    expect(newEntry('settings', 'feature-terminated', both, { kid: 'k1', hash: 'h' }).scope).toBe('application');
    expect(EMPTY.scope).toBe('account');
  });

  test('keeps its progress after a repeated termination, and starts again after a reinstatement', () => {
    const begun: LedgerEntry = {
      ...told([deleted(T)]),
      state: 'erasing',
      progress: { documentsErased: 1, newUse: 0, indices: 1 },
    };
    expect(told([deleted(T + DAY)], begun)).toMatchObject({ state: 'erasing', progress: { documentsErased: 1 } });
    expect(told([reinstated(T + DAY), deleted(T + 2 * DAY)], begun)).toMatchObject({
      state: 'pending',
      progress: { documentsErased: 0 },
    });
  });

  test('that was made unreadable is rebuilt from the next event', () => {
    const malformed: LedgerEntry = { ...EMPTY, uin: 'edited', state: 'malformed', events: [] };
    expect(told([deleted(T)], malformed)).toMatchObject({ state: 'pending', uin: SUBJECT.uin });
    const back = told([reinstated(T)], malformed);
    expect(back.state).toBe('cancelled');
    expect(back).not.toHaveProperty('uin');
  });
});
