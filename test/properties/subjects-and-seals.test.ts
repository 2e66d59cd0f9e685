import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { seal, unseal } from '../../lib/adapters/archive/seal-copy.ts';
import { subjectCommitment } from '../../lib/erasure/subjects/subject-commitment.ts';
import { subjectHash } from '../../lib/erasure/subjects/subject-hash.ts';
import { newRing, ringOf } from '../support/erasure/key-ring-text.ts';
import { OPENING } from '../support/receipts/receipt-facts.ts';
import fc from '../support/run/fast-check.ts';
import { propertyRuns } from '../support/run/property-runs.ts';

/** Few characters, among them those with which one encoding might be taken for another: collisions are then likely. */
const identifier = fc.string({
  unit: fc.constantFrom('1', '2', '"', ',', '\\', 'null', '\u0000', '\ud800'),
  maxLength: 4,
});
const subject = fc.record({ uin: identifier, sdkAppId: identifier }, { requiredKeys: ['uin'] });
const key = createSecretKey(Buffer.alloc(32, 7));

describe('subjects', () => {
  test('have equal hashes and commitments if they are equal, and never otherwise', () => {
    fc.assert(
      fc.property(subject, subject, (one, other) => {
        const same = one.uin === other.uin && one.sdkAppId === other.sdkAppId;
        expect(subjectHash(one, key) === subjectHash(other, key)).toBe(same);
        expect(subjectCommitment(one, OPENING) === subjectCommitment(other, OPENING)).toBe(same);
      }),
      { numRuns: propertyRuns(2000) },
    );
  });

  test('have a different commitment with every opening', () => {
    const opening = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => Buffer.from(b).toString('base64url'));
    fc.assert(
      fc.property(subject, opening, opening, (one, a, b) => {
        expect(subjectCommitment(one, a) === subjectCommitment(one, b)).toBe(a === b);
      }),
    );
  });
});

const { archive } = ringOf(newRing());
const kind = fc.constantFrom('events', 'entries', 'receipts');
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/);
/** What JSON can carry: it has no minus zero. */
const content = fc
  .dictionary(
    fc.string().filter((name) => name !== '__proto__'),
    fc.jsonValue(),
  )
  .map((value) => JSON.parse(JSON.stringify(value)));

describe('seals', () => {
  test('return their content only for the kind and id that they were made for', async () => {
    await fc.assert(
      fc.asyncProperty(content, kind, id, kind, id, async (sealed, ofKind, ofId, otherKind, otherId) => {
        const text = seal(sealed, { kind: ofKind, id: ofId }, archive);
        expect(unseal(text, { kind: ofKind, id: ofId }, archive)).toEqual({ id: ofId, content: sealed });
        if (ofKind === otherKind && ofId === otherId) return;
        expect(unseal(text, { kind: otherKind, id: otherId }, archive)).toEqual({
          id: otherId,
          unreadable: 'damaged',
        });
      }),
    );
  });

  test('do not open after any of their characters is changed', async () => {
    const place = { kind: 'events', id: 'a' } as const;
    const text = seal({ uin: '42' }, place, archive);
    for (const [at, character] of [...text].entries()) {
      const bits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(character);
      if (bits === -1) continue;
      // The lowest bit of a character may be one of those that base64url leaves unused at an end.
      for (const bit of [1, 32]) {
        const other = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[bits ^ bit] ?? '';
        const opened = unseal(text.slice(0, at) + other + text.slice(at + 1), place, archive);
        expect(opened).toHaveProperty('unreadable');
      }
    }
  });
});
