import { describe, expect, test } from 'vitest';
import { EventIndex } from '../../../../lib/erasure/consistency/event-index.ts';
import { eventId } from '../../../../lib/erasure/events/event-id.ts';
import type { KeptEvent } from '../../../../lib/erasure/events/event-log.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../../lib/policy/retention-policy.ts';
import { policyWith } from '../../../support/policy/policy-text.ts';

const AT = '2026-11-24T09:00:00.000Z';
const RULE = 'rules: { termination: { triggers: [account-deleted], deadline: P7D, cancelWindow: P3D } }';
const CATEGORY = parseRetentionPolicy(policyWith('rules: {}', RULE), 'policy.yml').categories.get(
  'settings',
) as Category;

const kept = (hash: string, alsoUnder: readonly string[], type: KeptEvent['type'] = 'account-deleted'): KeptEvent => {
  const named = { kid: 'new', hash, type, immediate: false };
  const id = eventId(named, { ...named, at: Date.parse(AT) });
  return { ...named, id, at: AT, alsoUnder, requestId: 'msg', heardAt: AT };
};

describe('a forged name in an event', () => {
  const theirs = kept('theirs', ['old/theirs-before', 'old/ours-before'], 'account-reinstated');
  const ours = kept('ours', ['old/ours-before']);

  test('does not make it an event of the named subject', () => {
    const index = new EventIndex([theirs, ours]);
    expect(index.about(['new/ours', 'old/ours-before'])).toEqual([ours]);
    expect(index.about(['new/theirs', 'old/theirs-before'])).toEqual([theirs]);
  });

  test('is believed if no other event contradicts it', () => {
    expect(new EventIndex([ours]).about(['old/ours-before'])).toEqual([ours]);
  });

  test('does not count the entry of another account as the entry of the event', () => {
    const ids = new EventIndex([theirs, ours]).entryIds(ours, CATEGORY);
    expect(ids).toEqual(['settings/account-deleted/new/ours']);
    const honest = new EventIndex([kept('theirs', ['old/theirs-before']), ours]).entryIds(ours, CATEGORY);
    expect(honest).toEqual(['settings/account-deleted/new/ours', 'settings/account-deleted/old/ours-before']);
  });
});
