import { describe, expect, test } from 'vitest';
import { InputError, TransientError } from '../../../../lib/base/errors.ts';
import type { Finding } from '../../../../lib/criteria/finding.ts';
import { ledgerErasures } from '../../../../lib/erasure/due/due-erasures.ts';
import { dueSubjects } from '../../../../lib/erasure/due/due-subjects.ts';
import type { DueErasurePorts } from '../../../../lib/erasure/due/ledger-erasures.ts';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { LedgerEntry, Obligation } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { type SubjectHash, subjectHashes } from '../../../../lib/erasure/subjects/subject-hash.ts';
import type { Category } from '../../../../lib/policy/retention-policy.ts';
import type { TerminationRule } from '../../../../lib/policy/rules/rules.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { inMemoryControls } from '../../../support/in-memory/records/in-memory-controls.ts';
import { inMemoryEventLogs, inMemoryLedger } from '../../../support/in-memory/records/in-memory-ledger.ts';
import { examplePolicy as policy } from '../../../support/policy/example-policy.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const category = policy.categories.get('console-configuration') as Category;
const ruleless: Category = { ...category, rules: {} };
const OBLIGATION: Obligation = {
  requestId: 'msg',
  heardAt: NOW - 6 * DAY,
  terminatedAt: NOW - 6 * DAY,
  immediate: false,
  eraseFrom: NOW - 3 * DAY,
  eraseBy: NOW + 8 * DAY,
};
const entryOf = (uin: string, changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...newEntry(category.id, 'account-deleted', { uin }, subjectHashes({ uin }, TEST_RING)[0] as SubjectHash),
  uin,
  state: 'pending',
  obligation: OBLIGATION,
  ...changes,
});

interface Circumstances {
  readonly findings?: () => Promise<readonly Finding[]>;
  readonly notMoved?: number;
}

/** What two due entries mean for a run. */
const dueOf = async (of: Category, { findings = async () => [], notMoved = 0 }: Circumstances = {}) => {
  const ledger = inMemoryLedger();
  await ledger.write([entryOf('1'), entryOf('2')].map((entry) => ({ entry, read: undefined })));
  const asked: (readonly Category[])[] = [];
  const ports = {
    ledger,
    events: inMemoryEventLogs(),
    clock: () => NOW,
    policy,
    controls: inMemoryControls(),
    witness: {
      notMoved: async () => notMoved,
      keys: async () => TEST_RING,
      judge: async (_id: string, _rule: TerminationRule, believed: readonly object[]) => ({
        believed,
        altered: new Map(),
      }),
      findings: async (categories: readonly Category[]) => {
        asked.push(categories);
        return findings();
      },
    },
  } as unknown as DueErasurePorts;
  const due = await ledgerErasures(ports).dueOf(of, NOW);
  expect(asked).toEqual([[of]]);
  return due;
};

const found = (code: Finding['code']) => ({ code, severity: 'blocking' }) as Finding;

describe('the due erasures of a run', () => {
  test('are the due entries of the ledger', async () => {
    const { subjects, more, ledgerFindings } = await dueOf(category);
    expect(subjects.map(({ uin }) => uin).sort()).toEqual(['1', '2']);
    expect([more, ledgerFindings]).toEqual([0, []]);
  });

  test('wait while an archived copy that was not read may be a reinstatement', async () => {
    const due = await dueOf(category, { findings: async () => [found('forgotten-copies')] });
    expect(due).toMatchObject({ subjects: [], more: 2, ledgerFindings: [{ code: 'forgotten-copies' }] });
  });

  test('stay due despite any other finding', async () => {
    const due = await dueOf(category, { findings: async () => [found('ledger-altered' as Finding['code'])] });
    expect(due.subjects).toHaveLength(2);
  });

  test('wait while records of an earlier version are not moved', async () => {
    expect(await dueOf(category, { notMoved: 1 })).toMatchObject({ subjects: [] });
  });
});

describe('a category without a termination rule', () => {
  const EXPLANATION = { expected: 'e', found: 'f', fix: 'x' };

  test('owes no erasure, but reports the findings of its ledger', async () => {
    const due = await dueOf(ruleless, { findings: async () => [found('erasures-braked')] });
    expect(due).toMatchObject({ subjects: [], ledgerFindings: [{ code: 'erasures-braked' }] });
  });

  test('reports that its ledger could not be read', async () => {
    const error = new TransientError('timeout', EXPLANATION);
    expect((await dueOf(ruleless, { findings: () => Promise.reject(error) })).ledgerFindings).toEqual([
      {
        code: 'ledger-not-examined',
        severity: 'blocking',
        ...EXPLANATION,
        found: 'timeout: f',
        expected: expect.any(String),
      },
    ]);
  });

  test('reports nothing if its key may not read the ledger', async () => {
    const error = new InputError('missing-privilege', EXPLANATION);
    expect((await dueOf(ruleless, { findings: () => Promise.reject(error) })).ledgerFindings).toEqual([]);
  });

  test('does not hide an unexpected error', async () => {
    await expect(dueOf(ruleless, { findings: () => Promise.reject(new Error('a bug')) })).rejects.toThrow('a bug');
  });

  test('writes no manifest of events', async () => {
    expect(await ledgerErasures({} as DueErasurePorts).attest(ruleless, NOW)).toEqual([]);
  });
});

describe('the subject of an entry', () => {
  const rule = { deadline: { iso: 'P7D', milliseconds: 7 * DAY } } as TerminationRule;

  test('keeps later documents as new use only for a terminated feature', () => {
    expect(dueSubjects(entryOf('1'))).toEqual([{ key: entryOf('1').id, uin: '1', eraseBy: OBLIGATION.eraseBy }]);
    expect(dueSubjects(entryOf('1', { trigger: 'feature-terminated', sdkAppId: 'a' }))).toMatchObject([
      { sdkAppId: 'a', until: OBLIGATION.terminatedAt },
    ]);
  });

  test('has the deadline of the rule in force if that is earlier', () => {
    expect(dueSubjects(entryOf('1'), rule)).toMatchObject([{ eraseBy: OBLIGATION.terminatedAt + 7 * DAY }]);
  });

  test('does not exist if the entry names nobody or owes nothing', () => {
    const { uin: _, ...nameless } = entryOf('1');
    const { obligation: __, ...done } = entryOf('1');
    expect([dueSubjects(nameless), dueSubjects(done)]).toEqual([[], []]);
  });
});
