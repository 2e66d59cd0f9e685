import { describe, expect, test } from 'vitest';
import { subjectSearch } from '../../../../lib/adapters/elasticsearch/query/erasure-query.ts';
import type { DueSubject, TerminationCriteria } from '../../../../lib/criteria/due-criteria.ts';

const NOW = Date.parse('2026-11-24T09:00:00Z');

/** The values of the account field that a search for these accounts finds, where the field has this type. */
const searched = (type: string, ...uins: readonly string[]): readonly string[] => {
  const subjects = uins.map((uin): DueSubject => ({ key: uin, uin, eraseBy: NOW }));
  const criteria = { accountField: 'uin', subjects } as unknown as TerminationCriteria;
  const usable = { account: { type, path: 'uin' }, timestamp: true, ingested: true };
  const query = subjectSearch(criteria, usable as never)?.query as { terms?: { uin: string[] } } | undefined;
  return query?.terms?.uin ?? [];
};

/** Without them, the document would not be found at all, and the erasure would be closed with nothing found. */
describe('a search for an account in an integer field', () => {
  test.each([
    ['9007199254740993', ['9007199254740993', '9007199254740992']],
    ['16777217', ['16777217', '16777216', '16777218']],
    ['-9007199254740993', ['-9007199254740993', '-9007199254740992']],
    ['7', ['7']],
  ])('also looks for the numbers to which a float or double rounds account %s', (uin, values) => {
    expect(searched('long', uin)).toEqual(values);
  });

  test('does not look for a rounded number that the field cannot hold', () => {
    expect(searched('long', '2147483647')).toContain('2147483648');
    expect(searched('integer', '2147483647')).toEqual(['2147483647']);
  });

  test('names each value once', () => {
    expect(searched('long', '16777216', '16777217')).toEqual(['16777216', '16777217', '16777218']);
  });
});
