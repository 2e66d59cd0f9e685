import { describe, expect, test } from 'vitest';
import { ignoredFindings } from '../../../lib/policy/parsing/category-check.ts';
import { dateDecisionFindings } from '../../../lib/policy/parsing/date-decision-check.ts';
import {
  findingInIgnoredPattern,
  findingInIndexPrefix,
  findingInPattern,
  findingInReportsIndex,
} from '../../../lib/policy/parsing/pattern-check.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { CATEGORY } from '../../support/purge/described-index.ts';

describe('the prefix of our own indices', () => {
  test.each(['retention-', 'retention-billing-', 'retention-a-b2-'])('may be %s', (prefix) => {
    expect(findingInIndexPrefix(prefix)).toBeUndefined();
  });

  test.each([
    '',
    'retention',
    'retention-billing',
    'my-retention-',
    'Retention-',
    'retention-*-',
    'retention--',
    'retention-a_b-',
    `retention-${'a'.repeat(200)}-`,
  ])('is refused if it is "%s"', (prefix) => {
    expect(findingInIndexPrefix(prefix)).toMatchObject({ found: prefix === '' ? 'an empty text' : prefix });
  });
});

test.each([
  ['', 'an empty text'],
  ['my-reports', 'my-reports'],
  [`retention-${'a'.repeat(250)}`, `retention-${'a'.repeat(250)}`],
])('the index of the reports may not be named "%s"', (name, found) => {
  expect(findingInReportsIndex(name)).toMatchObject({ found });
});

test('a pattern of a category may have up to 255 bytes, and may contain _ or +', () => {
  expect(findingInPattern('call_log+1')).toBeUndefined();
  expect(findingInPattern('a'.repeat(255))).toBeUndefined();
  expect(findingInPattern('a'.repeat(256))).toMatchObject({ expected: expect.stringContaining('index name') });
  expect(findingInPattern('')).toMatchObject({ found: 'an empty text' });
});

test.each([
  ['', 'an empty text'],
  ['_all', '_all'],
  ['**', '**'],
  ['-billing', '-billing'],
])('a pattern of ignored indices must not be "%s"', (pattern, found) => {
  expect(findingInIgnoredPattern(pattern)).toMatchObject({ found });
});

test('a pattern of ignored indices may end in a hyphen', () => {
  expect(findingInIgnoredPattern('billing-')).toBeUndefined();
});

// One of several patterns is enough: the others must not hide it.
describe('a category with several patterns', () => {
  const category: Category = { ...CATEGORY, indices: ['call-log-*', 'voice-*'] };

  test.each(['call-log-1', 'voice-1'])('forbids an ignored index that any of its patterns matches: %s', (pattern) => {
    expect(ignoredFindings([pattern], [category])).toMatchObject([{ path: ['ignoredIndices', 0], found: pattern }]);
    expect(ignoredFindings(['else-*'], [category])).toEqual([]);
  });

  test.each(['call-log-1', 'voice-1'])(
    'accepts a decision about dates of an index that any of its patterns matches: %s',
    (pattern) => {
      const decision = { date: 'later', reason: 'r', decidedBy: 'd', decidedOn: '2026-11-28' } as const;
      const found = (indices: readonly string[]) =>
        dateDecisionFindings({ ...category, dateDecisions: [{ ...decision, indices }] });
      expect(found([pattern])).toEqual([]);
      expect(found(['else-*'])).toHaveLength(1);
    },
  );
});
