import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { quickSearches, wholeSearches } from '../../../../../lib/adapters/elasticsearch/count/count-searches.ts';
import type { AgeCriteria, Criteria, UsableFields } from '../../../../../lib/criteria/due-criteria.ts';
import { DAY } from '../../../../../lib/policy/time/duration.ts';

const NOW = Date.parse('2026-11-24T09:00:00Z');

const age: AgeCriteria = {
  timestampField: '@timestamp',
  ingestedField: 'event.ingested',
  earliest: 0,
  cutoff: NOW - 14 * DAY,
  term: { maxAge: { milliseconds: 14 * DAY } } as unknown as AgeCriteria['term'],
  overdueBefore: NOW - 15 * DAY,
  fellDueFrom: NOW - 16 * DAY,
  apartBefore: NOW - 15 * DAY,
  futureFrom: NOW + DAY,
};

const mapped: UsableFields = { timestamp: true, ingested: true };
const lookedFor: UsableFields = { ...mapped, unseen: { ingested: { in: 'lacking', path: 'event.ingested' } } };
const group = (usable: UsableFields) => ({ usable, indices: [{ name: 'logs', primaries: 1, usable }] });

/** How often the queries of the searches use the run-time field that reads `_source`. */
const looksIn = (searches: readonly estypes.MsearchMultisearchBody[]): number => {
  const withoutScripts = searches.map(({ runtime_mappings: _, ...search }) => search);
  return JSON.stringify(withoutScripts).split('es_retention_source_of_').length - 1;
};

describe('the quick searches of a count', () => {
  test('look into _source once, where the whole searches look many times', () => {
    expect(looksIn(quickSearches(group(lookedFor), { age }))).toBe(1);
    expect(looksIn(wholeSearches(group(lookedFor), { age }))).toBeGreaterThan(5);
  });

  test('are as many as the whole searches, in the same order', () => {
    const kindsOf = (searches: readonly estypes.MsearchMultisearchBody[]) =>
      searches.map(({ size, sort, timeout }) => ({ size, sort, timeout }));
    expect(kindsOf(quickSearches(group(lookedFor), { age }))).toEqual(
      kindsOf(wholeSearches(group(lookedFor), { age })),
    );
  });

  const accounts = (subjects: readonly object[]): Criteria =>
    ({ age, termination: { accountField: 'uin', subjects, more: 0 } }) as unknown as Criteria;

  test.each<[string, UsableFields, Criteria]>([
    ['no document can have a date in _source alone', mapped, { age }],
    ['nothing is known of _source', { ...mapped, unseen: { ingested: { in: 'lacking' } } }, { age }],
    ['there is no age rule', lookedFor, {}],
    ['no field dates the documents', { ...lookedFor, timestamp: false, ingested: false }, { age }],
    ['a date cannot be read, so that nothing is due by age', { ...lookedFor, unreadable: ['timestamp'] }, { age }],
    ['an erasure is due, since new use may depend on such a date', lookedFor, accounts([{ key: '1', uin: '1' }])],
  ])('are the whole searches if %s', (_, usable, criteria) => {
    expect(quickSearches(group(usable), criteria)).toEqual(wholeSearches(group(usable), criteria));
  });

  test('are others than the whole searches if no erasure is due', () => {
    expect(quickSearches(group(lookedFor), accounts([]))).not.toEqual(wholeSearches(group(lookedFor), accounts([])));
  });
});
