import { expect, test } from 'vitest';
import { renewProofs } from '../../../../lib/erasure/consistency/renew-proofs.ts';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import type { KeptEvent } from '../../../../lib/erasure/events/event-log.ts';
import { applyEvent, newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import { believedRequest } from '../../../../lib/erasure/ledger/believed-request.ts';
import type { LedgerEntry, Obligation } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { isProvenBy, withProof } from '../../../../lib/erasure/ledger/obligation-proof.ts';
import { keptEvent } from '../../../../lib/erasure/recording/keep-event.ts';
import { keyedDigest } from '../../../../lib/erasure/subjects/digest.ts';
import { type SubjectHash, subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryEventLogs, inMemoryLedger } from '../../../support/in-memory/records/in-memory-ledger.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const SUBJECT = { uin: '9007199254740993' };
const HASH = subjectHashes(SUBJECT, TEST_RING)[0] as SubjectHash;
const RULE = { deadline: { milliseconds: 7 * DAY }, cancelWindow: { milliseconds: 3 * DAY } };
const EVENT: AccountEvent = {
  requestId: 'msg_1',
  type: 'account-deleted',
  subject: SUBJECT,
  at: NOW,
  immediate: false,
};

/** With the proof of the version before: of account and dates alone. */
const earlier = (edit: (obligation: Obligation) => Obligation = (each) => each): LedgerEntry => {
  const entry = applyEvent(newEntry('settings', 'account-deleted', SUBJECT, HASH), EVENT, RULE, NOW);
  const obligation = edit(entry.obligation as Obligation);
  const { terminatedAt, eraseFrom, eraseBy, immediate } = obligation;
  const proof = keyedDigest(
    TEST_RING.subject.keys.get(HASH.kid) as never,
    'base64url',
    ...(['es-retention/obligation/2', EVENT.type, HASH.kid, HASH.hash, SUBJECT.uin, null] as const),
    ...([terminatedAt, eraseFrom, eraseBy, immediate] as const),
  );
  return { ...entry, obligation: { ...obligation, proof } };
};

const afterRun = async (entry: LedgerEntry, kept: Partial<KeptEvent> = {}): Promise<LedgerEntry> => {
  const [ledger, logs] = [inMemoryLedger(), inMemoryEventLogs()];
  await ledger.write([{ entry, read: undefined }]);
  await logs('settings').keep([{ ...keptEvent(EVENT, [HASH], NOW - 900), ...kept }]);
  await renewProofs('settings', ledger, logs('settings'), async () => TEST_RING);
  const [read] = [...ledger.entries.values()];
  if (read === undefined) throw new Error('no entry');
  return read.entry;
};

test("an earlier version's entry is believed, and gets a new proof if events agree", async () => {
  expect(isProvenBy(earlier(), TEST_RING)).toBe(true);
  expect(believedRequest(earlier(), TEST_RING)).toBeUndefined();
  expect(believedRequest(await afterRun(earlier()), TEST_RING)).toBe('msg_1');
});

test.each<[string, LedgerEntry, Partial<KeptEvent>]>([
  ['an entry that says another request', earlier((each) => ({ ...each, requestId: 'forged' })), {}],
  ['an entry that was heard at another time', earlier((each) => ({ ...each, heardAt: 1 })), {}],
  ['an event of another request', earlier(), { requestId: 'msg_2' }],
  ['an event that was heard on another day', earlier(), { heardAt: '2026-11-01T00:00:00.000Z' }],
  ['an event of another subject', earlier(), { hash: 'another' }],
])('a run gives no new proof because of %s', async (_, entry, kept) => {
  expect(await afterRun(entry, kept)).toEqual(entry);
});

test('an entry with a proof of the earlier version keeps such a proof after another event', () => {
  const before = earlier();
  const later = { ...EVENT, at: NOW + DAY, requestId: 'msg_2' };
  const after = withProof(applyEvent(before, later, RULE, NOW), TEST_RING, before);
  expect([isProvenBy(after, TEST_RING), believedRequest(after, TEST_RING)]).toEqual([true, undefined]);
});
