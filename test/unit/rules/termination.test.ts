import { describe, expect, test } from 'vitest';
import { NO_DOCUMENTS, type SubjectCounts } from '../../../lib/criteria/counts.ts';
import type { DueSubject } from '../../../lib/criteria/due-criteria.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import type { CountedIndex } from '../../../lib/rules/rule.ts';
import { dueDocumentsOf, dueWordOf, mappingNeedsOf } from '../../../lib/rules/rule-kinds.ts';
import { TERMINATION_RULE } from '../../../lib/rules/termination.ts';
import { AGELESS, agedCategory, TERMINATED } from '../../support/purge/category-result-fixture.ts';
import { counted, describedIndex, POLICY } from '../../support/purge/described-index.ts';

const AGED = agedCategory('aged');
const BOTH = { ...AGED, rules: { ...AGED.rules, ...TERMINATED.rules } };

const subjects = (...keys: readonly string[]): readonly DueSubject[] =>
  keys.map((key) => ({ key, uin: key, eraseBy: 0 }));
const criteriaOf = (category: Category, due: readonly DueSubject[], more = 0) =>
  TERMINATION_RULE.criteriaOf({ category, policy: POLICY, now: 0, dueErasures: { subjects: due, more } });

describe('the criteria of a termination rule', () => {
  test('select the due subjects, by the fields of the category', () => {
    const due = subjects('1');
    expect(criteriaOf({ ...TERMINATED, applicationField: 'sdkAppId' }, due, 7)).toEqual({
      termination: {
        accountField: 'uin',
        applicationField: 'sdkAppId',
        timestampField: '@timestamp',
        ingestedField: 'event.ingested',
        subjects: due,
        more: 7,
      },
    });
  });

  test('name no application if documents belong to an account as a whole', () => {
    const { applicationField: _, ...whole } = TERMINATED;
    expect(criteriaOf(whole, []).termination).not.toHaveProperty('applicationField');
  });

  test('make a document due only if a subject is due', () => {
    expect(TERMINATION_RULE.canBeDue({})).toBe(false);
    expect(TERMINATION_RULE.canBeDue(criteriaOf(TERMINATED, []))).toBe(false);
    expect(TERMINATION_RULE.canBeDue(criteriaOf(TERMINATED, subjects('1')))).toBe(true);
  });

  test('need the account in the next index, and dates if a feature may end', () => {
    expect(TERMINATION_RULE.mappingNeeds(TERMINATED)).toEqual({
      dates: [],
      otherFields: ['uin'],
      datesDecide: 'new-use',
    });
    const triggers = ['account-deleted'] as const;
    const termination = { ...TERMINATED.rules.termination, triggers } as never;
    expect(TERMINATION_RULE.mappingNeeds({ ...TERMINATED, rules: { termination } })).toEqual({
      dates: [],
      otherFields: ['uin'],
    });
  });
});

describe('a category', () => {
  test('with both rules needs every mapped field that one of them needs', () => {
    expect(mappingNeedsOf(BOTH)).toEqual({
      dates: ['@timestamp', 'event.ingested'],
      otherFields: ['uin'],
      datesDecide: new Set(['age', 'new-use']),
    });
  });

  test('without a rule needs no mapped field', () => {
    expect(mappingNeedsOf(AGELESS)).toEqual({ dates: [], otherFields: [], datesDecide: new Set() });
  });

  test('has a word for its due documents that depends on its rules', () => {
    expect([AGED, TERMINATED, BOTH, AGELESS].map(dueWordOf)).toEqual([
      'expired',
      'to be erased',
      'due',
      'to be erased',
    ]);
    expect([AGED, TERMINATED, BOTH, AGELESS].map(dueDocumentsOf)).toEqual([
      ['expired document', 'expired documents'],
      ['due document', 'due documents'],
      ['due document', 'due documents'],
      ['due document', 'due documents'],
    ]);
  });
});

describe('documents without an account', () => {
  const findings = (ownerless?: number) =>
    TERMINATION_RULE.countFindings?.({
      index: describedIndex(),
      counts: counted(5, 0, ownerless === undefined ? {} : { ownerless }),
      category: TERMINATED,
    } as CountedIndex);

  test('are reported, because no termination reaches them', () => {
    expect(findings(3)).toMatchObject([
      { code: 'no-account', severity: 'notice', index: 'call-log-1', found: expect.stringContaining('3') },
    ]);
  });

  test('are not reported if there are none, or if they were not counted', () => {
    expect([findings(0), findings()]).toEqual([[], []]);
  });
});

describe('a category without an index', () => {
  const finding = (due: readonly DueSubject[], more: object = {}) =>
    TERMINATION_RULE.noIndexFinding?.(TERMINATED, { ...criteriaOf(TERMINATED, due), ...more });

  test('has a blocking finding while erasures are due', () => {
    expect(finding(subjects('1'))).toMatchObject({
      code: 'no-index',
      severity: 'blocking',
      subjects: 1,
      found: expect.stringContaining('1 erasure due'),
    });
    expect(finding(subjects('1', '2'))).toMatchObject({
      subjects: 2,
      found: expect.stringContaining('2 erasures due'),
    });
  });

  test('has no finding if nothing is due, or if it may be empty', () => {
    expect(finding([])).toBeUndefined();
    expect(TERMINATION_RULE.noIndexFinding?.(TERMINATED, {})).toBeUndefined();
    expect(finding(subjects('1'), { mayBeEmpty: true })).toBeUndefined();
  });
});

describe('the text of a plan about erasures', () => {
  const has = (counts: Partial<SubjectCounts>): SubjectCounts => ({ ...NO_DOCUMENTS, ...counts });
  const planned = (category: Category, due: readonly DueSubject[], counts: Record<string, SubjectCounts>) => {
    const found = {
      category,
      criteria: criteriaOf(category, due),
      survey: { indices: [], subjects: new Map(Object.entries(counts)) },
    };
    return [TERMINATION_RULE.wording.planned(found), TERMINATION_RULE.wording.plannedJson(found)] as const;
  };

  test('has the numbers of due erasures, those without documents, and documents', () => {
    const [[line], json] = planned(TERMINATED, subjects('1', '2', '3'), {
      1: has({ due: 4, newUse: 2 }),
      2: has({ due: 1, shared: 5 }),
    });
    expect(line).toBe('due to be erased: 5 documents of 3 terminated subjects, 1 of them without any');
    expect(json).toEqual({
      erasures: { due: 3, withoutDocuments: 1, more: 0, documents: 5, newUse: 2, shared: 5 },
    });
  });

  test('does not mention erasures without documents if all have documents', () => {
    const [[line]] = planned(TERMINATED, subjects('1'), { 1: has({ due: 1 }) });
    expect(line).not.toContain('without');
  });

  test('says that no erasure is due, and is absent without the rule', () => {
    expect(planned(TERMINATED, [], {})[0]).toEqual(['no erasure is due']);
    expect(planned(AGED, [], {})).toEqual([[], { erasures: null }]);
  });
});

test('the JSON contains the rule of a category, or null if it has none', () => {
  const { json, limit, rule } = TERMINATION_RULE.wording;
  expect(json(TERMINATED)).toEqual({ cancelWindow: 'P3D', deadline: 'P7D' });
  expect(json(AGED)).toEqual({ cancelWindow: null, deadline: null });
  expect([limit(AGED), rule(AGED)]).toEqual(['', '']);
});
