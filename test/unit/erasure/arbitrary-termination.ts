import fc from 'fast-check';
import type { TerminationEvent } from '../../../lib/erasure/termination-event.ts';
import { DAY, MINUTE } from '../../../lib/policy/duration.ts';

export const NOW = Date.parse('2026-11-24T09:00:00Z');
export const BOUNDS = { now: NOW, memory: 45 * DAY };

const FIRST = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];
const identifier = fc
  .tuple(fc.constantFrom(...FIRST), fc.array(fc.constantFrom(...FIRST, ...'._:@-'), { maxLength: 127 }))
  .map(([first, rest]) => first + rest.join(''));

const at = fc.integer({ min: NOW - BOUNDS.memory, max: NOW + 366 * DAY });

/** Every event that the constructor lets through. */
export const termination: fc.Arbitrary<TerminationEvent> = fc.oneof(
  fc.record({
    requestId: identifier,
    type: fc.constant('account-deleted' as const),
    subject: fc.record({ uin: identifier }),
    at,
    immediate: fc.boolean(),
  }),
  fc.record({
    requestId: identifier,
    type: fc.constant('feature-terminated' as const),
    subject: fc.record({ uin: identifier, sdkAppId: identifier }, { requiredKeys: ['uin'] }),
    at,
    immediate: fc.boolean(),
  }),
  fc.record({
    requestId: identifier,
    type: fc.constant('account-reinstated' as const),
    subject: fc.record({ uin: identifier, sdkAppId: identifier }, { requiredKeys: ['uin'] }),
    at: fc.integer({ min: NOW - BOUNDS.memory, max: NOW + 5 * MINUTE }),
    immediate: fc.constant(false),
  }),
);

/** Values that JSON can hold, those that look right among them. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  identifier,
  at.map((instant) => new Date(instant).toISOString()),
  fc.constantFrom('1.0', 'account.deleted', 'feature.terminated', 'Account Deleted', 'Account Reinstated', true),
);
