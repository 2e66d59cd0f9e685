import { describe, expect, test } from 'vitest';
import { isYounger, youngestFirst } from '../../../../lib/purge/indices/younger-index.ts';
import { counted, surveyed } from '../../../support/purge/described-index.ts';

/** An index with documents up to an instant; without one, nothing tells how old it is. */
const holding = (name: string, to?: number) => surveyed(counted(1, 1, to === undefined ? {} : { to }), { name });
const empty = (name: string) => surveyed(counted(0, 0), { name });
const silent = (name: string) => surveyed(undefined, { name });

describe('an index beside others of its pattern', () => {
  test.each([
    ['of later documents', holding('a', 2), holding('b', 1), true],
    ['of earlier documents', holding('b', 1), holding('a', 2), false],
    ['of the same instant and a later name', holding('b', 1), holding('a', 1), true],
    ['of the same instant and an earlier name', holding('a', 1), holding('b', 1), false],
    ['itself', holding('a', 1), holding('a', 1), false],
    ['than an empty one', holding('a', 1), empty('b'), true],
    ['of which nothing tells its age than an empty one', holding('a'), empty('b'), true],
    ['of which nothing tells its age', holding('b'), holding('a', 1), false],
    ['than one of which nothing tells its age', holding('b', 1), holding('a'), false],
    ['than one that did not answer', holding('b', 1), silent('a'), false],
    ['that is empty', empty('b'), holding('a', 1), false],
    ['that is empty than an empty one', empty('b'), empty('a'), false],
    ['that did not answer', silent('b'), holding('a', 1), false],
    ['that did not answer than an empty one', silent('b'), empty('a'), false],
  ])('is younger than another one, or not: %s', (_, other, than, expected) => {
    expect(isYounger(other, than)).toBe(expected);
  });

  test('comes after all younger ones when they are sorted', () => {
    const sorted = [empty('b'), holding('d', 2), holding('a', 1), silent('s'), holding('c', 2), empty('e')];
    const names = ['s', 'd', 'c', 'a', 'e', 'b'];
    expect(youngestFirst(sorted).map(({ description }) => description.name)).toEqual(names);
    expect(youngestFirst(sorted.toReversed()).map(({ description }) => description.name)).toEqual(names);
  });
});
