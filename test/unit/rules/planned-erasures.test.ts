import { expect, test } from 'vitest';
import { NO_DOCUMENTS } from '../../../lib/criteria/counts.ts';
import type { TerminationCriteria } from '../../../lib/criteria/due-criteria.ts';
import { plannedErasuresOf } from '../../../lib/rules/accounts/planned-erasures.ts';

const subject = (key: string) => ({ key, uin: key, eraseBy: 0 });

test('a plan says how many subjects are due and how many documents they have', () => {
  const termination = { subjects: ['a', 'b', 'c'].map(subject), more: 4 } as unknown as TerminationCriteria;
  const subjects = new Map([
    ['a', { ...NO_DOCUMENTS, due: 5, newUse: 1 }],
    ['b', { ...NO_DOCUMENTS, newUse: 2, shared: 3 }],
  ]);
  expect(plannedErasuresOf({ termination }, { subjects })).toEqual({
    due: 3,
    withoutDocuments: 2,
    more: 4,
    documents: 5,
    newUse: 3,
    shared: 3,
  });
});

test('a plan has zeros for subjects and documents if no erasure is due', () => {
  const nothing = { due: 0, withoutDocuments: 0, more: 0, documents: 0, newUse: 0, shared: 0 };
  expect(plannedErasuresOf({}, {})).toEqual(nothing);
});
