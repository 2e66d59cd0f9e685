import { expect, test } from 'vitest';
import { terminateCommand } from '../../../lib/cli/commands/terminate-command.ts';
import { isOpen, type LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { ACCOUNTS, EditedBooks, type OwnDocument } from '../../support/edited-books.ts';

const hashOf = ({ source }: OwnDocument): LedgerEntry['subject'] => (source as LedgerEntry).subject;

test('a return takes back nothing of an entry into which somebody wrote its subject', async () => {
  const books = await EditedBooks.open(false);
  const [due] = books.documents('due') as [OwnDocument];
  const [returned] = books.documents('cancelled') as [OwnDocument];
  await books.edit(due, { ...due.source, subject: hashOf(returned) }, 'by every search');
  const again = { command: 'reinstate', uin: ACCOUNTS.cancelled } as never;
  await terminateCommand(books.session, again, books.terminal);
  const entry = books.entries.get(due.id)?.entry as LedgerEntry;
  expect(isOpen(entry)).toBe(true);
  expect(entry).toMatchObject({ uin: ACCOUNTS.due, events: [{ type: 'account-deleted' }] });
});

test('a version of the key that somebody wrote into an entry keeps nobody from coming back', async () => {
  const books = await EditedBooks.open(false);
  const [pending] = books.documents('pending') as [OwnDocument];
  await books.edit(pending, { ...pending.source, subject: { ...hashOf(pending), kid: 'lost' } }, 'by every search');
  const back = { command: 'reinstate', uin: ACCOUNTS.due } as never;
  const { json } = await terminateCommand(books.session, back, books.terminal);
  expect(json).toMatchObject({ exitCode: 0, cancelled: 2 });
});
