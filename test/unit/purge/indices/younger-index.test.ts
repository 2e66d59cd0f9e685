import { describe, expect, test } from 'vitest';
import { isYounger, youngestFirst } from '../../../../lib/purge/indices/younger-index.ts';
import { counted, surveyed } from '../../../support/purge/described-index.ts';

/** An index with documents up to an instant; without one, nothing tells how old it is. */
const holding = (name: string, to?: number) => surveyed(counted(1, 1, to === undefined ? {} : { to }), { name });
const empty = (name: string) => surveyed(counted(0, 0), { name });
const silent = (name: string) => surveyed(undefined, { name });

describe('an index beside others of its pattern', () => {
  test.each([
    ['has later documents', holding('a', 2), holding('b', 1)],
    ['has documents of the same instant and a later name', holding('b', 1), holding('a', 1)],
    ['has documents and the other one is empty', holding('a', 1), empty('b')],
    ['has documents, even without dates, and the other one is empty', holding('a'), empty('b')],
  ])('is younger than another one if it %s', (_, index, than) => {
    expect(isYounger(index, than)).toBe(true);
  });

  test.each([
    ['has earlier documents', holding('b', 1), holding('a', 2)],
    ['has documents of the same instant and an earlier name', holding('a', 1), holding('b', 1)],
    ['is the same one', holding('a', 1), holding('a', 1)],
    ['has only documents without dates', holding('b'), holding('a', 1)],
    ['has documents and the other one has only documents without dates', holding('b', 1), holding('a')],
    ['has documents and the other one did not answer', holding('b', 1), silent('a')],
    ['is empty and the other one has documents', empty('b'), holding('a', 1)],
    ['is empty like the other one', empty('b'), empty('a')],
    ['did not answer and the other one has documents', silent('b'), holding('a', 1)],
    ['did not answer and the other one is empty', silent('b'), empty('a')],
  ])('is not younger than another one if it %s', (_, index, than) => {
    expect(isYounger(index, than)).toBe(false);
  });

  test('comes after all younger ones when they are sorted', () => {
    const sorted = [empty('b'), holding('d', 2), holding('a', 1), silent('s'), holding('c', 2), empty('e')];
    const names = ['s', 'd', 'c', 'a', 'e', 'b'];
    expect(youngestFirst(sorted).map(({ description }) => description.name)).toEqual(names);
    expect(youngestFirst(sorted.toReversed()).map(({ description }) => description.name)).toEqual(names);
  });
});
