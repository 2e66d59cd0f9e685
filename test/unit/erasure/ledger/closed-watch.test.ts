import { expect, test } from 'vitest';
import { NO_DOCUMENTS } from '../../../../lib/criteria/counts.ts';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { applyEvent, newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { isProvenBy, withProof } from '../../../../lib/erasure/ledger/obligation-proof.ts';
import { beginEntry, recordOutcome } from '../../../../lib/erasure/ledger/record-outcome.ts';
import { sealOpening } from '../../../../lib/erasure/ledger/sealed-opening.ts';
import { receiptIdsBy } from '../../../../lib/erasure/receipts/closed-request.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { testHashes } from '../../../support/erasure/erasure-fixture.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { MET_UNDER, OPENING } from '../../../support/receipts/receipt-facts.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const SUBJECT = { uin: '9007199254740993' };
const RULE = {
  triggers: ['account-deleted'] as const,
  deadline: { iso: 'P7D', milliseconds: 7 * DAY },
  cancelWindow: { iso: 'P3D', milliseconds: 3 * DAY },
};
const event = (type: AccountEvent['type'], at: number): AccountEvent => ({
  requestId: `msg_${type}`,
  type,
  subject: SUBJECT,
  at,
  immediate: false,
});
const [hash] = testHashes(SUBJECT);

/** An entry whose documents were erased a moment ago, and that the next run looks at once more. */
const watched = (): LedgerEntry => {
  if (hash === undefined) throw new Error('no hash');
  const first = newEntry('settings', 'account-deleted', SUBJECT, hash);
  const pending = withProof(applyEvent(first, event('account-deleted', NOW - 4 * DAY), RULE as never, NOW), TEST_RING);
  const begun = withProof(beginEntry(pending, { ...NO_DOCUMENTS, due: 2, isWhole: true }, NOW), TEST_RING, pending);
  const found = { ...NO_DOCUMENTS, indices: 1, isWhole: true, coversClaim: true, verifiedAt: NOW, nextRunBy: NOW + 1 };
  const recorded = recordOutcome(begun, found, {
    rule: RULE as never,
    metUnder: MET_UNDER,
    opening: OPENING,
    seal: (opening, place) => sealOpening(opening, place, TEST_RING),
  });
  return withProof(recorded, TEST_RING, begun);
};

const reinstated = (before: LedgerEntry): LedgerEntry =>
  withProof(applyEvent(before, event('account-reinstated', NOW), RULE as never, NOW), TEST_RING, before);

const idIn = (entry: LedgerEntry): string | undefined => {
  const [closure] = entry.closures;
  return closure && receiptIdsBy(TEST_RING)(entry, closure);
};

test('an account that is reinstated while its entry is watched still gets a receipt', () => {
  const before = watched();
  expect(before.watched).toBeDefined();
  expect(isProvenBy(before, TEST_RING)).toBe(true);
  const after = reinstated(before);
  expect(after).toMatchObject({ state: 'erased', closures: [{ obligation: { requestId: 'msg_account-deleted' } }] });
  expect(idIn(after)).toBeDefined();
});

test.each<[string, (entry: LedgerEntry) => LedgerEntry]>([
  [
    'request',
    (entry) => ({ ...entry, obligation: { ...(entry.obligation as never as object), requestId: 'forged' } as never }),
  ],
  [
    'commitment',
    (entry) => ({ ...entry, watched: { ...(entry.watched as never as object), commitment: 'd' } as never }),
  ],
  ['progress', (entry) => ({ ...entry, progress: { ...entry.progress, documentsErased: 4711 } })],
])('a watched entry with a forged %s gets no receipt after a reinstatement', (_, edit) => {
  const after = reinstated(edit(watched()));
  expect(after.closures).toHaveLength(1);
  expect(idIn(after)).toBeUndefined();
});

test('a watched closure has no receipt id under another request', () => {
  const { watched: watch, obligation, ...entry } = watched();
  if (watch === undefined || obligation === undefined) throw new Error('not watched');
  const forged = { ...entry, closures: [{ ...watch, obligation: { ...obligation, requestId: 'forged' } }] };
  expect(idIn(forged)).toBeUndefined();
});
