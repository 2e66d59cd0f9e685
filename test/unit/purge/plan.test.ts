import { describe, expect, test } from 'vitest';
import type { Block } from '../../../lib/criteria/index-blocks.ts';
import type { IndexDescription } from '../../../lib/criteria/index-description.ts';
import type { SurveyedIndex } from '../../../lib/criteria/survey-result.ts';
import { type Action, makePlan } from '../../../lib/purge/plan.ts';
import { CATEGORY, counted, surveyed, surveyOf } from '../../support/purge/described-index.ts';

const planOf = (...indices: SurveyedIndex[]) => makePlan(CATEGORY, {}, 0, surveyOf(...indices));
const actions = (...indices: SurveyedIndex[]): readonly Action[] =>
  planOf(...indices).indices.map(({ action }) => action);

describe('the plan for one index', () => {
  test.each<[string, SurveyedIndex, Action]>([
    ['every document expired', surveyed(counted(3, 3)), 'drop'],
    ['all but one expired', surveyed(counted(3, 2)), 'delete'],
    ['none expired', surveyed(counted(3, 0)), 'keep'],
    ['no documents', surveyed(counted(0, 0)), 'keep'],
    ['none expired, some undatable', surveyed(counted(3, 0, { undatable: 3 })), 'keep'],
    ['all datable ones expired, one undatable', surveyed(counted(3, 2, { undatable: 1 })), 'delete'],
    ['no answer', surveyed(undefined), 'unavailable'],
  ])('has the right action if the index has %s', (_, index, action) => {
    expect(actions(index)).toEqual([action]);
  });
});

describe('an index with a block', () => {
  test.each<[Block, Action, Action]>([
    ['write', 'drop', 'blocked'],
    ['read_only_allow_delete', 'drop', 'blocked'],
    ['read_only', 'blocked', 'blocked'],
  ])('of kind %s has the action %s if all is expired, and %s if a part is', (block, wholly, partly) => {
    expect(actions(surveyed(counted(2, 2), { blocks: [block] }))).toEqual([wholly]);
    expect(actions(surveyed(counted(2, 1), { blocks: [block] }))).toEqual([partly]);
  });

  test('has no finding if nothing in it is expired', () => {
    expect(planOf(surveyed(counted(2, 0), { blocks: ['read_only', 'write'] })).findings).toEqual([]);
  });

  test('has a finding that explains how to continue if the disk is full', () => {
    const { findings } = planOf(surveyed(counted(2, 1), { blocks: ['read_only_allow_delete'] }));
    expect(findings).toMatchObject([{ code: 'write-blocked', fix: expect.stringContaining('flood-stage') }]);
  });
});

describe('an index without sequence numbers', () => {
  test.each<[string, number, Action]>([
    ['is dropped if all its documents are expired', 2, 'drop'],
    ['is blocked if a part is expired', 1, 'blocked'],
    ['is kept if nothing is expired', 0, 'keep'],
  ])('has the right action: it %s', (_, due, action) => {
    const { indices, findings } = planOf(surveyed(counted(2, due), { unnumbered: true }));
    expect(indices).toMatchObject([{ action }]);
    expect(findings.map(({ code }) => code)).toEqual(action === 'blocked' ? ['no-sequence-numbers'] : []);
  });
});

