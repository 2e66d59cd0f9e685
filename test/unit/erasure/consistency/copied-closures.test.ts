import { expect, test } from 'vitest';
import { replayCommand } from '../../../../lib/cli/commands/records/replay-command.ts';
import { isOpen, type LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { EditedRecords } from '../../../support/erasure/edited-records.ts';

const OTHER_HASH = 'A'.repeat(43);

/** The records with a receipted entry of `settings` copied to another id of its ledger. */
const withCopy = async (change: (entry: LedgerEntry) => LedgerEntry) => {
  const records = await EditedRecords.open(false);
  const { ledger } = records.session.erasure;
  const closed = [...records.entries.values()].find(
    ({ entry }) => entry.category === 'settings' && !isOpen(entry) && entry.closures.some(({ receipt }) => receipt),
  );
  const copied = change(structuredClone(closed?.entry as LedgerEntry));
  await ledger.write([{ entry: copied, read: undefined }]);
  return records;
};

const underOther = (entry: LedgerEntry): LedgerEntry => ({
  ...entry,
  id: entry.id.replace('account-deleted', 'feature-terminated'),
  trigger: 'feature-terminated',
  events: [],
});
const withoutReceipt = (entry: LedgerEntry): LedgerEntry => ({
  ...entry,
  closures: entry.closures.map(({ receipt: _, ...each }) => each),
});
const ofSomebody = (entry: LedgerEntry): LedgerEntry => ({
  ...entry,
  id: entry.id.replace(entry.subject.hash, OTHER_HASH),
  subject: { ...entry.subject, hash: OTHER_HASH },
});

const foundBy = async (records: EditedRecords) =>
  (await records.run('settings')).findings.filter(({ code }) => code === 'altered-entry');

const NAMED = [expect.objectContaining({ severity: 'blocking', subjects: 1 })];

test('records without a copied entry are believed', async () => {
  expect(await foundBy(await EditedRecords.open(false))).toEqual([]);
});

test.each<[string, (entry: LedgerEntry) => LedgerEntry]>([
  ['another trigger', underOther],
  ['another trigger, done for ever', (entry) => ({ ...underOther(entry), doneThrough: 4e12 })],
  ['another trigger, done as it says', (entry) => ({ ...underOther(entry), doneThrough: entry.closedAt ?? 0 })],
  ['another trigger, its receipt due', (entry) => withoutReceipt(underOther(entry))],
])('a closed entry copied to the id of %s is reported, and replay repairs it', async (_, change) => {
  const records = await withCopy(change);
  expect(await foundBy(records)).toEqual(NAMED);
  await replayCommand(records.session);
  expect(await foundBy(records)).toEqual([]);
});

test("a closed entry copied to another account's id is reported with the fix", async () => {
  const records = await withCopy(({ doneThrough: _, ...entry }) => ofSomebody(entry));
  await replayCommand(records.session);
  const found = await foundBy(records);
  expect(found).toEqual(NAMED);
  expect(found[0]?.found).toContain('with a closed erasure that was not sealed for it');
  expect(found[0]?.fix).toContain('DELETE /retention-ledger.settings/_doc/<id>');
});
