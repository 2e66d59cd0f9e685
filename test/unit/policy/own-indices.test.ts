import { expect, test } from 'vitest';
import {
  CATEGORY_ID,
  categoryIn,
  OWN_KINDS,
  type OwnNames,
  ownIndices,
  sharedIndices,
} from '../../../lib/policy/own-indices.ts';
import { findingInIndexPrefix, findingInReportsIndex } from '../../../lib/policy/parsing/pattern-check.ts';
import fc from '../../support/run/fast-check.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const words = fc.constantFrom('leases', 'ledger', 'events', 'receipts', 'reports', 'copy', 'uins');
const part = fc.oneof(word, words);
const category = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('-'));
const prefix = fc.array(part, { maxLength: 2 }).map((parts) => ['retention', ...parts, ''].join('-'));
const reports = fc.array(part, { minLength: 1, maxLength: 3 }).chain((parts) =>
  fc.array(fc.constantFrom('.', '-'), { minLength: 3, maxLength: 3 }).map((separators) => {
    return `retention-${parts.map((each, at) => `${each}${at < parts.length - 1 ? separators[at] : ''}`).join('')}`;
  }),
);
const names: fc.Arbitrary<OwnNames> = fc
  .record({ indexPrefix: prefix, reports: fc.record({ index: reports }) })
  .filter(
    ({ indexPrefix, reports: { index } }) =>
      findingInIndexPrefix(indexPrefix) === undefined && findingInReportsIndex(index, indexPrefix) === undefined,
  );

test('own indices, copies and earlier indices of a policy have different names', () => {
  fc.assert(
    fc.property(names, fc.uniqueArray(category, { minLength: 1, maxLength: 4 }), (of, categories) => {
      const own = categories.flatMap((each) => Object.values(ownIndices(of, each)));
      const all = [...own, ...own.map((name) => `${name}.copy`), ...Object.values(sharedIndices(of))];
      expect(new Set(all).size).toBe(all.length);
    }),
  );
});

test('policies with different prefixes have no own index in common', () => {
  fc.assert(
    fc.property(prefix, prefix, category, category, (a, b, one, other) => {
      fc.pre(a !== b);
      const namesOf = (indexPrefix: string, id: string): readonly string[] => {
        const own = ownIndices({ indexPrefix, reports: { index: 'retention-x' } }, id);
        return OWN_KINDS.map((kind) => own[kind]);
      };
      const [mine, theirs] = [namesOf(a, one), namesOf(b, other)];
      expect(mine.filter((name) => theirs.includes(name))).toEqual([]);
    }),
  );
});

test('the name of an own index shows its category, but the name of a copy does not', () => {
  fc.assert(
    fc.property(names, category, fc.constantFrom(...OWN_KINDS, 'reports' as const), (of, id, kind) => {
      expect(id).toMatch(CATEGORY_ID);
      const name = ownIndices(of, id)[kind];
      expect(categoryIn(of, kind, name)).toBe(id);
      expect(categoryIn(of, kind, `${name}.copy`)).toBeUndefined();
      if (kind !== 'controls') expect(categoryIn(of, kind, sharedIndices(of)[kind])).toBeUndefined();
    }),
  );
});

test('the longest names of a policy fit into an index name', () => {
  const of = {
    indexPrefix: 'retention-'.padEnd(99, 'a').concat('-'),
    reports: { index: 'retention-'.padEnd(100, 'a') },
  };
  expect([findingInIndexPrefix(of.indexPrefix), findingInReportsIndex(of.reports.index)]).toEqual([
    undefined,
    undefined,
  ]);
  const id = 'a'.repeat(100);
  expect(id).toMatch(CATEGORY_ID);
  expect(`${id}a`).not.toMatch(CATEGORY_ID);
  for (const name of Object.values(ownIndices(of, id))) expect(name.length + '.copy'.length).toBeLessThanOrEqual(255);
});
