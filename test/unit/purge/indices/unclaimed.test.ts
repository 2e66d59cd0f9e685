import { describe, expect, test } from 'vitest';
import { parseRetentionPolicy } from '../../../../lib/policy/parsing/parse-retention-policy.ts';
import { type ListedIndex, unclaimedIndices } from '../../../../lib/purge/indices/unclaimed-indices.ts';
import { policyWith } from '../../../support/policy/policy-text.ts';

const policyOf = (ignored: readonly string[] = []) =>
  parseRetentionPolicy(
    policyWith(
      'categories:',
      `defaults: { applicationField: sdkAppId }\nignoredIndices: ${JSON.stringify(ignored)}\ncategories:`,
    ),
    'p.yml',
  );

const listed = (name: string, changes: Partial<ListedIndex> = {}): ListedIndex => ({
  name,
  aliases: [],
  primaries: 1,
  fields: new Set(),
  ...changes,
});

/** A cluster of these indices, with one document in each unless `counts` says otherwise. */
const look = (indices: readonly ListedIndex[], ignored: readonly string[] = [], counts?: ReadonlyMap<string, number>) =>
  unclaimedIndices(policyOf(ignored), {
    list: async () => indices,
    count: async (asked) => counts ?? new Map(asked.map(({ name }) => [name, 1])),
  });

describe('an unclaimed index', () => {
  test.each([
    ['a separator that differs', 'call-logs_2026'],
    ['the first word of a pattern', 'call-recordings'],
    ['the first word and another separator', 'call.log.2026'],
    ['a letter too few', 'cal-log-2026'],
    ['two letters in the wrong order', 'clal-log-2026'],
    ['two slips in a long word', 'settnigz-2026'],
    ['a letter too many', 'calll-log-2026'],
    ['the first word with something behind it', 'callv2-log-2026'],
    ['a restored copy', 'restored-call-log-2026'],
    ['a copy with other separators', 'backup_call_log_2026'],
    ['the other pattern', 'setting-2026'],
    ['a name that begins with a dot', '.call-log-2026'],
    ['a backing index that its data stream has lost', '.ds-call-log-x-2026.11.28-000001'],
    ['a slip in one that its data stream has lost', '.ds-cal-log-x-2026.11.28-000001'],
    ['an index of failures', '.fs-call-log-x-2026.11.28-000001'],
    ['one that an upgrade made anew', '.reindexed-v9-call-log-1'],
  ])('is recognized by its name: %s', async (_, name) => {
    expect(await look([listed(name)])).toMatchObject([{ code: 'unclaimed-index', severity: 'blocking', index: name }]);
  });

  test.each([
    ['account and timestamp', ['uin', '@timestamp']],
    ['account and application', ['uin', 'sdkAppId']],
  ])('is recognized by its mapping: %s', async (_, fields) => {
    const [finding] = await look([listed('audit-2026', { fields: new Set(fields) })]);
    expect(finding).toMatchObject({ found: '1 document; it maps the account field "uin" of call-logs' });
  });

  test('is recognized by the name of its data stream', async () => {
    const name = '.ds-call-logs-2026.09.01-000001';
    expect(await look([listed(name, { dataStream: 'call-logs' })])).toMatchObject([{ index: name }]);
  });

  test('is reported with the pattern that has the most words in common with its name', async () => {
    const [finding] = await look([listed('calls-settings-2026')]);
    expect(finding?.found).toMatch(/its name is like settings-\*$/);
  });

  test('is reported with the pattern that its name misspells', async () => {
    expect((await look([listed('settingz-2026')]))[0]?.found).toBe('1 document; its name is like settings-*');
  });
});

describe('an index that is claimed, ignored or unrelated', () => {
  test.each([
    ['a category claims it', listed('call-log-1'), []],
    ['a category claims its alias', listed('call-old', { aliases: ['call-log-2'] }), []],
    ['a category claims its data stream', listed('.ds-call-log-x-2026.09.01-000001', { dataStream: 'call-log-x' }), []],
    ['it is ours', listed('retention-ledger', { fields: new Set(['uin', 'sdkAppId']) }), []],
    ['the policy ignores it', listed('call-recordings'), ['call-recordings']],
    ['the policy ignores its pattern', listed('call-recordings'), ['call-rec*']],
    [
      'the policy ignores its data stream',
      listed('.ds-call-x-2026.09.01-000001', { dataStream: 'call-x' }),
      ['call-x'],
    ],
    ['it is like nothing of ours', listed('orders-2026', { fields: new Set(['@timestamp']) }), []],
    ['half of a short word differs', listed('caul2-2026'), []],
    ['it has the account field alone', listed('orders-2026', { fields: new Set(['uin']) }), []],
  ])('is not reported when %s', async (_, index, ignored) => {
    expect(await look([index], ignored)).toEqual([]);
  });
});

test('an unclaimed index is a notice if it is empty, and blocking if it cannot be counted', async () => {
  const indices = [listed('call-a'), listed('call-b')];
  expect(await look(indices, [], new Map([['call-a', 0]]))).toMatchObject([
    { index: 'call-a', severity: 'notice', found: expect.stringMatching(/^0 documents; /) },
    { index: 'call-b', severity: 'blocking', found: expect.stringMatching(/^documents that could not be counted; /) },
  ]);
});
