import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  brakeOn,
  brakeStatus,
  confirmationOf,
  firstBrake,
  proofsBy,
  released,
} from '../../../../lib/erasure/brakes/decisions.ts';
import { type LedgerEntry, NO_PROGRESS } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';

const T = Date.parse('2026-11-20T09:00:00Z');
const prove = proofsBy(TEST_RING.subject.keys);
const [kid = ''] = TEST_RING.subject.keys.keys();

const entry = (terminatedAt = T, changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  id: `settings/account-deleted/${kid}/hash`,
  category: 'settings',
  trigger: 'account-deleted',
  scope: 'account',
  subject: { kid, hash: 'hash' },
  uin: '1',
  events: [],
  state: 'pending',
  obligation: { requestId: 'msg', heardAt: T, terminatedAt, eraseFrom: T, eraseBy: T + 7 * DAY, immediate: false },
  progress: NO_PROGRESS,
  closures: [],
  ...changes,
});

const brake = (of = entry()) => [brakeOn(of, 'rate', prove, T)].filter((each) => each !== undefined);
const confirmation = (of = entry()) => [confirmationOf(of, prove, T)].filter((each) => each !== undefined);

describe('the state of a brake', () => {
  test('is free without decisions, braked by a brake, and confirmed by a proven decision', () => {
    expect(brakeStatus(entry(), [], prove)).toBe('free');
    expect(brakeStatus(entry(), brake(), prove)).toBe('braked');
    expect(brakeStatus(entry(), [...brake(), ...confirmation()], prove)).toBe('confirmed');
    expect(brakeStatus(entry(), [...confirmation(), ...brake()], prove)).toBe('confirmed');
  });

  test.each([
    ['no proof', ({ proof: _, ...rest }: object & { proof?: string }) => rest],
    ['another proof', (each: object) => ({ ...each, proof: 'A'.repeat(43) })],
    ['the proof of another instant', (each: object) => ({ ...each, ...confirmation(entry(T + 1))[0], at: entryAt(T) })],
    [
      'the proof of another category',
      (each: object) => ({
        ...each,
        proof: confirmation(entry(T, { id: `other/account-deleted/${kid}/hash` }))[0]?.proof,
      }),
    ],
    [
      'the proof of another account',
      (each: object) => ({
        ...each,
        proof: confirmation(entry(T, { id: `settings/account-deleted/${kid}/x` }))[0]?.proof,
      }),
    ],
  ])('ignores a confirmation with %s', (_, forge) => {
    const [real] = confirmation();
    const forged = forge(real as never) as NonNullable<typeof real>;
    expect(brakeStatus(entry(), [...brake(), forged], prove)).toBe('braked');
  });

  test('does not depend on decisions about other entries', () => {
    const others = [
      entry(T, { subject: { kid, hash: 'other' } }),
      entry(T, { subject: { kid: 'k2', hash: 'hash' } }),
      entry(T, { trigger: 'feature-terminated' }),
    ];
    for (const other of others) expect(brakeStatus(entry(), brake(other), prove)).toBe('free');
  });

  test('ignores decisions about a termination that is not owed any more', () => {
    expect(brakeStatus(entry(T + 1), [...brake(), ...confirmation()], prove)).toBe('free');
  });

  test('stays the same if an earlier termination of the account is recorded later', () => {
    expect(brakeStatus(entry(T - DAY), brake(), prove)).toBe('braked');
    expect(brakeStatus(entry(T - DAY), [...brake(), ...confirmation()], prove)).toBe('confirmed');
  });
});

const entryAt = (instant: number): string => new Date(instant).toISOString();

describe('decisions', () => {
  test('have the same id if they are repeated, and different ids for brake and confirmation', () => {
    expect(brakeOn(entry(), 'share', prove, T + DAY)?.id).toBe(brake()[0]?.id);
    expect(confirmation()[0]?.id).not.toBe(brake()[0]?.id);
  });

  test('name the first limit that was reached', () => {
    const later = brakeOn(entry(T + 1), 'share', prove, T + 2);
    expect(firstBrake(entry(), [...(later ? [later] : []), ...brake()])?.reason).toBe('rate');
    expect(firstBrake(entry(), [])).toBeUndefined();
  });

  test('cannot be made for an entry that owes nothing, or under an unknown key', () => {
    const { obligation: _, ...closed } = entry();
    expect(brakeOn(closed, 'rate', prove, T)).toBeUndefined();
    expect(confirmationOf(entry(T, { subject: { kid: 'gone', hash: 'hash' } }), prove, T)).toBeUndefined();
  });
});

test('releasing a brake restores the state in which the erasure was before', () => {
  expect(released(entry(T, { state: 'braked' })).state).toBe('pending');
  expect(released(entry(T, { state: 'braked', progress: { ...NO_PROGRESS, claimed: 3 } })).state).toBe('erasing');
});

describe('the id of a decision', () => {
  test('is the same for the same termination, and differs under another subject key', () => {
    const other = proofsBy(new Map([[kid, createSecretKey(Buffer.alloc(32, 7))]]));
    for (const make of [
      (by: typeof prove) => brakeOn(entry(), 'rate', by, T),
      (by: typeof prove) => confirmationOf(entry(), by, T),
    ]) {
      expect(make(prove)?.id).toBe(make(prove)?.id);
      expect(make(prove)?.id).not.toBe(make(other)?.id);
    }
  });
});
