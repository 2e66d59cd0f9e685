import { describe, expect, test } from 'vitest';
import { InputError } from '../../../../lib/base/errors.ts';
import { type AccountEventInput, accountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { DAY, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { BOUNDS, NOW } from '../../../support/erasure/arbitrary-termination.ts';
import { thrownBy } from '../../../support/erasure/refusals.ts';

const DELETED: AccountEventInput = {
  requestId: 'msg_1',
  type: 'account-deleted',
  uin: '100000000000000000001',
  at: '2026-11-24T08:00:00Z',
};

const read = (changes: Partial<AccountEventInput>) => accountEvent({ ...DELETED, ...changes }, BOUNDS);

const refusal = (changes: Partial<AccountEventInput>) => thrownBy(() => read(changes));

describe('a termination or reinstatement', () => {
  test('keeps an account number beyond 2^53 exactly', () => {
    expect(read({})).toEqual({
      requestId: 'msg_1',
      type: 'account-deleted',
      subject: { uin: '100000000000000000001' },
      at: Date.parse('2026-11-24T08:00:00Z'),
      immediate: false,
    });
  });

  test('may be for one application, or for all of an account', () => {
    expect(read({ type: 'feature-terminated', sdkAppId: '1400000001' }).subject).toEqual({
      uin: DELETED.uin,
      sdkAppId: '1400000001',
    });
    expect(read({ type: 'feature-terminated' }).subject).toEqual({ uin: DELETED.uin });
  });

  test.each([
    ['an account as a number', { uin: 100001 }, 'uin', 'a number'],
    ['no account', { uin: undefined }, 'uin', 'nothing'],
    ['an empty account', { uin: '' }, 'uin', 'an empty text'],
    ['an account that begins with a blank', { uin: ' 12' }, 'uin', 'a text of 3 characters'],
    ['an account that ends in a line end', { uin: '12\n' }, 'uin', 'a text of 3 characters'],
    ['half of a surrogate pair', { uin: '12\ud800' }, 'uin', 'a text of 3 characters'],
    ['an account too long', { uin: 'x'.repeat(129) }, 'uin', 'a text of 129 characters'],
    ['a list of accounts', { uin: ['1', '2'] }, 'uin', 'a list'],
    ['an application as a number', { type: 'feature-terminated', sdkAppId: 14 }, 'sdkAppId', 'a number'],
    // It would widen one application to all of them.
    ['an application that is null', { type: 'feature-terminated', sdkAppId: null }, 'sdkAppId', 'null'],
    ['an application that is empty', { type: 'feature-terminated', sdkAppId: '' }, 'sdkAppId', 'an empty text'],
    ['an application when the account is deleted', { sdkAppId: '14' }, 'sdkAppId', 'one'],
    ['an id that is missing', { requestId: undefined }, 'requestId', 'nothing'],
    ['an id with a brace', { requestId: 'a.1.{' }, 'requestId', 'a text of 5 characters'],
    ['epoch milliseconds', { at: NOW }, 'at', 'a number'],
    ['no instant', { at: undefined }, 'at', 'nothing'],
    ['a day without a time', { at: '2026-11-24' }, 'at', 'a text of 10 characters'],
    ['a time without a zone', { at: '2026-11-24T09:00:00' }, 'at', 'a text of 19 characters'],
    ['the 30th of February', { at: '2026-02-30T09:00:00Z' }, 'at', 'a text of 20 characters'],
    ['immediate in words', { immediate: 'true' }, 'immediate', 'a text of 4 characters'],
    ['an immediate reinstatement', { type: 'account-reinstated', immediate: true }, 'immediate', 'true for a reinst'],
  ] as const)('is refused with %s', (_, changes, field, found) => {
    const error = refusal(changes as Partial<AccountEventInput>);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ code: 'bad-termination', field });
    expect(error.explanation.found).toContain(found);
  });

  test('is refused with the reason if its account is a number', () => {
    expect(refusal({ uin: 1 }).message).toContain('Write it in quotes: account numbers exceed 2^53.');
  });

  test("may be as old as the ledger's memory, but not older", () => {
    expect(read({ at: isoInstant(NOW - BOUNDS.memory) }).at).toBe(NOW - BOUNDS.memory);
    expect(refusal({ at: isoInstant(NOW - BOUNDS.memory - 1) })).toMatchObject({ code: 'too-long-ago', field: 'at' });
    expect(refusal({ at: '0001-01-01T00:00:00Z' }).message).toContain('at most 45 d ago');
  });

  test('may be dated at most 366 days ahead if it is a termination', () => {
    expect(read({ at: isoInstant(NOW + 366 * DAY) }).at).toBe(NOW + 366 * DAY);
    expect(refusal({ at: isoInstant(NOW + 366 * DAY + 1) })).toMatchObject({ code: 'too-far-ahead', field: 'at' });
    expect(refusal({ at: '9999-12-31T23:59:59Z' }).code).toBe('too-far-ahead');
  });

  test.each([{}, { sdkAppId: '1400000001' }])(
    'may be dated at most five minutes ahead if it is a reinstatement: %j',
    (about) => {
      const reinstated = { ...about, type: 'account-reinstated' } as const;
      expect(read({ ...reinstated, at: isoInstant(NOW + 5 * MINUTE) }).at).toBe(NOW + 5 * MINUTE);
      for (const ahead of [5 * MINUTE + 1, DAY, 300 * DAY])
        expect(refusal({ ...reinstated, at: isoInstant(NOW + ahead) })).toMatchObject({
          code: 'too-far-ahead',
          message: expect.stringContaining('at most 5 min ahead'),
        });
    },
  );

  test('is refused with the field names that its sender uses', () => {
    const act = () => accountEvent({ ...DELETED, uin: 'a\nb' }, BOUNDS, { uin: '--uin' });
    expect(act).toThrow(expect.objectContaining({ field: '--uin', message: expect.stringContaining('--uin to be a') }));
  });

  test('is refused with a message that contains none of its values', () => {
    const identifier = ' jane doe\n4711';
    for (const field of ['uin', 'requestId', 'at', 'immediate'] as const)
      expect(refusal({ [field]: identifier }).message).not.toContain('jane');
    expect(refusal({ type: 'feature-terminated', sdkAppId: identifier }).message).not.toContain('jane');
  });
});
