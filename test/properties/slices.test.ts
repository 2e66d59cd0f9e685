import { expect, test } from 'vitest';
import { type AgeSlice, SLICE_DOCUMENTS } from '../../lib/purge/document-remover.ts';
import { bucketWidth, joinBuckets, type NumberBucket } from '../../lib/purge/execute/slices.ts';
import fc from '../support/run/fast-check.ts';

/** Buckets as a `histogram` gives them: in order, of one width, empty ones left out. */
const histogram = fc
  .record({
    width: fc.integer({ min: 1, max: 100_000 }),
    documents: fc.array(fc.oneof(fc.constant(0), fc.nat(3_000), fc.nat(30_000)), { maxLength: 40 }),
  })
  .map(({ width, documents }) => ({
    width,
    buckets: documents
      .map((each, at): NumberBucket => ({ from: at * width, documents: each }))
      .filter((bucket) => bucket.documents > 0),
  }));

const bucketsOf = (buckets: readonly NumberBucket[], { from, to }: AgeSlice): readonly NumberBucket[] =>
  buckets.filter((bucket) => bucket.from >= from && bucket.from < to);

test('slices contain every bucket exactly once, complete and in order', () => {
  fc.assert(
    fc.property(histogram, ({ width, buckets }) => {
      const slices = joinBuckets(buckets, width);
      expect(slices.flatMap((slice) => bucketsOf(buckets, slice))).toEqual(buckets);
      for (const slice of slices) expect(bucketsOf(buckets, slice).at(-1)?.from).toBe(slice.to - width);
    }),
  );
});

test('every slice takes one request, unless a single bucket takes more', () => {
  fc.assert(
    fc.property(histogram, ({ width, buckets }) => {
      for (const slice of joinBuckets(buckets, width)) {
        const joined = bucketsOf(buckets, slice);
        const documents = joined.reduce((sum, bucket) => sum + bucket.documents, 0);
        expect(documents < SLICE_DOCUMENTS || joined.length === 1).toBe(true);
      }
    }),
  );
});

test('two neighbouring slices do not fit into one request together', () => {
  fc.assert(
    fc.property(histogram, ({ width, buckets }) => {
      const slices = joinBuckets(buckets, width);
      slices.slice(1).forEach((slice, at) => {
        const [first] = bucketsOf(buckets, slice);
        const before = bucketsOf(buckets, slices[at] as AgeSlice).reduce((sum, bucket) => sum + bucket.documents, 0);
        expect(before + (first?.documents ?? 0)).toBeGreaterThanOrEqual(SLICE_DOCUMENTS);
      });
    }),
  );
});

test("histogram buckets cover all documents and stay within the server's limit", () => {
  const number = fc.oneof(fc.nat(1_000_000), fc.integer({ min: 0, max: 2 ** 45 }));
  fc.assert(
    fc.property(number, number, fc.integer({ min: 1, max: 2 ** 31 }), (one, other, documents) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const width = bucketWidth(from, to, documents);
      expect(Number.isInteger(width) && width >= 1).toBe(true);
      // Buckets start at multiples of their width, so that one more may be needed.
      const buckets = Math.floor(to / width) - Math.floor(from / width) + 1;
      expect(buckets).toBeLessThanOrEqual(10_001);
    }),
  );
});
