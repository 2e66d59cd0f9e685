import { describe, expect, it } from 'vitest';
import { SLICE_DOCUMENTS } from '../../../lib/purge/document-store.ts';
import { type Bucket, bucketWidth, joinBuckets } from '../../../lib/purge/execute/slices.ts';

describe('the width of buckets', () => {
  it.each([
    ['one document', 5_000, 5_000, 1, 1],
    ['many documents in one millisecond', 5_000, 5_000, 1_000_000, 1],
    ['a slice of documents over a second', 0, 999, SLICE_DOCUMENTS, 125],
    ['few documents over a day', 0, 86_399_999, 100, 86_400_000],
    ['so many documents that there would be too many buckets', 0, 99_999_999, 100_000_000, 10_000],
  ])('for %s', (_, from, to, documents, width) => {
    expect(bucketWidth(from, to, documents)).toBe(width);
  });
});

describe('joining buckets', () => {
  const slice = (from: number, to: number) => ({ field: 'timestamp', from, to });
  const rows: readonly (readonly [string, readonly Bucket[], readonly object[]])[] = [
    ['none', [], []],
    ['one', [{ from: 0, documents: 7 }], [slice(0, 10)]],
    [
      'exactly full together',
      [
        { from: 0, documents: 4_000 },
        { from: 10, documents: 6_000 },
      ],
      [slice(0, 20)],
    ],
    [
      'one document too many',
      [
        { from: 0, documents: 4_000 },
        { from: 10, documents: 6_001 },
      ],
      [slice(0, 10), slice(10, 20)],
    ],
    [
      'a gap between them',
      [
        { from: 0, documents: 1 },
        { from: 500, documents: 1 },
      ],
      [slice(0, 510)],
    ],
    [
      'one that is more than full by itself',
      [
        { from: 0, documents: 1 },
        { from: 10, documents: 25_000 },
        { from: 20, documents: 1 },
      ],
      [slice(0, 10), slice(10, 20), slice(20, 30)],
    ],
  ];

  it.each(rows)('%s', (_, buckets, slices) => {
    expect(joinBuckets(buckets, 10, 'timestamp')).toEqual(slices);
  });

  it('leaves no document out', () => {
    const buckets = Array.from({ length: 500 }, (_, at) => ({ from: at * 10, documents: (at * 7_919) % 12_000 }));
    const slices = joinBuckets(buckets, 10, 'ingested');
    for (const { from } of buckets)
      expect(slices.filter((each) => each.from <= from && from < each.to)).toHaveLength(1);
  });
});
