import { expect, test } from 'vitest';
import { stillOwed, stillOwedJson, stillOwedPage } from '../../../../lib/cli/erasures/still-owed.ts';
import { renderPage } from '../../../../lib/cli/output/page.ts';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import { erasureSession, NOW } from '../../../support/command-line/erasure-session.ts';

const owing = (uin: string, sdkAppId?: string) => ({
  notLookedAt: 0,
  unreached: [],
  entries: [
    { category: 'settings', trigger: 'feature-terminated', scope: 'application', uin, sdkAppId } as LedgerEntry,
  ],
});

test.each([
  ['7', undefined, 'reinstate --uin 7'],
  ['$(reboot)', 'a b', "reinstate --uin '$(reboot)' --app 'a b'"],
  ['-7', "O'Brien", "reinstate --uin=-7 --app 'O'\\''Brien'"],
  ['a\u200bb', undefined, "reinstate --uin $'a\\u200bb'"],
])('the command that cancels what is owed to %s can be copied safely', (uin, sdkAppId, command) => {
  const owed = owing(uin, sdkAppId);
  expect(renderPage(stillOwedPage(owed, 0), { paint: (_, text) => text })).toContain(`es-retention.mjs ${command}\n`);
  expect(stillOwedJson(owed)?.entries[0]?.toTakeBack).toContain(command);
});

test('an account that somebody wrote into another entry is not shown as owed an erasure', async () => {
  const { session, ledger } = erasureSession();
  const event = { requestId: 'r', type: 'account-deleted', subject: { uin: '7' }, at: NOW, immediate: false } as const;
  await recordAccountEvent(event, [...session.policy.categories.values()], await session.erasure.openRecord());
  expect((await stillOwed(session, { uin: '7' }, []))?.entries).toHaveLength(1);
  const [read] = ledger.entries.values();
  if (read === undefined) throw new Error('no entry');
  await ledger.write([{ read, entry: { ...read.entry, uin: '8' } }]);
  expect((await stillOwed(session, { uin: '8' }, []))?.entries).toEqual([]);
});
