import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../lib/criteria/finding.ts';
import type { IndexDescription } from '../../../../lib/criteria/index-description.ts';
import type { SurveyedIndex } from '../../../../lib/criteria/survey-result.ts';
import { guard } from '../../../../lib/purge/guard.ts';
import { makePlan } from '../../../../lib/purge/plan.ts';
import { AGREEING, CATEGORY, counted, surveyed, surveyOf } from '../../../support/purge/described-index.ts';

const closedFinding: Finding = {
  code: 'closed',
  severity: 'blocking',
  expected: 'an open index',
  found: 'a closed one',
  fix: 'Open it.',
};

const planOf = (...indices: SurveyedIndex[]) => makePlan(CATEGORY, AGREEING, 0, surveyOf(...indices));
const touching = (changes: Partial<IndexDescription>, due = 2) => planOf(surveyed(counted(2, due), changes));

describe('an index that a pattern reaches', () => {
  test.each<[string, Partial<IndexDescription>, Finding['code']]>([
    ['hidden', { hidden: true }, 'hidden-index'],
    ['a system index', { system: true }, 'system-index'],
    ['of another name', { name: 'other', aliases: [{ name: 'call-log-all' }] }, 'foreign-index'],
    ['of a name that only begins like the pattern', { name: 'call-log' }, 'foreign-index'],
    [
      'a backing index of another data stream',
      { name: '.ds-other-1', dataStream: 'other', hidden: true },
      'foreign-index',
    ],
  ])('is never touched if it is %s, and its finding is blocking', (_, changes, code) => {
    for (const due of [0, 1, 2]) {
      const { indices, findings } = touching(changes, due);
      expect(indices).toMatchObject([{ action: 'blocked', reason: code }]);
      expect(findings).toMatchObject([{ code, severity: 'blocking' }]);
    }
  });

  test('belongs to the category if it is a backing index of a matching data stream', () => {
    const changes = { name: '.ds-call-log-x-1', dataStream: 'call-log-x', hidden: true };
    expect(touching(changes)).toMatchObject({ indices: [{ action: 'drop' }], findings: [] });
  });

  test('has both findings if it is closed and a system index', () => {
    const closed = { ...surveyed(undefined, { system: true }), findings: [closedFinding] };
    expect(planOf(closed)).toMatchObject({
      indices: [{ action: 'unavailable' }],
      findings: [{ code: 'closed' }, { code: 'system-index' }],
    });
  });

  test('has a finding with its alias and the request to remove that alias, if it is foreign', () => {
    const aliases = [{ name: 'call-log-all' }, { name: 'unrelated' }];
    const [finding] = touching({ name: 'other', aliases }).findings;
    expect(finding?.found).toBe('an index of another name, reached through the alias "call-log-all"');
    expect(finding?.fix).toContain('{"remove":{"index":"other","alias":"call-log-all"}}');
    expect(finding?.fix).not.toContain('unrelated');
  });

  test.each([
    ['other', 'add "other" to "indices"'],
    ['.reindexed-v9-call-log-1', 'reindex it to a name that matches'],
    ['retention-copy', 'reindex it to a name that matches'],
  ])('has a fix that the policy accepts if it is foreign: %s', (name, advice) => {
    const [finding] = touching({ name, aliases: [{ name: 'call-log-all' }] }).findings;
    expect(finding?.fix).toContain(advice);
    expect(finding?.fix.includes('add "')).toBe(name === 'other');
  });

  test('does not stop the purge of other indices if it is foreign', () => {
    const plan = planOf(
      surveyed(counted(2, 2), { name: 'call-log-1' }),
      surveyed(counted(2, 0), { name: 'call-log-2' }),
      surveyed(counted(2, 2), { name: 'other', aliases: [{ name: 'call-log-all' }] }),
    );
    expect(plan.indices.map(({ action }) => action)).toEqual(['drop', 'keep', 'blocked']);
    expect(guard(plan)).toEqual([]);
  });
});

describe('an index that is only a copy', () => {
  test.each(['searchable-snapshot', 'follower-index'] as const)(
    'of kind %s is never touched, and its finding is blocking once documents are due',
    (kind) => {
      expect(touching({ kind }, 0)).toMatchObject({
        indices: [{ action: 'keep' }],
        findings: [{ code: kind, severity: 'notice' }],
      });
      for (const due of [1, 2])
        expect(touching({ kind }, due)).toMatchObject({
          indices: [{ action: 'blocked' }],
          findings: [{ code: kind, severity: 'blocking' }],
        });
    },
  );
});
