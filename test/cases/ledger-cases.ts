import { ago, index, LEFT, purge, type SafeguardCase, verify } from './safeguard-case.ts';

const CATEGORY = 'console-configuration';
const A = 'trtc-console-configuration-a';

const of = (uin: string, sdkAppId = '1') => ({ '@timestamp': ago('9d'), uin, sdkAppId });
const indices = { [A]: index({ x: of('777'), other: of('9') }) };
const overdue = { run: ['terminate', '--uin', '777', '--account-deleted', '--at', ago('8d')] };

/**
 * The ledger is deleted by hand. Then only the events or the archive tell what is owed to account 777.
 * @param deleted matches the names of the deleted indices.
 */
const deletedLedger = (name: string, deleted: RegExp): SafeguardCase => ({
  name,
  indices,
  steps: [
    overdue,
    { run: verify(CATEGORY), exit: LEFT, says: /overdue/, deleteAfterwards: deleted },
    { run: verify(CATEGORY), exit: [1, 3], says: /replay/ },
    { run: purge(CATEGORY), exit: [1, 3] },
    { run: ['status'], exit: [1, 3], never: /Owed: nothing/ },
    { run: ['replay'] },
    { run: purge(CATEGORY), exit: [0, 3] },
    { run: purge(CATEGORY) },
    { run: ['receipt', '--uin', '777'], says: /erased/ },
  ],
  left: { [A]: ['other'] },
});

/** What is owed is never forgotten. */
export const LEDGER_CASES: readonly SafeguardCase[] = [
  deletedLedger('a deleted ledger is noticed, and replay restores it', /-ledger\./),
  deletedLedger('a deleted ledger with its events is noticed, and replay restores it', /-(ledger|events)\./),
  {
    name: 'a category that is renamed in the policy still owes its erasures',
    indices,
    steps: [
      overdue,
      { run: verify(CATEGORY), exit: LEFT, says: /overdue/ },
      { run: ['verify'], policy: [['  console-configuration:\n', '  console-config:\n']], exit: [1, 2, 3] },
      { run: ['status'], exit: [1, 2, 3], never: /Owed: nothing/ },
    ],
  },
  {
    name: 'reinstating an account cancels nothing if only one of its applications is owed, and says so',
    indices: { [A]: index({ x: of('42', '7'), other: of('9') }) },
    steps: [
      { run: ['terminate', '--uin', '42', '--app', '7'] },
      { run: ['reinstate', '--uin', '42'], exit: LEFT, says: /--app/ },
      { run: ['reinstate', '--uin', '5555'], exit: LEFT, says: /nothing to cancel/ },
      { run: ['reinstate', '--uin', '42', '--app', '7'], says: /cancelled 1 erasure/ },
    ],
  },
  {
    name: 'a command that names two accounts is refused',
    steps: [{ run: ['terminate', '--uin', '1', '--uin', '2'], exit: [2] }],
  },
];
