import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Account, ledgerNamesOf } from '../../../lib/audit/accounts/account-hashes.ts';
import { type ActiveList, auditAccounts } from '../../../lib/audit/accounts/returned-accounts.ts';
import type { AuditedIndex, AuditReader } from '../../../lib/audit/audit-reader.ts';
import { type LoggedEvent, readRawEntry } from '../../../lib/audit/records/raw-records.ts';
import { subjectHash } from '../../../lib/erasure/subjects/subject-hash.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { fixturePolicy } from '../../support/purge/purge-fixture.ts';

const NOW = Date.parse('2026-11-24T14:00:00Z');
const [category] = [...parseRetentionPolicy(fixturePolicy('app', {}), 'policy.yml').categories.values()] as [Category];
const KEY = createSecretKey(Buffer.alloc(32, 7));
const KEYS = new Map([
  ['old', createSecretKey(Buffer.alloc(32, 8))],
  ['new', KEY],
]);

const index: AuditedIndex = {
  name: 'app-1',
  aliases: [],
  settings: {},
  types: new Map([
    ['uin', 'keyword'],
    ['sdkAppId', 'keyword'],
    ['@timestamp', 'date'],
  ]),
};

/** A reader of an index with these accounts, each with one document of that age. */
const readerOf = (accounts: readonly (Account & { readonly at?: number })[]) => {
  const asked: Account[] = [];
  const reader: Partial<AuditReader> = {
    accounts: async function* () {
      yield accounts.map(({ at: _, ...account }) => account);
    },
    documentsOf: async (_, account, __, until) => {
      asked.push(account);
      return accounts.filter(
        ({ uin, sdkAppId, at = NOW }) =>
          uin === account.uin &&
          (account.sdkAppId === undefined || account.sdkAppId === sdkAppId) &&
          (until === undefined || at <= until.at),
      ).length;
    },
  };
  return { reader: reader as AuditReader, asked };
};

const doneEntry = (account: Account, trigger: string, more: object = {}) => {
  const [, name = ''] = ledgerNamesOf(account, KEYS);
  const closure = { obligation: { terminatedAt: NOW - 5 * DAY }, closedAt: NOW - DAY };
  const source = { state: 'erased', closures: [closure], doneThrough: NOW - DAY, closedAt: NOW - DAY, ...more };
  return readRawEntry({ id: `${category.id}/${trigger}/${name}`, source });
};

const look = (
  accounts: Parameters<typeof readerOf>[0],
  entries: readonly ReturnType<typeof doneEntry>[],
  events: readonly LoggedEvent[] = [],
  active?: ActiveList,
) => {
  const context = { keys: KEYS, entries, events, ...(active !== undefined && { active }) };
  return auditAccounts(readerOf(accounts).reader, category, [index], context);
};

test('the audit makes the same hashes as the ledger, with its own code', () => {
  for (const account of [{ uin: '1' }, { uin: '"[é', sdkAppId: 'a' }])
    expect(ledgerNamesOf(account, KEYS)[1]).toBe(`new/${subjectHash(account, KEY)}`);
});

test('data of a deleted account is found, whatever its date', async () => {
  const { returned } = await look([{ uin: '1', at: NOW }], [doneEntry({ uin: '1' }, 'account-deleted')]);
  expect(returned).toEqual([
    { category: category.id, entry: expect.stringContaining('account-deleted'), documents: 1, indices: ['app-1'] },
  ]);
});

test('after a feature was terminated, only data from before that is found', async () => {
  const entry = doneEntry({ uin: '1' }, 'feature-terminated');
  expect((await look([{ uin: '1', at: NOW }], [entry])).returned).toEqual([]);
  expect((await look([{ uin: '1', at: NOW - 6 * DAY }], [entry])).returned).toMatchObject([{ documents: 1 }]);
});

test('an entry of one application finds only data of that application', async () => {
  const entry = doneEntry({ uin: '1', sdkAppId: 'a' }, 'feature-terminated');
  const old = NOW - 6 * DAY;
  expect((await look([{ uin: '1', sdkAppId: 'b', at: old }], [entry])).returned).toEqual([]);
  expect((await look([{ uin: '1', sdkAppId: 'a', at: old }], [entry])).returned).toMatchObject([{ documents: 1 }]);
});

test('an account with several applications is counted once for its entry', async () => {
  const accounts = ['a', 'b', 'c'].map((sdkAppId) => ({ uin: '1', sdkAppId }));
  const { returned, accounts: found } = await look(accounts, [doneEntry({ uin: '1' }, 'account-deleted')]);
  expect(returned).toMatchObject([{ documents: 3 }]);
  expect(found).toBe(1);
});

test.each([
  ['by its entry', { reinstatedAt: NOW - 2 * DAY }, []],
  ['by the event log', {}, [NOW - 2 * DAY]],
])('data of an account that was reinstated later (%s) is not reported', async (_, more, reinstated) => {
  const [, name = ''] = ledgerNamesOf({ uin: '1' }, KEYS);
  const events = reinstated.map((at) => ({
    id: 'e',
    type: 'account-reinstated',
    name,
    alsoUnder: [],
    at,
    heardAt: at,
  }));
  expect((await look([{ uin: '1' }], [doneEntry({ uin: '1' }, 'account-deleted', more)], events)).returned).toEqual([]);
});

test('data of an open entry is not reported as returned', async () => {
  const entry = doneEntry({ uin: '1' }, 'account-deleted', { state: 'pending' });
  expect((await look([{ uin: '1' }], [entry])).returned).toEqual([]);
});

test('accounts outside of an active list are counted unless their erasure is owed', async () => {
  const accounts = [
    { uin: '1', sdkAppId: 'a' },
    { uin: '2', sdkAppId: 'a' },
    { uin: '2', sdkAppId: 'b' },
    { uin: '3' },
  ];
  const active: ActiveList = new Map([['2', new Set(['a'])]]);
  const owed = doneEntry({ uin: '3' }, 'account-deleted', { state: 'pending' });
  expect((await look(accounts, [owed], [], active)).leftBehind).toBe(2);
  expect((await look(accounts, [owed])).leftBehind).toBe(0);
});

test('an index whose accounts cannot be listed is reported if it has documents', async () => {
  const text = { ...index, types: new Map([['uin', 'text']]) };
  const unmapped = { ...index, name: 'app-2', types: new Map([['@timestamp', 'date']]) };
  const empty = { ...unmapped, name: 'app-3' };
  const context = { keys: KEYS, entries: [], events: [] };
  const reader = { ...readerOf([]).reader, count: async (name: string) => (name === 'app-2' ? 1 : 0) };
  const { unlisted } = await auditAccounts(reader, category, [index, text, unmapped, empty], context);
  expect(unlisted).toEqual(['app-1', 'app-2']);
});
