import type { estypes } from '@elastic/elasticsearch';
import { ago, ahead, DONE_OR_LEFT, index, LEFT, purge, type SafeguardCase, type Step } from './safeguard-case.ts';

const CATEGORY = 'console-configuration';
const A = 'trtc-console-configuration-a';
const B = 'trtc-console-configuration-b';
const ALL = 'trtc-console-configuration-*';

const of = (uin: unknown, sdkAppId: unknown = '1') => ({ '@timestamp': ago('9d'), uin, sdkAppId });
const other = of('9');

const deleted = (uin: string): Step => ({ run: ['terminate', '--uin', uin, '--account-deleted', '--immediate'] });
/** The first run erases. The second counts once more, and closes the erasure. */
const TWO_RUNS: readonly Step[] = [{ run: purge(CATEGORY), exit: DONE_OR_LEFT }, { run: purge(CATEGORY) }];
/** Two runs look, and neither says that nothing was found: the erasure stays open. */
const STAYS_OPEN: readonly Step[] = [
  { run: purge(CATEGORY), exit: LEFT, never: /[1-9] as nothing found/ },
  { run: purge(CATEGORY), exit: LEFT, never: /[1-9] as nothing found/ },
];

const erased = (
  name: string,
  document: object,
  properties: Readonly<Record<string, estypes.MappingProperty | undefined>>,
  uin: string,
  beside: object = other,
): SafeguardCase => ({
  name,
  indices: { [A]: index({ x: document, other: beside }, properties) },
  steps: [deleted(uin), ...TWO_RUNS, { run: ['receipt', '--uin', uin], says: /erased/ }],
  left: { [ALL]: ['other'] },
});

/** An account is matched exactly, and "nothing found" is proved. */
export const ACCOUNT_CASES: readonly SafeguardCase[] = [
  {
    name: 'account 7 does not get the documents of 007 or 7.9, which an integer field reads as 7',
    indices: {
      [A]: index(
        { zeros: of('007'), seven: of(7), decimal: of('7.9'), fraction: of(7.5), other: of(8) },
        { uin: { type: 'long' } },
      ),
    },
    steps: [
      deleted('7'),
      { run: purge(CATEGORY), exit: DONE_OR_LEFT },
      { run: purge(CATEGORY), exit: DONE_OR_LEFT },
      deleted('007'),
      ...STAYS_OPEN,
    ],
    left: { [ALL]: ['zeros', 'decimal', 'fraction', 'other'] },
  },
  {
    name: 'an erasure is not closed as nothing-found if the index ignored the account',
    indices: {
      [A]: index({ x: of('9007199254740993'), other }, { uin: { type: 'keyword', ignore_above: 8 } }),
    },
    steps: [
      {
        ...deleted('9007199254740993'),
        afterwards: [['PUT', `/${A}/_mapping`, { properties: { uin: { type: 'keyword', ignore_above: 256 } } }]],
      },
      ...STAYS_OPEN,
    ],
    left: { [ALL]: ['x', 'other'] },
  },
  {
    name: 'an erasure is not closed as nothing-found if its documents came before the account field was mapped',
    indices: { [A]: index({ x: of('42'), other }, { uin: undefined }, { mappings: { dynamic: false } }) },
    steps: [
      { ...deleted('42'), afterwards: [['PUT', `/${A}/_mapping`, { properties: { uin: { type: 'keyword' } } }]] },
      ...STAYS_OPEN,
    ],
    left: { [ALL]: ['x', 'other'] },
  },
  {
    name: 'a document with two accounts, one of them ignored by the index, is not erased for the other',
    indices: {
      [A]: index({ x: of(['42', '9007199254740993']), other }, { uin: { type: 'keyword', ignore_above: 8 } }),
    },
    steps: [
      {
        ...deleted('42'),
        afterwards: [['PUT', `/${A}/_mapping`, { properties: { uin: { type: 'keyword', ignore_above: 256 } } }]],
      },
      ...STAYS_OPEN,
    ],
    left: { [ALL]: ['x', 'other'] },
  },
  erased('the same account twice in a long field is one account', of([5, 5]), { uin: { type: 'long' } }, '5', of(9)),
  erased('the same account twice in a keyword field is one account', of(['5', '5']), {}, '5'),
  erased(
    'an account is erased although its application is mapped as text',
    of('42'),
    { sdkAppId: { type: 'text' } },
    '42',
  ),
  erased(
    'an account is erased although no application is mapped',
    { '@timestamp': ago('9d'), uin: '42' },
    { sdkAppId: undefined },
    '42',
    { '@timestamp': ago('9d'), uin: '9' },
  ),
  {
    name: 'reconcile names an index whose accounts it cannot list, and lists those of the others',
    indices: {
      [A]: index({ x: of('42') }, { sdkAppId: { type: 'text' } }),
      [B]: index({ y: of('43') }),
    },
    files: { 'active.txt': '77\n' },
    steps: [
      { run: ['reconcile', '--active', '$dir/active.txt'], exit: DONE_OR_LEFT, says: /43/, never: /partial-answer/ },
    ],
  },
  {
    name: 'a reinstatement dated far ahead is refused, and cancels nothing',
    indices: { [A]: index({ x: of('42'), other }) },
    steps: [{ run: ['reinstate', '--uin', '42', '--at', ahead('300d')], exit: [2] }, deleted('42'), ...TWO_RUNS],
    left: { [ALL]: ['other'] },
  },
  {
    name: 'a register is emptied and not dropped, because the service still writes to it',
    indices: { 'trtc-console-configuration-tenant7': index({ x: of('42') }), [B]: index({ y: of('9') }) },
    steps: [deleted('42'), ...TWO_RUNS],
    left: { [ALL]: ['y'] },
    after: { '/trtc-console-configuration-tenant7': /"keyword"/ },
  },
];
