import { expect, test } from 'vitest';
import { terminateCommand } from '../../../../lib/cli/commands/erasure/terminate-command.ts';
import { isOpen, type LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { ACCOUNTS, EditedRecords, type OwnDocument } from '../../../support/erasure/edited-records.ts';

const hashOf = ({ source }: OwnDocument): LedgerEntry['subject'] => (source as LedgerEntry).subject;

test('a reinstatement does not affect an entry with a forged subject', async () => {
  const records = await EditedRecords.open(false);
  const [due] = records.documents('due') as [OwnDocument];
  const [returned] = records.documents('cancelled') as [OwnDocument];
  await records.edit(due, { ...due.source, subject: hashOf(returned) }, 'by every search');
  const again = { command: 'reinstate', uin: ACCOUNTS.cancelled } as never;
  await terminateCommand(records.session, again, records.terminal);
  const entry = records.entries.get(due.id)?.entry as LedgerEntry;
  expect(isOpen(entry)).toBe(true);
  expect(entry).toMatchObject({ uin: ACCOUNTS.due, events: [{ type: 'account-deleted' }] });
});

test('a forged key version in an entry does not prevent a reinstatement', async () => {
  const records = await EditedRecords.open(false);
  const [pending] = records.documents('pending') as [OwnDocument];
  await records.edit(pending, { ...pending.source, subject: { ...hashOf(pending), kid: 'lost' } }, 'by every search');
  const back = { command: 'reinstate', uin: ACCOUNTS.due } as never;
  const { json } = await terminateCommand(records.session, back, records.terminal);
  expect(json).toMatchObject({ exitCode: 0, cancelled: 2 });
});
