import { expect, test } from 'vitest';
import type { JudgedEntries } from '../../../../lib/erasure/consistency/judge-entries.ts';
import type { LedgerWitness } from '../../../../lib/erasure/consistency/ledger-witness.ts';
import { dueEntries } from '../../../../lib/erasure/due/due-entries.ts';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../../../lib/policy/retention-policy.ts';
import type { TerminationRule } from '../../../../lib/policy/rules/rules.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { inMemoryLedger } from '../../../support/in-memory/records/in-memory-ledger.ts';
import { policyWith } from '../../../support/policy/policy-text.ts';

const AT_ONCE = 50;
const NOW = Date.parse('2026-11-24T14:00:00Z');
const RULE = 'rules: { termination: { triggers: [account-deleted], deadline: P7D, cancelWindow: P3D } }';
const CATEGORY = parseRetentionPolicy(policyWith('rules: {}', RULE), 'policy.yml').categories.get(
  'settings',
) as Category;
const rule = CATEGORY.rules.termination as TerminationRule;

const owing = (hash: string, eraseBy: number, eraseFrom = NOW - DAY): LedgerEntry => ({
  ...newEntry('settings', 'account-deleted', { uin: '7' }, { kid: 'k1', hash }),
  uin: '7',
  state: 'pending',
  obligation: { requestId: 'msg', heardAt: 0, terminatedAt: 0, eraseFrom, eraseBy, immediate: false },
});

/** Believes those that are not odd by their hash. */
const witness: Pick<LedgerWitness, 'judge'> = {
  judge: async (_, __, entries): Promise<JudgedEntries> => ({
    believed: entries.filter(({ entry }) => !entry.subject.hash.startsWith('odd')),
    altered: new Map(
      entries.flatMap(({ entry: { id, subject } }) => (subject.hash.startsWith('odd') ? [[id, 'altered']] : [])),
    ),
  }),
};

const look = async (entries: readonly LedgerEntry[]) => {
  const ledger = inMemoryLedger();
  await ledger.write(entries.map((entry) => ({ entry, read: undefined })));
  // A search goes by what the index made of a document.
  const find: typeof ledger.find = ({ eraseFromUpTo: _, ...query }, ...given) => ledger.find(query, ...given);
  const due = await dueEntries(CATEGORY, rule, NOW, { isMoved: true, atOnce: AT_ONCE }, { ledger: { find }, witness });
  return {
    believed: due.believed.map(({ entry }) => entry.subject.hash),
    altered: due.altered.size,
    beyond: due.beyond,
  };
};

const odd = (total: number) => Array.from({ length: total }, (_, at) => owing(`odd-${at}`, 1));

test('many unbelieved entries do not hide the entries after them', async () => {
  expect(await look([...odd(AT_ONCE + 1), owing('a', 2)])).toEqual({
    believed: ['a'],
    altered: AT_ONCE + 1,
    beyond: 0,
  });
});

test('a run judges at most four times its number of entries, and only counts the rest', async () => {
  expect(await look([...odd(4 * AT_ONCE), owing('a', 2)])).toMatchObject({ believed: [], beyond: 1 });
});

test('an entry with a future date is not due, even if the search returns it', async () => {
  expect(await look([owing('a', 2), owing('b', 3, NOW + 1)])).toMatchObject({ believed: ['a'], beyond: 0 });
});
