import { describe, expect, test } from 'vitest';
import type { SubjectCounts } from '../../../lib/criteria/counts.ts';
import { NO_DOCUMENTS } from '../../../lib/criteria/counts.ts';
import { beyondLimit, mostAccounts } from '../../../lib/purge/erasure-limit.ts';
import type { Plan } from '../../../lib/purge/plan.ts';
import { describedIndex } from '../../support/purge/described-index.ts';

describe('the largest number of accounts that one run may erase', () => {
  test.each([
    ['a share of the accounts', { maxAccountShare: 0.1, minAccounts: 10 }, 1_000, 100],
    ['rounded down', { maxAccountShare: 0.1, minAccounts: 10 }, 1_009, 100],
    ['and never less than the minimum', { maxAccountShare: 0.1, minAccounts: 10 }, 25, 10],
    [
      'the minimum alone where nothing tells how many there are',
      { maxAccountShare: 0.9, minAccounts: 10 },
      undefined,
      10,
    ],
    ['nobody, where the policy says so', { maxAccountShare: 0.1, minAccounts: 0 }, 9, 0],
    ['everybody, where the share is the whole', { maxAccountShare: 1, minAccounts: 0 }, undefined, Infinity],
  ])('follows from the guard: %s', (_, guard, accounts, most) => {
    expect(mostAccounts(guard, accounts)).toBe(most);
  });
});

const found = (changes: Partial<SubjectCounts>): SubjectCounts => ({ ...NO_DOCUMENTS, ...changes });

/** A plan that found these counts of subjects, each of an account of its own unless it says otherwise. */
const planWith = (
  counts: Readonly<Record<string, SubjectCounts>>,
  { minAccounts = 2, maxAccountShare = 0.1, isWhole = true } = {},
): Plan =>
  ({
    category: { accountField: 'uin', guard: { maxShare: 1, minAccounts, maxAccountShare } },
    survey: {
      indices: isWhole ? [] : [{ description: { name: 'a' } }],
      mayBeEmpty: true,
      subjects: new Map(Object.entries(counts)),
    },
  }) as unknown as Plan;

const owing = (keys: readonly string[], confirmed: readonly string[] = []) => ({
  subjects: keys.map((key) => ({ key, uin: key.split('/')[0] ?? '', eraseBy: 0 })),
  confirmed: new Set(confirmed),
});

const having = (accounts: number | undefined) => ({ accounts: async () => accounts });
const all = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, found({ due: 1 })]));

describe('the limit of accounts in one run', () => {
  const THREE = ['1', '2', '3'];

  test('brakes all erasures of a run that would erase too many accounts', async () => {
    expect(await beyondLimit(planWith(all(THREE)), owing(THREE), having(29))).toEqual(new Set(THREE));
    expect(await beyondLimit(planWith(all(THREE)), owing(THREE), having(30))).toEqual(new Set());
  });

  test('does not need the number of accounts if a run stays within the minimum', async () => {
    const store = { accounts: () => Promise.reject(new Error('asked')) };
    expect(await beyondLimit(planWith(all(['1', '2'])), owing(['1', '2']), store)).toEqual(new Set());
  });

  test('neither counts nor brakes accounts that a person has confirmed', async () => {
    expect(await beyondLimit(planWith(all(THREE)), owing(THREE, ['1']), having(1))).toEqual(new Set());
    const four = [...THREE, '4'];
    expect(await beyondLimit(planWith(all(four)), owing(four, ['1']), having(1))).toEqual(new Set(['2', '3', '4']));
  });

  test('counts accounts only in indices that a plan may touch', async () => {
    const asked: string[] = [];
    const store = {
      accounts: async (targets: readonly { readonly name: string }[]) => {
        asked.push(...targets.map(({ name }) => name));
        return 30;
      },
    };
    const account = { type: 'keyword', path: 'uin' } as const;
    const surveyed = (name: string, usable: object) => ({
      description: { ...describedIndex({ fields: new Map() }), name },
      usable: { account, ...usable },
      counts: { documents: 1, due: 0 },
    });
    const plan = planWith(all(THREE));
    const indices = [surveyed('call-log-1', {}), surveyed('call-log-2', { held: 'whole' }), surveyed('foreign-1', {})];
    const category = { ...plan.category, indices: ['call-log-*'] };
    await beyondLimit(
      { ...plan, category, survey: { ...plan.survey, indices } } as unknown as Plan,
      owing(THREE),
      store,
    );
    expect(asked).toEqual(['call-log-1']);
  });

  test('counts an account once, however many of its applications are erased', async () => {
    const keys = ['1/a', '1/b', '2/a'];
    expect(await beyondLimit(planWith(all(keys)), owing(keys), having(1))).toEqual(new Set());
  });

  test('neither counts nor brakes accounts without documents', async () => {
    const counts = { ...all(['1', '2']), 3: NO_DOCUMENTS };
    expect(await beyondLimit(planWith(counts), owing(THREE), having(1))).toEqual(new Set());
    const four = { ...all(THREE), 4: NO_DOCUMENTS };
    expect(await beyondLimit(planWith(four), owing([...THREE, '4']), having(1))).toEqual(new Set(THREE));
  });

  test('brakes accounts if it is unknown whether they have documents', async () => {
    const plan = planWith(all(THREE), { isWhole: false });
    expect(await beyondLimit(plan, owing([...THREE, '4']), having(1))).toEqual(new Set([...THREE, '4']));
  });

  test('brakes accounts with doubtful documents', async () => {
    const counts = {
      ...all(THREE),
      4: found({ shared: 1 }),
      5: found({ unclear: 1 }),
      6: found({ unindexed: 1 }),
      7: found({ unreadable: 1 }),
    };
    const keys = [...THREE, '4', '5', '6', '7'];
    expect(await beyondLimit(planWith(counts), owing(keys), having(1))).toEqual(new Set(keys));
  });

  test('counts accounts only in indices that answered and in which accounts can be found', async () => {
    const account = { type: 'keyword', path: 'uin' };
    const index = (name: string, changes: object) => ({
      description: { ...describedIndex({ fields: new Map() }), name },
      usable: { account },
      ...changes,
    });
    const plan = planWith(all(THREE));
    const survey = {
      ...plan.survey,
      indices: [index('a', { counts: {} }), index('silent', {}), index('text', { counts: {}, usable: {} })],
    } as unknown as Plan['survey'];
    const asked: unknown[] = [];
    const accounts = async (...given: unknown[]) => void asked.push(given);
    const category = { ...plan.category, indices: ['*'] };
    await beyondLimit({ ...plan, category, survey }, owing(THREE), { accounts });
    expect(asked).toEqual([[[{ name: 'a', account }], 'uin']]);
  });
});
