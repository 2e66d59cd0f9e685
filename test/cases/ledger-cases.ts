import { ago, index, LEFT, purge, type SafeguardCase, verify } from './safeguard-case.ts';

const CATEGORY = 'console-configuration';
const A = 'trtc-console-configuration-a';

const of = (uin: string, sdkAppId = '1') => ({ '@timestamp': ago('9d'), uin, sdkAppId });
const indices = { [A]: index({ x: of('777'), other: of('9') }) };
const overdue = { run: ['terminate', '--uin', '777', '--account-deleted', '--at', ago('8d')] };

/** After this, what is owed to account 777 stands nowhere but in the events, or the archive. */
const forgotten = (name: string, deleted: RegExp): SafeguardCase => ({
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
  forgotten('a deleted ledger is noticed, and replay restores it', /-ledger\./),
  forgotten('a deleted ledger with its events is noticed, and replay restores it', /-(ledger|events)\./),
  {
    name: 'a category that gets another name in the policy still owes what it owed',
    indices,
    steps: [
      overdue,
      { run: verify(CATEGORY), exit: LEFT, says: /overdue/ },
      { run: ['verify'], policy: [['  console-configuration:\n', '  console-config:\n']], exit: [1, 2, 3] },
      { run: ['status'], exit: [1, 2, 3], never: /Owed: nothing/ },
    ],
  },
  {
    name: 'an account of which only an application is owed has nothing to cancel',
    indices: { [A]: index({ x: of('42', '7'), other: of('9') }) },
    steps: [
      { run: ['terminate', '--uin', '42', '--app', '7'] },
      { run: ['reinstate', '--uin', '42'], exit: LEFT, says: /--app/ },
      { run: ['reinstate', '--uin', '5555'], exit: LEFT, says: /nothing to cancel/ },
      { run: ['reinstate', '--uin', '42', '--app', '7'], says: /cancelled 1 erasure/ },
    ],
  },
  {
    name: 'an account that is named twice is refused',
    steps: [{ run: ['terminate', '--uin', '1', '--uin', '2'], exit: [2] }],
  },
];
