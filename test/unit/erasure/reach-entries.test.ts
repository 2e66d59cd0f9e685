import { expect, test } from 'vitest';
import { terminateCommand } from '../../../lib/cli/commands/terminate-command.ts';
import { isOpen, type LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { ACCOUNTS, EditedReports, type OwnDocument } from '../../support/edited-reports.ts';

const hashOf = ({ source }: OwnDocument): LedgerEntry['subject'] => (source as LedgerEntry).subject;

test('a return takes back nothing of an entry into which somebody wrote its subject', async () => {
  const reportStore = await EditedReports.open(false);
  const [due] = reportStore.documents('due') as [OwnDocument];
  const [returned] = reportStore.documents('cancelled') as [OwnDocument];
  await reportStore.edit(due, { ...due.source, subject: hashOf(returned) }, 'by every search');
  const again = { command: 'reinstate', uin: ACCOUNTS.cancelled } as never;
  await terminateCommand(reportStore.session, again, reportStore.terminal);
  const entry = reportStore.entries.get(due.id)?.entry as LedgerEntry;
  expect(isOpen(entry)).toBe(true);
  expect(entry).toMatchObject({ uin: ACCOUNTS.due, events: [{ type: 'account-deleted' }] });
});

test('a version of the key that somebody wrote into an entry keeps nobody from coming back', async () => {
  const reportStore = await EditedReports.open(false);
  const [pending] = reportStore.documents('pending') as [OwnDocument];
  await reportStore.edit(
    pending,
    { ...pending.source, subject: { ...hashOf(pending), kid: 'lost' } },
    'by every search',
  );
  const back = { command: 'reinstate', uin: ACCOUNTS.due } as never;
  const { json } = await terminateCommand(reportStore.session, back, reportStore.terminal);
  expect(json).toMatchObject({ exitCode: 0, cancelled: 2 });
});
