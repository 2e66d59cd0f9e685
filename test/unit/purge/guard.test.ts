import { describe, expect, it } from 'vitest';
import type { IndexDescription } from '../../../lib/purge/document-store.ts';
import { guard, type Refusal } from '../../../lib/purge/guard.ts';
import { makePlan } from '../../../lib/purge/plan.ts';
import { CATEGORY, counted, surveyed, surveyOf } from '../../support/described-index.ts';

const codes = (changes: Partial<IndexDescription>): readonly Refusal['code'][] =>
  guard(makePlan(CATEGORY, {}, 0, surveyOf(surveyed(counted(2, 0), changes)))).map(({ code }) => code);

describe('a plan that reaches', () => {
  it.each<[string, Partial<IndexDescription>, readonly Refusal['code'][]]>([
    ['an index of the category', {}, []],
    ['a hidden one', { hidden: true }, ['hidden-index']],
    ['a system index', { system: true }, ['system-index']],
    ['an index of another name', { name: 'other', aliases: [{ name: 'call-log-all' }] }, ['foreign-index']],
    ['an index whose name only begins like the pattern', { name: 'call-log' }, ['foreign-index']],
    [
      'a backing index of a data stream that matches',
      { name: '.ds-call-log-x-1', dataStream: 'call-log-x', hidden: true },
      [],
    ],
    [
      'a backing index of another data stream',
      { name: '.ds-other-1', dataStream: 'other', hidden: true },
      ['foreign-index'],
    ],
  ])('%s', (_, changes, expected) => {
    expect(codes(changes)).toEqual(expected);
  });

  it('a foreign index through an alias is told by which', () => {
    const aliases = [{ name: 'call-log-all' }, { name: 'unrelated' }];
    const [refusal] = guard(makePlan(CATEGORY, {}, 0, surveyOf(surveyed(counted(1, 0), { name: 'other', aliases }))));
    expect(refusal?.found).toBe('"other", reached through the alias "call-log-all"');
  });
});

describe('the share of documents that one run may remove', () => {
  const refusals = (maxShare: number, documents: number, due: number) => {
    const category = { ...CATEGORY, guard: { maxShare } };
    return guard(makePlan(category, {}, 0, surveyOf(surveyed(counted(documents, due)))));
  };

  it.each([
    ['half of them allowed, half due', 0.5, 10, 5, []],
    ['half of them allowed, one more due', 0.5, 10, 6, ['6 of 10 documents (60 %)']],
    ['all allowed, all due', 1, 10, 10, []],
    ['no documents at all', 0.5, 0, 0, []],
    ['a third due of a third allowed', 1 / 3, 3, 1, []],
    ['a single document, due', 0.5, 1, 1, ['1 of 1 documents (100 %)']],
  ])('%s', (_, maxShare, documents, due, found) => {
    expect(refusals(maxShare, documents, due).map((refusal) => refusal.found)).toEqual(found);
  });

  it('counts the category, not each index', () => {
    const category = { ...CATEGORY, guard: { maxShare: 0.5 } };
    const survey = surveyOf(
      surveyed(counted(5, 5), { name: 'call-log-1' }),
      surveyed(counted(5, 0), { name: 'call-log-2' }),
    );
    expect(guard(makePlan(category, {}, 0, survey))).toEqual([]);
  });
});
