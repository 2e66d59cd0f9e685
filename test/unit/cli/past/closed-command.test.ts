import { expect, test } from 'vitest';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import { GONE, STAYS } from '../../../integration/cli/erasure-command-line.ts';
import { erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';

/** One erasure that is in time, and one that is three days late; both have their receipts. */
const world = async () => {
  const made = await erasureCliInMemory();
  await made.seed();
  await made.tell('account-deleted', { uin: GONE }, 4);
  await made.tell('account-deleted', { uin: STAYS }, 10);
  for (let runs = 0; runs < 2; runs += 1) await made.run(['purge', '--execute', '--yes']);
  return made;
};

test('status --closed lists each erasure with its receipt and lateness, but without its account', async () => {
  const { run, consoleCategory } = await world();
  const { code, stdout } = await run(['status', '--closed', '--since', 'P1D', '--json']);
  const { summary, closed } = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(summary).toMatch(/^Closed: 2 erasures from .* · 1 in time · 1 late$/);
  const late = closed.find(({ inTime }: { inTime: boolean }) => !inTime);
  expect(late).toMatchObject({ category: consoleCategory.id, outcome: 'erased', documentsErased: 1 });
  expect(late.lateBy / DAY).toBeCloseTo(3, 2);
  expect((Date.now() - Date.parse(late.eraseBy)) / DAY).toBeCloseTo(3, 2);
  const timely = closed.find(({ inTime }: { inTime: boolean }) => inTime);
  expect(timely.lateBy).toBe(0);
  const receiptOf = async (uin: string) =>
    JSON.parse((await run(['receipt', '--uin', uin, '--json'])).stdout).receipts[0].id;
  expect([late.receipt, timely.receipt]).toEqual([await receiptOf(STAYS), await receiptOf(GONE)]);
  const page = (await run(['status', '--closed'])).stdout;
  expect(page).toContain('3 d late');
  expect(page).toContain(late.subject.hash.slice(0, 12));
  for (const account of [GONE, STAYS]) expect(`${stdout}${page}`).not.toContain(account);
});

test('status --closed leaves out erasures closed before or after the period', async () => {
  const { run, editEntries } = await world();
  const moved = (entry: LedgerEntry, by: number) => ({
    ...entry,
    closures: entry.closures.map((closure) => ({ ...closure, closedAt: closure.closedAt - by })),
  });
  let at = 0;
  editEntries((entry) => moved(entry, [2 * DAY, 4 * DAY][at++] ?? 0));
  const { closed } = JSON.parse(
    (await run(['status', '--closed', '--since', 'P3D', '--until', 'P1D', '--json'])).stdout,
  );
  expect(closed).toHaveLength(1);
});

test('status --closed also finds the earlier erasure of an entry that is open again', async () => {
  const { run, editEntries } = await world();
  editEntries((entry) => ({
    ...entry,
    state: 'pending',
    closures: entry.closures.map((closure) => ({ ...closure, reopenedAt: Date.now() })),
  }));
  const { stdout } = await run(['status', '--closed']);
  expect(stdout.match(/erased, reopened/g)).toHaveLength(2);
});

test('status --closed prints CSV with the closing time and the whole subject hash', async () => {
  const { run } = await world();
  const { code, stdout } = await run(['status', '--closed', '--csv']);
  const [header = '', ...rows] = stdout.trimEnd().split('\r\n');
  expect([code, rows.length]).toEqual([0, 2]);
  const names = header.split(',');
  const [first] = rows.map((row) => Object.fromEntries(row.split(',').map((cell, at) => [names[at], cell])));
  expect(first?.subject_hash).toMatch(/^[\w-]{43}$|^[0-9a-f]{64}$/);
  expect(Date.parse(first?.closed_at ?? '')).toBeGreaterThan(Date.now() - HOUR);
});

test.each([
  [['--since', 'P1D'], 'go with --closed'],
  [['--closed', '--uin', '7'], 'receipt --uin'],
  [['--closed', '--csv', '--json'], 'do not go together'],
])('status refuses the options %j', async (options, words) => {
  const { run } = await erasureCliInMemory();
  const { code, stdout, stderr } = await run(['status', ...options]);
  expect([code, `${stdout}${stderr}`]).toEqual([2, expect.stringContaining(words)]);
});
