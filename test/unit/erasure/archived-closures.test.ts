import { expect, test } from 'vitest';
import { replayCommand } from '../../../lib/cli/commands/replay-command.ts';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { ACCOUNTS, EditedReports, type OwnDocument } from '../../support/edited-reports.ts';

/** The books with one entry edited, and a look at it. */
const editedEntry = async (of: 'receipted' | 'unreceipted', change: (entry: LedgerEntry) => object) => {
  const reportStore = await EditedReports.open(false);
  const [document] = reportStore.documents(of) as [OwnDocument];
  const before = document.source as LedgerEntry;
  await reportStore.edit(document, change(before), 'by every search');
  return { reportStore, before, after: () => reportStore.entries.get(document.id)?.entry };
};

const EDITS: readonly (readonly [string, (entry: LedgerEntry) => object])[] = [
  ['taken out', (entry) => ({ ...entry, closures: [] })],
  ['taken out, and the instant with them', ({ doneThrough: _, ...entry }) => ({ ...entry, closures: [] })],
  ['of another shape', ({ doneThrough: _, ...entry }) => ({ ...entry, closures: 'none' })],
  [
    'no closures of ours',
    ({ doneThrough: _, ...entry }) => ({
      ...entry,
      closures: [{ ...entry.closures[0], opening: { kid: 'new', sealed: 'A'.repeat(99) } }],
    }),
  ],
  ['taken out, and it is open', ({ doneThrough: _, ...entry }) => ({ ...entry, state: 'pending', closures: [] })],
  [
    'taken out, and it names its account',
    ({ doneThrough: _, ...entry }) => ({ ...entry, uin: ACCOUNTS.receipted, state: 'pending', closures: [] }),
  ],
];

test.each(EDITS)('a closed entry stays closed, and names nobody, when its closures are %s', async (_, change) => {
  const { reportStore, before, after } = await editedEntry('receipted', change);
  const replayed = await replayCommand(reportStore.session);
  expect(replayed).toMatchObject({ exitCode: 0, json: { mended: { entries: 1, unmended: 0 } } });
  expect(after()).toMatchObject({ state: before.state, closures: before.closures, doneThrough: before.doneThrough });
  expect(JSON.stringify(after())).not.toMatch(/"uin"|"proof"/);
  expect(reportStore.told.filter((each) => each.includes('Completed'))).toHaveLength(2);
  await reportStore.run('settings');
  expect(after()?.closures).toEqual(before.closures);
  expect(
    reportStore.told.filter((each) => each.includes(before.subject.hash) && each.includes('settings')),
  ).toHaveLength(1);
});

test('one without a copy in the archive owes again, is erased once more, and closed', async () => {
  const { reportStore, after } = await editedEntry('unreceipted', ({ doneThrough: _, ...entry }) => ({
    ...entry,
    closures: [],
  }));
  await replayCommand(reportStore.session);
  expect(after()).toMatchObject({ state: 'pending', uin: ACCOUNTS.unreceipted });
  await reportStore.run('settings');
  expect(after()).toMatchObject({ state: 'nothing-found' });
  expect(JSON.stringify(after())).not.toContain('"uin"');
});

test('one that is proven to be open stays open: it was restored with its documents', async () => {
  const reportStore = await EditedReports.open(false);
  const [document] = reportStore.documents('due') as [OwnDocument];
  await reportStore.run('settings');
  await reportStore.edit(document, document.source, 'by every search');
  // Its event was lost with the event log, so that it is not believed as it is.
  const [, event] = reportStore.documents('due') as [OwnDocument, OwnDocument];
  await reportStore.edit(event, {}, 'by none');
  await replayCommand(reportStore.session);
  expect(reportStore.entries.get(document.id)?.entry).toMatchObject({ state: 'pending', uin: ACCOUNTS.due });
});
