import { expect, test } from 'vitest';
import type { Survey, SurveyedIndex } from '../../../lib/criteria/survey-result.ts';
import { wholeSearch } from '../../../lib/rules/accounts/whole-search.ts';
import { counted, surveyed } from '../../support/purge/described-index.ts';

const SUBJECT = { uin: '7' };
const DATING = { timestamp: true, ingested: true };
const KEYWORD = { account: { type: 'keyword', path: 'uin' } };

const index = (account: object = KEYWORD, documents = 9, unexamined = 0): SurveyedIndex => ({
  ...surveyed(counted(documents, 0, { unexamined })),
  usable: { ...DATING, ...account },
});
const SILENT = surveyed(undefined);

// Only then may an erasure be closed, and a receipt say that nothing is left.
test.each<[string, Partial<Survey>, boolean]>([
  ['in an index with its account', { indices: [index()] }, true],
  ['in several indices', { indices: [index(), index()] }, true],
  ['in none, if no index was found', { indices: [] }, false],
  ['in none, if the category may be empty', { indices: [], mayBeEmpty: true }, true],
  ['if an index does not answer', { indices: [index(), SILENT] }, false],
  ['if an index does not answer and the category may be empty', { indices: [SILENT], mayBeEmpty: true }, false],
  ['if an index has no account field', { indices: [index(), index({})] }, false],
  ['if an index without an account field is empty', { indices: [index(), index({}, 0)] }, true],
  ['if an account is missing in the index', { indices: [index(), index(KEYWORD, 9, 1)] }, false],
  ['if its identifier does not fit', { indices: [index({ account: { type: 'keyword', longest: 0 } })] }, false],
])('a search for a subject is complete, or not, %s: %#', (_, survey, isWhole) => {
  expect(wholeSearch(survey as Survey)(SUBJECT)).toBe(isWhole);
});
