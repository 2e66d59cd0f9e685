import { describe, expect, test } from 'vitest';
import { guard } from '../../../lib/purge/guard.ts';
import { makePlan } from '../../../lib/purge/plan.ts';
import { AGREEING, CATEGORY, counted, surveyed, surveyOf } from '../../support/purge/described-index.ts';

describe('the guard', () => {
  const refusals = (maxShare: number, documents: number, due: number) => {
    const category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare } };
    return guard(makePlan(category, AGREEING, 0, surveyOf(surveyed(counted(documents, due)))));
  };

  test.each([
    { what: 'half of them allowed, half due', maxShare: 0.5, documents: 10, due: 5, found: [] },
    {
      what: 'half of them allowed, one more due',
      maxShare: 0.5,
      documents: 10,
      due: 6,
      found: ['6 of 10 documents (60 %)'],
    },
    { what: 'all allowed, all due', maxShare: 1, documents: 10, due: 10, found: [] },
    { what: 'no documents at all', maxShare: 0.5, documents: 0, due: 0, found: [] },
    { what: 'a third due of a third allowed', maxShare: 1 / 3, documents: 3, due: 1, found: [] },
    { what: 'a single document, due', maxShare: 0.5, documents: 1, due: 1, found: ['1 of 1 documents (100 %)'] },
  ])('refuses a plan only beyond maxShare: $what', ({ maxShare, documents, due, found }) => {
    expect(refusals(maxShare, documents, due).map((refusal) => refusal.found)).toEqual(found);
  });

  test.each([
    { what: 'all that is there was announced', documents: 100, due: 100, announced: 100, found: [] },
    { what: 'all that is due was announced', documents: 30, due: 10, announced: 10, found: [] },
    { what: 'half of the rest is a surprise', documents: 30, due: 20, announced: 10, found: [] },
    {
      what: 'more than that is a surprise',
      documents: 30,
      due: 21,
      announced: 10,
      found: ['11 of 20 documents (55 %), beside 10 announced by the report of 1970-01-01T00:00:00.007Z (run-1)'],
    },
    {
      what: 'one document is left, and is a surprise',
      documents: 11,
      due: 11,
      announced: 10,
      found: ['1 of 1 documents (100 %), beside 10 announced by the report of 1970-01-01T00:00:00.007Z (run-1)'],
    },
    { what: 'more was announced than is due', documents: 30, due: 10, announced: 20, found: [] },
    { what: 'more was announced than is there', documents: 10, due: 10, announced: 20, found: [] },
  ])('leaves announced documents out of both numbers of the share: $what', ({ documents, due, announced, found }) => {
    const category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.5 } };
    const plan = makePlan(category, AGREEING, 0, surveyOf(surveyed(counted(documents, due))));
    const announcement = { runId: 'run-1', at: 7, documents: announced, held: 0 };
    expect(guard({ ...plan, announced: announcement }).map((refusal) => refusal.found)).toEqual(found);
  });

  test.each([
    { what: 'all that is due came back', due: 10, announced: 0, returned: 10, found: [] },
    {
      what: 'a document may be announced and have come back',
      due: 20,
      announced: 10,
      returned: 10,
      found: ['10 of 20'],
    },
    { what: 'more came back than was announced', due: 20, announced: 5, returned: 15, found: [] },
  ])('leaves out documents that returned after an erasure: $what', ({ due, announced, returned, found }) => {
    const category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.4 } };
    const plan = makePlan(category, AGREEING, 0, surveyOf(surveyed(counted(30, due))));
    const announcement = { runId: 'run-1', at: 7, documents: announced, held: 0 };
    const refusals = guard({ ...plan, returned, ...(announced > 0 && { announced: announcement }) });
    expect(refusals.map((refusal) => refusal.found.slice(0, 8))).toEqual(found);
  });

  test('does not leave out returned documents of indices that no plan touches', () => {
    const category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.5 } };
    const copy = surveyed(counted(100, 10), { name: 'call-log-2', kind: 'searchable-snapshot' });
    const plan = makePlan(category, AGREEING, 0, surveyOf(surveyed(counted(10, 8)), copy));
    expect(guard({ ...plan, returned: 10 }).map(({ found }) => found.slice(0, 7))).toEqual(['8 of 10']);
  });

  test('says how many documents of erased accounts it leaves out', () => {
    const category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.5 } };
    const plan = makePlan(category, AGREEING, 0, surveyOf(surveyed(counted(30, 25))));
    const [refusal] = guard({ ...plan, returned: 10 });
    expect(refusal?.found).toBe('15 of 20 documents (75 %), beside 10 of accounts that were erased before');
  });

  test('compares the share of the category, not of each index', () => {
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
])(
  'if the clock of the cluster is unknown, only a plan that removes something is refused: it %s',
  (_, counts, codes) => {
    const plan = makePlan(
      { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 1 } },
      {},
      0,
      surveyOf(surveyed(counts)),
    );
    expect(guard(plan).map(({ code }) => code)).toEqual(codes);
  },
);
