import { expect, test } from 'vitest';
import { statusCommand } from '../../../../lib/cli/commands/erasure/status-command.ts';
import { countEntries, countLedger } from '../../../../lib/cli/erasures/status-counts.ts';
import { renderPage } from '../../../../lib/cli/output/page.ts';
import { newEntry } from '../../../../lib/erasure/ledger/apply-event.ts';
import type { ReadEntry } from '../../../../lib/erasure/ledger/ledger.ts';
import type { EntryState, LedgerEntry, Obligation } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import type { Category } from '../../../../lib/policy/retention-policy.ts';
import { HOUR } from '../../../../lib/policy/time/duration.ts';
import { erasureSession, NOW } from '../../../support/command-line/erasure-session.ts';

const UIN = '9007199254740993';

/** An entry that may be erased since `from` hours from now and must be by `by` hours from now. */
const entry = (hash: string, state: EntryState, from: number, by: number, more: Partial<LedgerEntry> = {}) => ({
  ...newEntry('settings', 'account-deleted', { uin: UIN }, { kid: 'k1', hash }),
  uin: UIN,
  state,
  obligation: {
    requestId: `msg_${hash}`,
    heardAt: 0,
    terminatedAt: NOW,
    eraseFrom: NOW + from * HOUR,
    eraseBy: NOW + by * HOUR,
    immediate: false,
  },
  ...more,
});

const sessionWith = async (entries: readonly LedgerEntry[]) => {
  const { session, ledger } = erasureSession();
  await ledger.write(entries.map((each) => ({ entry: each, read: undefined })));
  return session;
};
const pageOf = async (entries: readonly LedgerEntry[]): Promise<string> => {
  const { page } = await statusCommand(await sessionWith(entries), { json: false });
  return renderPage(page, { paint: (_, text) => text });
};

const ENTRIES = [
  entry('pending', 'pending', 5, 90),
  entry('due', 'erasing', -5, 0.5),
  entry('overdue', 'erasing', -90, -1.5),
  entry('held', 'held', -90, -2),
  entry('erased', 'erased', -90, -5),
  entry('nothing', 'nothing-found', -90, -5),
  entry('cancelled', 'cancelled', -90, -5),
];

test("the ledger's counts equal those of loaded entries", async () => {
  const session = await sessionWith(ENTRIES);
  const category = session.policy.categories.get('settings') as Category;
  const counts = await countLedger(session, category);
  expect(counts).toEqual(countEntries(ENTRIES, NOW));
  expect(counts).toMatchObject({ pending: 1, erasing: 2, due: 2, overdue: 1, held: 1, erased: 1, cancelled: 1 });
});

test('a braked erasure is owed and may be overdue, but is never due, and status ends with exit code 3', async () => {
  const braked = [entry('b', 'braked', -90, 5), entry('late', 'braked', -90, -1)];
  expect(countEntries(braked, NOW)).toMatchObject({ braked: 2, due: 0, overdue: 1 });
  const page = await pageOf(braked);
  expect(page).toMatch(/^Owed: 2 erasures · 1 overdue · 2 braked · nearest deadline/);
  expect(page).toContain('node bin/es-retention.mjs braked lists them');
  expect((await statusCommand(await sessionWith(braked.slice(0, 1)), { json: true })).exitCode).toBe(3);
});

test('status lists the most urgent erasures first, with hours left, and held ones as not overdue', async () => {
  const rows = (await pageOf(ENTRIES))
    .split('\n')
    .filter((line) => line.includes('account-deleted') && line.includes('…'));
  expect(rows.map((row) => row.trim().split(/ {2,}/))).toMatchObject(
    [
      ['held…', 'account', 'account-deleted', 'held', '2026-11-20 20:00', '2026-11-24 12:00', '2 h over', '0', '–'],
      ['overdue…', {}, {}, 'erasing, overdue', {}, {}, '2 h over', '0', '–'],
      ['due…', {}, {}, 'erasing, due', {}, {}, 'under 1 h', '0', '–'],
      ['pending…', {}, {}, 'pending', {}, {}, '90 h', '0', '–'],
    ].map((row) => row.map((cell) => (typeof cell === 'string' ? cell : expect.any(String)))),
  );
});

test('status lists a hundred erasures, and counts the others', async () => {
  const many = Array.from({ length: 130 }, (_, at) => entry(`h${at}`, 'pending', at, at + 1));
  const page = await pageOf(many);
  expect(page).toMatch(/^Owed: 130 erasures · nearest deadline 2026-11-24 15:00 UTC\n/);
  expect(page.match(/… +account +account-deleted/g)).toHaveLength(100);
  expect(page).toContain('  … and 30 more, less urgent: see --json\n');
  const { json } = await statusCommand(await sessionWith(many), { json: true });
  expect((json.categories as { entries: unknown[] }[])[0]?.entries).toHaveLength(130);
});

test('a request id is shown only if the proof of its entry covers it', async () => {
  const { session, ledger } = erasureSession();
  const ports = await session.erasure.openRecord();
  const event = { requestId: 'msg_own', subject: { uin: UIN }, at: NOW, immediate: false } as const;
  await recordAccountEvent({ ...event, type: 'account-deleted' }, [...session.policy.categories.values()], ports);
  const shown = async () => JSON.stringify((await statusCommand(session, { json: true, subject: { uin: UIN } })).json);
  expect(await shown()).toContain('"requestId":"msg_own"');
  const [read] = [...ledger.entries.values()] as [ReadEntry];
  const obligation = { ...(read.entry.obligation as Obligation), requestId: UIN };
  await ledger.write([{ entry: { ...read.entry, obligation }, read }]);
  expect(await shown()).not.toContain(UIN);
  expect(await shown()).toContain('"requestId":null');
});

test('neither page nor JSON of status contains an account', async () => {
  const { page, json } = await statusCommand(await sessionWith(ENTRIES), { json: true });
  expect(`${renderPage(page, { paint: (_, text) => text })}${JSON.stringify(json)}`).not.toContain(UIN);
});

test('the exit code of status is 3 while an erasure is overdue, and 0 otherwise', async () => {
  const exitCode = async (entries: readonly LedgerEntry[]) =>
    (await statusCommand(await sessionWith(entries), { json: false })).exitCode;
  expect([await exitCode(ENTRIES), await exitCode(ENTRIES.filter(({ id }) => !id.endsWith('overdue')))]).toEqual([
    3, 0,
  ]);
});
