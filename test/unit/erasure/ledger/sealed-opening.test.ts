import { describe, expect, test } from 'vitest';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { Closure, LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import {
  openingOf,
  openSealed,
  provenOpening,
  sealEarlierOpening,
  sealOpening,
} from '../../../../lib/erasure/ledger/sealed-opening.ts';
import { sealOpenings } from '../../../../lib/erasure/receipts/seal-openings.ts';
import { newRing, ringOf } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryLedger } from '../../../support/in-memory/records/in-memory-ledger.ts';
import { MET_UNDER, OPENING } from '../../../support/receipts/receipt-facts.ts';

const json = newRing();
const ring = ringOf(json);
const entryUnder = (kid: string, hash = 'h'): LedgerEntry =>
  newEntry('settings', 'account-deleted', { uin: '42' }, { kid, hash });
const entry = entryUnder('old');

const closure: Closure = {
  state: 'erased',
  obligation: { requestId: 'msg_1', heardAt: 0, terminatedAt: 0, eraseFrom: 1, eraseBy: 2, immediate: false },
  progress: { documentsErased: 1, newUse: 0, indices: 1 },
  closedAt: 1_000,
  metUnder: MET_UNDER,
  opening: OPENING,
  commitment: 'c',
};

const place = { entry, facts: closure };

describe('a sealed opening', () => {
  const sealed = sealOpening(OPENING, place, ring);

  test('opens with the key ring, and does not contain the opening as plain text', () => {
    expect(sealed.kid).toBe('old');
    expect(JSON.stringify(sealed)).not.toContain(OPENING);
    expect(openSealed(sealed, place, ring)).toBe(OPENING);
  });

  test('uses the key version of its entry, and cannot be opened without it', () => {
    const { old: _, ...keys } = json.subject.keys;
    expect(openSealed(sealed, place, ringOf({ ...json, subject: { current: 'new', keys } }))).toBeUndefined();
  });

  test('uses the current key version if the version of its entry was destroyed', () => {
    expect(sealOpening(OPENING, { ...place, entry: entryUnder('gone') }, ring).kid).toBe('new');
  });

  test.each([
    ['another instant', { entry, facts: { ...closure, closedAt: 1_001 } }],
    ['another subject', { entry: entryUnder('old', 'i'), facts: closure }],
    ['another version', { entry: entryUnder('new'), facts: closure }],
    ['another trigger', { entry: { ...entry, trigger: 'feature-terminated' as const }, facts: closure }],
  ])('does not open in an entry or closure with %s', (_, other) => {
    expect(openSealed(sealed, other, ring)).toBeUndefined();
  });

  test('still opens after its category is renamed', () => {
    expect(openSealed(sealed, { ...place, entry: { ...entry, category: 'other' } as LedgerEntry }, ring)).toBe(OPENING);
  });

  test('does not open if one bit is changed or its end is missing', () => {
    const bytes = Buffer.from(sealed.sealed, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const other = Buffer.from(bytes);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(openSealed({ ...sealed, sealed: other.toString('base64url') }, place, ring)).toBeUndefined();
      const cut = bytes.subarray(0, at).toString('base64url');
      expect(openSealed({ ...sealed, sealed: cut }, place, ring)).toBeUndefined();
    }
  });

  test('uses a new nonce for each opening', () => {
    const nonces = Array.from({ length: 1_000 }, (_, at) =>
      sealOpening(`${at}`.padStart(43, 'A'), place, ring).sealed.slice(0, 16),
    );
    expect(new Set(nonces).size).toBe(1_000);
  });
});

test('openings of an earlier version are sealed by a run, and open as before', async () => {
  const ledger = inMemoryLedger();
  const { obligation: _, receipt: __, ...watched } = { receipt: undefined, ...closure };
  const entries = [
    { ...entry, closures: [closure, { ...closure, closedAt: 2_000 }] },
    { ...entryUnder('gone', 'i'), watched },
    { ...entryUnder('new', 'j'), closures: [{ ...closure, opening: sealOpening(OPENING, place, ring) }] },
  ];
  await ledger.write(entries.map((each) => ({ entry: each, read: undefined })));
  await sealOpenings('settings', ledger, async () => (opening, at) => sealEarlierOpening(opening, at, ring));
  expect(JSON.stringify([...ledger.entries.values()])).not.toContain(OPENING);
  const [first, second, third] = [...ledger.entries.values()].map((read) => read.entry);
  expect(first?.closures.map((each) => openingOf(entry, each, ring))).toEqual([OPENING, OPENING]);
  expect(openingOf(entryUnder('gone', 'i'), second?.watched ?? closure, ring)).toBe(OPENING);
  expect(third).toEqual(entries[2]);
  // What an earlier version left open proves nothing, sealed or not.
  expect(first?.closures.map((each) => provenOpening(entry, each, ring))).toEqual([undefined, undefined]);
});
