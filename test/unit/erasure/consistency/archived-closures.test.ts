import { expect, test } from 'vitest';
import { replayCommand } from '../../../../lib/cli/commands/records/replay-command.ts';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { ACCOUNTS, EditedRecords, type OwnDocument } from '../../../support/erasure/edited-records.ts';

/** The records with one entry edited, and a look at it. */
const editedEntry = async (of: 'receipted' | 'unreceipted', change: (entry: LedgerEntry) => object) => {
  const records = await EditedRecords.open(false);
  const [document] = records.documents(of) as [OwnDocument];
  const before = document.source as LedgerEntry;
  await records.edit(document, change(before), 'by every search');
  return { records, before, after: () => records.entries.get(document.id)?.entry };
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

test.each(EDITS)('replay keeps an entry closed and without an account if its closures are %s', async (_, change) => {
  const { records, before, after } = await editedEntry('receipted', change);
  const replayed = await replayCommand(records.session);
  expect(replayed).toMatchObject({ exitCode: 0, json: { mended: { entries: 1, unmended: 0 } } });
  expect(after()).toMatchObject({ state: before.state, closures: before.closures, doneThrough: before.doneThrough });
  expect(JSON.stringify(after())).not.toMatch(/"uin"|"proof"/);
  expect(records.told.filter((each) => each.includes('Completed'))).toHaveLength(2);
  await records.run('settings');
  expect(after()?.closures).toEqual(before.closures);
  expect(records.told.filter((each) => each.includes(before.subject.hash) && each.includes('settings'))).toHaveLength(
    1,
  );
});

test('replay reopens a closed entry whose closures are lost and have no copy', async () => {
  const { records, after } = await editedEntry('unreceipted', ({ doneThrough: _, ...entry }) => ({
    ...entry,
    closures: [],
  }));
  await replayCommand(records.session);
  expect(after()).toMatchObject({ state: 'pending', uin: ACCOUNTS.unreceipted });
  await records.run('settings');
  expect(after()).toMatchObject({ state: 'nothing-found' });
  expect(JSON.stringify(after())).not.toContain('"uin"');
});

test('replay keeps a restored entry open if its proof shows that it was open', async () => {
  const records = await EditedRecords.open(false);
  const [document] = records.documents('due') as [OwnDocument];
  await records.run('settings');
  await records.edit(document, document.source, 'by every search');
  // Its event was lost with the event log, so that it is not believed as it is.
  const [, event] = records.documents('due') as [OwnDocument, OwnDocument];
  await records.edit(event, {}, 'by none');
  await replayCommand(records.session);
  expect(records.entries.get(document.id)?.entry).toMatchObject({ state: 'pending', uin: ACCOUNTS.due });
});
