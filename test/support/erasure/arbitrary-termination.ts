import type { AccountEvent } from '../../../lib/erasure/events/account-event.ts';
import { DAY, MINUTE } from '../../../lib/policy/time/duration.ts';
import fc from '../run/fast-check.ts';

export const NOW = Date.parse('2026-11-24T09:00:00Z');
export const BOUNDS = { now: NOW, memory: 45 * DAY };

const FIRST = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];
const requestId = fc
  .tuple(fc.constantFrom(...FIRST), fc.array(fc.constantFrom(...FIRST, ...'._:@-'), { maxLength: 127 }))
  .map(([first, rest]) => first + rest.join(''));

/**
 * Possible names of an account or application, including characters that look alike, are invisible, or have a meaning
 * elsewhere.
 */
export const identifier = fc
  .oneof(
    requestId,
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    fc.string({
      unit: fc.constantFrom('"', '\\', "'", ' ', ',', '#', '{', '\u200b', '\u2028', '7', '-', '.'),
      maxLength: 9,
    }),
    fc.constantFrom('__proto__', 'constructor', 'José', 'Jose\u0301', '*', '?{a=1}', '-7', 'null'),
  )
  .filter((text) => text !== '' && text.length <= 128 && text.trim() === text && !/[\p{Cc}\p{Cs}]/u.test(text))
  .filter((text) => !/\p{Noncharacter_Code_Point}/u.test(text));

const at = fc.integer({ min: NOW - BOUNDS.memory, max: NOW + 366 * DAY });

/** A request id does not contain the subject. */
const namesNobody = ({ requestId: id, subject: { uin, sdkAppId } }: AccountEvent): boolean =>
  [uin, sdkAppId].every((text) => text === undefined || !id.toLowerCase().includes(text.toLowerCase()));

/** Every event that the constructor accepts. */
export const termination: fc.Arbitrary<AccountEvent> = fc
  .oneof(
    fc.record({
      requestId,
      type: fc.constant('account-deleted' as const),
      subject: fc.record({ uin: identifier }),
      at,
      immediate: fc.boolean(),
    }),
    fc.record({
      requestId,
      type: fc.constant('feature-terminated' as const),
      subject: fc.record({ uin: identifier, sdkAppId: identifier }, { requiredKeys: ['uin'] }),
      at,
      immediate: fc.boolean(),
    }),
    fc.record({
      requestId,
      type: fc.constant('account-reinstated' as const),
      subject: fc.record({ uin: identifier, sdkAppId: identifier }, { requiredKeys: ['uin'] }),
      at: fc.integer({ min: NOW - BOUNDS.memory, max: NOW + 5 * MINUTE }),
      immediate: fc.constant(false),
    }),
  )
  .filter(namesNobody);

/** Values that JSON can hold, including values that look right. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  identifier,
  requestId,
  at.map((instant) => new Date(instant).toISOString()),
  fc.constantFrom('1.0', 'account.deleted', 'feature.terminated', 'Account Deleted', 'Account Reinstated', true),
);
