import { describe, expect, test } from 'vitest';
import { SLICE_DOCUMENTS, sliceDocuments } from '../../../../lib/purge/document-remover.ts';
import { bucketWidth, joinBuckets, joinSubjects, type NumberBucket } from '../../../../lib/purge/execute/slices.ts';

describe('the most documents of one request', () => {
  test.each<[string, Parameters<typeof sliceDocuments>[0], number]>([
    ['no limit', {}, SLICE_DOCUMENTS],
    ['a larger limit of the index', { resultWindow: 50_000 }, SLICE_DOCUMENTS],
    ['a smaller limit of the index', { resultWindow: 500 }, 500],
    ['the batch of a throttle', { batch: 2_000 }, 2_000],
    ['a saved plan that allows fewer', { batch: 2_000, atMost: 7 }, 7],
    ['a saved plan that is used up, where nothing is sent', { atMost: 0 }, 1],
  ])('is right with %s', (_, limits, documents) => {
    expect(sliceDocuments(limits)).toBe(documents);
  });
});

describe('the width of buckets', () => {
  test.each([
    ['one document', 5_000, 5_000, 1, 1],
    ['many documents with one number, in as many shards', 5_000, 5_000, 1_000_000, 1],
    ['more documents than numbers', 0, 999, SLICE_DOCUMENTS, 125],
    ['few documents among many numbers', 0, 86_399_999, 100, 86_400_000],
    ['so many documents that there would be too many buckets', 0, 99_999_999, 100_000_000, 10_000],
  ])('is computed for %s', (_, from, to, documents, width) => {
    expect(bucketWidth(from, to, documents)).toBe(width);
  });
});

describe('slices of buckets', () => {
  const slice = (from: number, to: number) => ({ from, to });
  const rows: readonly (readonly [string, readonly NumberBucket[], readonly object[]])[] = [
    ['none', [], []],
    ['one', [{ from: 0, documents: 7 }], [slice(0, 10)]],
    [
      'one document fewer than a request deletes',
      [
        { from: 0, documents: 4_000 },
        { from: 10, documents: 5_999 },
      ],
      [slice(0, 20)],
    ],
    [
      'as many together as a request deletes, which would be sent again',
      [
        { from: 0, documents: 4_000 },
        { from: 10, documents: 6_000 },
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

  test.each(rows)('are filled up to the limit: %s', (_, buckets, slices) => {
    expect(joinBuckets(buckets, 10)).toEqual(slices);
  });

  test('leave out no document', () => {
    const buckets = Array.from({ length: 500 }, (_, at) => ({ from: at * 10, documents: (at * 7_919) % 12_000 }));
    const slices = joinBuckets(buckets, 10);
    for (const { from } of buckets)
      expect(slices.filter((each) => each.from <= from && from < each.to)).toHaveLength(1);
  });
});

describe('slices of subjects', () => {
  const subjects = ['a', 'b', 'c', 'd'].map((key) => ({ key, uin: key, eraseBy: 0 }));
  const joined = (owed: Readonly<Record<string, number>>, most?: number) =>
    joinSubjects(subjects, new Map(Object.entries(owed)), most).map((slice) => slice.subjects.map(({ key }) => key));

  test.each<[string, Readonly<Record<string, number>>, readonly (readonly string[])[]]>([
    ['none of whom has documents', {}, []],
    ['some of whom have none', { a: 1, c: 0, d: 1 }, [['a', 'd']]],
    ['that have one document fewer than a request deletes', { a: 4, b: 5 }, [['a', 'b']]],
    ['that have as many together, which would be sent again', { a: 4, b: 6, c: 1 }, [['a'], ['b', 'c']]],
    ['one of whom has more than a slice takes', { a: 1, b: 25, c: 1 }, [['a'], ['b'], ['c']]],
    ['of which several are full', { a: 10, b: 5, c: 4, d: 1 }, [['a'], ['b', 'c'], ['d']]],
  ])('are joined for subjects %s', (_, owed, slices) => {
    expect(joined(owed, 10)).toEqual(slices);
  });

  test('contain fewer documents than one request may delete, if no limit is given', () => {
    expect(joined({ a: SLICE_DOCUMENTS - 2, b: 1, c: 1 })).toEqual([['a', 'b'], ['c']]);
  });
});
