import { createPublicKey, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalReceipt, signReceipt } from '../../lib/adapters/crypto/receipt-signer.ts';
import { verifyReceipt } from '../../lib/adapters/crypto/receipt-verifier.ts';
import { buildReceipt, type CategoryFacts, type Receipt } from '../../lib/erasure/receipts/receipt.ts';
import { newRing, ringOf } from '../support/erasure/key-ring-text.ts';
import { receiptFacts } from '../support/receipts/receipt-facts.ts';
import fc from '../support/run/fast-check.ts';
import { propertyRuns } from '../support/run/property-runs.ts';

const ring = ringOf(newRing());
const publicKey = String(
  createPublicKey(ring.signing.keys.get('new') as KeyObject).export({ type: 'spki', format: 'pem' }),
);
const receipt = buildReceipt(receiptFacts());
const jws = await signReceipt(receipt, ring);

const instant = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.getTime());
/** Nothing is verified to be gone before it was to go. */
const later = instant.filter((at) => at >= receiptFacts().request.terminatedAt);
const text = fc.string({ unit: 'grapheme', minLength: 1 });
const category: fc.Arbitrary<CategoryFacts> = fc
  .record({
    category: text,
    documentsErased: fc.nat(),
    firstErasedAt: instant,
    verifiedAt: later,
    newUseKept: fc.nat(),
    policyVersion: text,
    patterns: fc.array(text, { minLength: 1, maxLength: 3 }),
    indices: fc.nat(),
  })
  .chain(({ firstErasedAt, ...rest }) =>
    fc.constantFrom<CategoryFacts>(
      { ...rest, outcome: 'erased', firstErasedAt },
      { ...rest, outcome: 'nothing-found', documentsErased: 0 },
    ),
  );
const anyReceipt: fc.Arbitrary<Receipt> = fc
  .record({
    issuedAt: instant,
    categories: fc.array(category, { minLength: 1, maxLength: 4 }),
    commitment: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }),
    cluster: fc.record({ uuid: text, name: text, version: text }),
  })
  .map((changes) => buildReceipt(receiptFacts(changes)));

/** The same value with every object's members in another order. */
const shuffled = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(shuffled)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, inner]) => [name, shuffled(inner)]),
        )
      : value;

describe('receipts', () => {
  test('every possible receipt can be signed, and verifies with the same content', async () => {
    await fc.assert(
      fc.asyncProperty(anyReceipt, async (made) => {
        expect((await verifyReceipt(await signReceipt(made, ring), publicKey)).receipt).toEqual(made);
      }),
    );
  });

  test('replacing any character of a receipt makes it invalid', async () => {
    const isValid = await Promise.all(
      [...jws].flatMap((character, at) =>
        ['A', '_', '.'].map(async (other) => {
          if (other === character) return false;
          const tampered = jws.slice(0, at) + other + jws.slice(at + 1);
          return verifyReceipt(tampered, publicKey).then(
            () => true,
            () => false,
          );
        }),
      ),
    );
    expect(isValid.length).toBeGreaterThan(3 * 1000);
    expect(isValid.filter(Boolean)).toEqual([]);
  });

  test('a receipt with another last character is refused, even if it decodes to the same bytes', async () => {
    for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
      if (character !== jws.at(-1))
        await expect(verifyReceipt(jws.slice(0, -1) + character, publicKey)).rejects.toThrow();
  });

  test('removing or inserting anything makes a receipt invalid', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: jws.length - 1 }),
        fc.nat({ max: 9 }),
        fc.string({ maxLength: 9 }),
        async (from, length, put) => {
          const tampered = jws.slice(0, from) + put + jws.slice(from + length);
          fc.pre(tampered !== jws);
          await expect(verifyReceipt(tampered, publicKey)).rejects.toMatchObject({ name: 'InvalidReceipt' });
        },
      ),
      { numRuns: propertyRuns(1000) },
    );
  });

  test('the canonical form of a receipt depends only on its content', () => {
    fc.assert(
      fc.property(anyReceipt, anyReceipt, (one, other) => {
        const canonical = canonicalReceipt(one);
        expect(canonicalReceipt(shuffled(one))).toBe(canonical);
        expect(canonicalReceipt(JSON.parse(canonical))).toBe(canonical);
        expect(JSON.parse(canonical)).toEqual(one);
        const same = JSON.stringify(shuffled(one)) === JSON.stringify(shuffled(other));
        expect(canonicalReceipt(other) === canonical).toBe(same);
      }),
    );
  });
});