describe('an index that is being written to', () => {
  const named = (name: string, changes: Partial<IndexDescription>) => ({ name, ...changes });
  const alias = (name: string, isWriteIndex?: boolean) => ({
    aliases: [isWriteIndex === undefined ? { name } : { name, isWriteIndex }],
  });
  const expired = (name: string, changes: Partial<IndexDescription>, to = 0) =>
    surveyed(counted(2, 2, { to }), named(`call-log-${name}`, changes));

  test.each<[string, readonly SurveyedIndex[], readonly Action[]]>([
    ['the write index of an alias', [expired('1', alias('a', true))], ['delete']],
    [
      'an index of the alias that is not its write index',
      [expired('1', alias('a', false)), expired('2', alias('a', true))],
      ['drop', 'delete'],
    ],
    ['the only index of an alias', [expired('1', alias('a'))], ['delete']],
    [
      'the newest of an alias whose indices are all expired',
      [expired('1', alias('a'), 5), expired('2', alias('a'), 9), expired('3', alias('a'), 7)],
      ['drop', 'delete', 'drop'],
    ],
    [
      'no index of an alias that has a live one',
      [expired('1', alias('a')), surveyed(counted(2, 1), named('call-log-2', alias('a')))],
      ['drop', 'delete'],
    ],
    [
      'the last of each alias, when an index has two',
      [expired('1', { aliases: [{ name: 'a' }, { name: 'b' }] }, 1), expired('2', alias('a'), 2)],
      ['delete', 'delete'],
    ],
    [
      'the write index of a data stream',
      [expired('1', { dataStream: 'call-log-s', dataStreamWriteIndex: true })],
      ['delete'],
    ],
    ['no older backing index of a data stream', [expired('1', { dataStream: 'call-log-s' })], ['drop']],
  ])('stays, and its expired documents are deleted: %s', (_, indices, expected) => {
    expect(actions(...indices)).toEqual(expected);
  });

  const emptied = (name: string, changes: Partial<IndexDescription>, isUnchanged: boolean) => ({
    ...surveyed(counted(0, 0), named(`call-log-${name}`, changes)),
    operations: 3,
    isUnchanged,
  });

  test.each<[string, readonly SurveyedIndex[], readonly Action[]]>([
    ['beside an expired one', [expired('1', alias('a')), emptied('2', alias('a'), false)], ['drop', 'keep']],
    [
      'beside an expired one, a day later',
      [expired('1', alias('a'), 1), emptied('2', alias('a'), true)],
      ['delete', 'drop'],
    ],
    ['beside another, a day later', [emptied('1', alias('a'), true), emptied('2', alias('a'), true)], ['keep', 'drop']],
    ['alone, a day later', [emptied('1', alias('a'), true)], ['keep']],
    ['without an alias', [emptied('1', {}, false)], ['keep']],
    ['without an alias, a day later', [emptied('1', {}, true)], ['drop']],
    ['as the write index, a day later', [emptied('1', alias('a', true), true)], ['keep']],
    [
      'of an alias that writes elsewhere',
      [emptied('1', alias('a', false), true), expired('2', alias('a', true))],
      ['drop', 'delete'],
    ],
  ])('is dropped when it is empty only if its alias keeps another index: %s', (_, indices, actionsOf) => {
    expect(actions(...indices)).toEqual(actionsOf);
  });

  test('is blocked if its documents cannot be deleted either', () => {
    expect(actions(expired('1', { ...alias('a', true), blocks: ['write'] }))).toEqual(['blocked']);
  });
});

describe('the last index of a pattern', () => {
  const expired = (name: string, to: number, isTemplated: boolean): SurveyedIndex => {
    const { templateFields, ...index } = surveyed(counted(1, 1, { to }), { name: `call-log-${name}` });
    return { ...index, ...(isTemplated && templateFields && { templateFields }) };
  };

  test.each<[string, readonly SurveyedIndex[], readonly Action[]]>([
    ['the youngest', [expired('1', 1, false), expired('2', 2, false)], ['drop', 'delete']],
    [
      'the one that no template maps, although a younger one goes',
      [expired('1', 1, false), expired('2', 2, true)],
      ['delete', 'drop'],
    ],
    ['none, where a template maps each', [expired('1', 1, true), expired('2', 2, true)], ['drop', 'drop']],
    [
      'the youngest that no template maps, of three',
      [expired('1', 1, false), expired('2', 2, false), expired('3', 3, true)],
      ['drop', 'delete', 'drop'],
    ],
  ])('is emptied, not dropped: %s', (_, indices, expected) => {
    expect(actions(...indices)).toEqual(expected);
  });
});

describe('a plan', () => {
  test('adds up the counts of the indices that answered', () => {
    const plan = planOf(
      surveyed(counted(5, 3, { overdue: 2 }), { name: 'call-log-1' }),
      surveyed(undefined, { name: 'call-log-2' }),
      surveyed(counted(4, 0, { undatable: 1 }), { name: 'call-log-3' }),
    );
    expect(plan.totals).toEqual({
      indices: 3,
      documents: 9,
      due: 3,
      held: 0,
      overdue: 2,
      undatable: 1,
      behindIngestion: 0,
    });
  });

  test('says that the pattern matches no index', () => {
    expect(planOf().findings).toMatchObject([
      { code: 'no-index', severity: 'notice', expected: 'an index that matches call-log-*' },
    ]);
  });
});
