import { expect, test } from 'vitest';
import { newEntry } from '../../../lib/erasure/apply-event.ts';
import { siblingsOf } from '../../../lib/erasure/closed-request.ts';
import type { RetentionPolicy } from '../../../lib/policy/retention-policy.ts';

const policyOf = (triggers: Readonly<Record<string, readonly string[]>>): RetentionPolicy =>
  ({
    categories: new Map(
      Object.entries(triggers).map(([id, each]) => [id, { id, rules: { termination: { triggers: each } } }]),
    ),
  }) as unknown as RetentionPolicy;

const entry = newEntry('rooms', 'feature-terminated', { uin: '9007199254740993' }, { kid: 'k1', hash: 'a' });

const idsOf = (policy: RetentionPolicy) => [...siblingsOf(entry, policy).keys()].map(({ id }) => id);

test('the categories that owe the same are those whose rule has the trigger', () => {
  const policy = policyOf({ rooms: ['feature-terminated'], logs: ['account-deleted'], chats: ['feature-terminated'] });
  expect(idsOf(policy)).toEqual(['rooms', 'chats']);
});

test("an entry's own category is one of them, also when its rule lost the trigger since", () => {
  expect(idsOf(policyOf({ rooms: ['account-deleted'], logs: ['account-deleted'] }))).toEqual(['rooms']);
});
