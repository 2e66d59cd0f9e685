import { expect, test } from 'vitest';
import type { KeptEvent } from '../../../../lib/erasure/events/event-log.ts';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { GONE, STAYS } from '../../../integration/cli/erasure-command-line.ts';
import { expectDistrust, expectErased, overdue } from '../../../support/command-line/erasure-cli-cases.ts';
import { erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';

const EDITS: readonly (readonly [string, (entry: LedgerEntry) => unknown])[] = [
  ['naming a living account', (entry) => ({ ...entry, uin: STAYS })],
  ['cancelled', ({ uin: _, ...entry }) => ({ ...entry, state: 'cancelled', closedAt: Date.now() })],
  ['under another hash', (entry) => ({ ...entry, subject: { kid: entry.subject.kid, hash: 'h' } })],
];

test.each(EDITS)('nothing is erased for an entry edited by hand, %s, until a replay repairs it', async (_, change) => {
  const { fixture, index } = await overdue(await erasureCliInMemory());
  fixture.editEntries(change);
  await expectDistrust(fixture, index, '1 entry of the ledger not believed');
  const { stdout, code } = await fixture.run(['replay']);
  expect(stdout).toContain('1 entry worked out again');
  expect(code).toBe(0);
  await expectErased(fixture, index);
});

test('an erasure that was brought forward by hand still waits for the end of its cancel window', async () => {
  const { fixture, index } = await overdue(await erasureCliInMemory(), 1);
  fixture.editEntries((entry) => ({ ...entry, obligation: { ...entry.obligation, eraseFrom: 1 } }));
  await expectDistrust(fixture, index, '1 entry of the ledger not believed');
  expect((await fixture.run(['replay'])).code).toBe(0);
  expect((await fixture.run(['purge', '--execute'])).code).toBe(0);
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
});

test('a reinstated account is not erased, even if its entry is reopened by hand', async () => {
  const { fixture, index } = await overdue(await erasureCliInMemory());
  const { run, left, entries } = fixture;
  const [before] = entries();
  await fixture.tell('account-reinstated', { uin: GONE }, 1);
  fixture.editEntries((entry) => (entry.id === before?.id ? before : entry));
  await expectDistrust(fixture, index, '1 entry of the ledger not believed');
  await run(['replay']);
  expect((await run(['purge', '--execute'])).code).toBe(0);
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
});

const EVENT_EDITS: readonly (readonly [string, (event: KeptEvent) => unknown])[] = [
  ['to another account, long ago', (event) => ({ ...event, hash: 'h', at: '2020-01-01T00:00:00.000Z' })],
  ['to a reinstatement', (event) => ({ ...event, type: 'account-reinstated' })],
];

test.each(EVENT_EDITS)('an event edited by hand %s is not believed, and replay restores it', async (_, change) => {
  const { fixture, index } = await overdue(await erasureCliInMemory());
  fixture.editEvents(change);
  await expectDistrust(fixture, index, 'not believed');
  const { stdout, code } = await fixture.run(['replay']);
  expect(stdout).toContain('1 edited event written again');
  expect(code).toBe(0);
  await expectErased(fixture, index);
});

test('replay removes an edited event without a copy, which can then be recorded again', async () => {
  const { fixture, index } = await overdue(await erasureCliInMemory());
  const { run } = fixture;
  fixture.editEvents((event) => ({ ...event, at: new Date().toISOString() }));
  const environment = { RETENTION_ARCHIVE: `${fixture.archive}-new` };
  const replayed = await run(['replay'], environment);
  expect(replayed.stdout).toContain('1 edited event removed');
  expect(replayed.code).toBe(3);
  await run(
    ['terminate', '--uin', GONE, '--account-deleted', '--at', new Date(Date.now() - 8 * DAY).toISOString()],
    environment,
  );
  expect((await run(['replay'], environment)).code).toBe(0);
  await run(['purge', '--execute'], environment);
  expect((await run(['purge', '--execute'], environment)).stdout).toMatch(/^Kept: 1 of 1/);
  expect(await fixture.left(index)).toEqual(['stays']);
});
