import { describe, expect, test } from 'vitest';
import { guard } from '../../../lib/purge/guard.ts';
import { makePlan } from '../../../lib/purge/plan.ts';
import { AGREEING, CATEGORY, counted, surveyed, surveyOf } from '../../support/described-index.ts';

describe('the share of documents that one run may remove', () => {
  const refusals = (maxShare: number, documents: number, due: number) => {
    const category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare } };
    return guard(makePlan(category, AGREEING, 0, surveyOf(surveyed(counted(documents, due)))));
  };

  test.each([
    ['half of them allowed, half due', 0.5, 10, 5, []],
    ['half of them allowed, one more due', 0.5, 10, 6, ['6 of 10 documents (60 %)']],
    ['all allowed, all due', 1, 10, 10, []],
    ['no documents at all', 0.5, 0, 0, []],
    ['a third due of a third allowed', 1 / 3, 3, 1, []],
    ['a single document, due', 0.5, 1, 1, ['1 of 1 documents (100 %)']],
  ])('refuses only more than the share: %s', (_, maxShare, documents, due, found) => {
    expect(refusals(maxShare, documents, due).map((refusal) => refusal.found)).toEqual(found);
  });

  test.each([
    ['all that is there was announced', 100, 100, 100, []],
    ['all that is due was announced', 30, 10, 10, []],
    ['half of the rest is a surprise', 30, 20, 10, []],
    [
      'more than that is a surprise',
      30,
      21,
      10,
      ['11 of 20 documents (55 %), beside 10 announced by the report of 1970-01-01T00:00:00.007Z (run-1)'],
    ],
    [
      'one document is left, and is a surprise',
      11,
      11,
      10,
      ['1 of 1 documents (100 %), beside 10 announced by the report of 1970-01-01T00:00:00.007Z (run-1)'],
    ],
    ['more was announced than is due', 30, 10, 20, []],
    ['more was announced than is there', 10, 10, 20, []],
  ])('leaves out on both sides what was announced: %s', (_, documents, due, announced, found) => {
    const category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.5 } };
    const plan = makePlan(category, AGREEING, 0, surveyOf(surveyed(counted(documents, due))));
    const announcement = { runId: 'run-1', at: 7, documents: announced };
    expect(guard({ ...plan, announced: announcement }).map((refusal) => refusal.found)).toEqual(found);
  });

  test('is that of the category, not of each index', () => {
    const category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.5 } };
    const survey = surveyOf(
      surveyed(counted(5, 5), { name: 'call-log-1' }),
      surveyed(counted(5, 0), { name: 'call-log-2' }),
    );
    expect(guard(makePlan(category, AGREEING, 0, survey))).toEqual([]);
  });

  test.each(['searchable-snapshot', 'follower-index'] as const)('ignores %s, which no plan touches', (kind) => {
    const category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.5 } };
    const copy = surveyed(counted(100, 0), { name: 'call-log-2', kind });
    const survey = surveyOf(surveyed(counted(4, 3)), copy);
    expect(guard(makePlan(category, AGREEING, 0, survey)).map(({ found }) => found)).toEqual([
      '3 of 4 documents (75 %)',
    ]);
    const due = surveyed(counted(100, 100), { name: 'call-log-2', kind });
    expect(guard(makePlan(category, AGREEING, 0, surveyOf(surveyed(counted(4, 1)), due)))).toEqual([]);
  });

  test('ignores an index outside the category', () => {
    const category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.5 } };
    const foreign = { name: 'other', aliases: [{ name: 'call-log-all' }] };
    const survey = surveyOf(surveyed(counted(4, 3)), surveyed(counted(100, 0), foreign));
    expect(guard(makePlan(category, AGREEING, 0, survey)).map(({ found }) => found)).toEqual([
      '3 of 4 documents (75 %)',
    ]);
  });
});

test.each([
  ['drops an index', counted(2, 2), ['clock-skew']],
  ['deletes documents', counted(2, 1), ['clock-skew']],
  ['removes nothing', counted(2, 0), []],
])('a plan that %s, with an unknown clock of the cluster', (_, counts, codes) => {
  const plan = makePlan({ ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 1 } }, {}, 0, surveyOf(surveyed(counts)));
  expect(guard(plan).map(({ code }) => code)).toEqual(codes);
});
