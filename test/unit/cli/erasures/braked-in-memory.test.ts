import { expect, test } from 'vitest';
import { configuration, GONE, STAYS } from '../../../integration/cli/erasure-command-line.ts';
import { brakedIn, json } from '../../../support/command-line/erasure-cli-cases.ts';
import { erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';

test('cancel cancels braked erasures, and their documents stay', async () => {
  const { run, left, index } = await brakedIn(await erasureCliInMemory(false, { minAccounts: 0 }));
  const { code, said } = await json(run, ['cancel', '--uin', GONE, '--yes']);
  expect([code, said]).toMatchObject([0, { summary: 'Cancelled: 1 erasure', done: 1, left: 0 }]);
  expect((await run(['braked'])).code).toBe(0);
  expect((await run(['purge', '--execute'])).code).toBe(0);
  expect(await left(index)).toHaveLength(3);
});

test('cancel during a run names the run', async () => {
  const { run, leases, consoleCategory } = await brakedIn(await erasureCliInMemory(false, { minAccounts: 0 }));
  await leases.acquire(consoleCategory.id, 'run-7');
  const { code, stdout } = await run(['cancel', '--uin', GONE, '--yes']);
  expect(stdout).toMatch(/^Cancelled: 1 erasure\n/);
  expect(stdout).toContain(`\nA run of ${consoleCategory.id} is at work: run-7, which has the lease until `);
  expect(stdout).toContain(': node bin/es-retention.mjs status\n');
  expect(code).toBe(0);
});

test('a termination by a person counts as confirmed', async () => {
  const { run, left, index } = await brakedIn(await erasureCliInMemory(false, { minAccounts: 0 }));
  expect((await run(['terminate', '--uin', GONE, '--account-deleted'])).code).toBe(0);
  await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['stays']);
});

test('replay restores a lost ledger, and braked erasures remain braked', async () => {
  const { run, left, index, editEntries, editEvents } = await brakedIn(
    await erasureCliInMemory(false, { minAccounts: 0 }),
  );
  editEntries(() => undefined);
  editEvents(() => undefined);
  await run(['setup']);
  expect((await run(['replay'])).code).toBe(0);
  expect((await run(['purge', '--execute'])).code).toBe(3);
  expect(await left(index)).toHaveLength(3);
  expect((await run(['braked'])).code).toBe(3);
});

test('cancel cancels nothing for an account written into a braked entry', async () => {
  const { editEntries, run, consoleCategory } = await brakedIn(await erasureCliInMemory(false, { minAccounts: 0 }));
  await run(['terminate', '--uin', '43', '--account-deleted']);
  editEntries((entry) => (entry.state === 'braked' ? { ...entry, uin: '43' } : entry));
  const { stdout, code } = await run(['cancel', '--all', '--yes']);
  expect(stdout).toMatch(/^Cancelled: nothing · /);
  expect(stdout).toContain('1 braked entry not believed');
  expect(code).toBe(3);
  expect((await run(['status', '--uin', '43'])).stdout).toContain(`${consoleCategory.id} · `);
  expect((await run(['status', '--uin', '43'])).stdout).toMatch(/pending/);
});

test('replay keeps the brake on an entry that somebody edited', async () => {
  const { run, left, index, editEntries } = await brakedIn(await erasureCliInMemory(false, { minAccounts: 0 }));
  editEntries((entry) => ({ ...entry, state: 'pending', obligation: { ...entry.obligation, eraseBy: 0, proof: 'x' } }));
  expect((await run(['replay'])).code).toBe(0);
  expect((await json(run, ['braked'])).said.total).toBe(1);
  await run(['purge', '--execute']);
  expect(await left(index)).toHaveLength(3);
});

test.each([
  ['nothing that says which', ['confirm', '--yes'], 'nothing-chosen'],
  ['all and some', ['cancel', '--all', '--request', 'm', '--yes'], 'all-and-some'],
  ['no yes where nobody can be asked', ['confirm', '--all'], 'nobody-to-ask'],
  ['an unknown source', ['confirm', '--source', 'mail', '--yes'], 'bad-source'],
  ['no instant', ['cancel', '--until', 'yesterday', '--yes'], 'bad-instant'],
  ['an application alone', ['braked', '--app', '1'], 'app-without-uin'],
])('a decision about braked erasures is refused with %s', async (_, args, code) => {
  const { run } = await erasureCliInMemory();
  const ended = await json(run, args);
  expect([ended.code, ended.said.error.code]).toEqual([2, code]);
});

/** Two categories; GONE is braked in the first, and STAYS is owed an erasure in the second. */
const twoCategories = async () => {
  const fixture = await erasureCliInMemory(true, { minAccounts: 0 });
  const { createIndex, tell, run, entries, editEntries, roomsCategory } = fixture;
  await createIndex('1', { gone: configuration(GONE, '1'), other: configuration('1', '1') });
  await createIndex('2', { stays: configuration(STAYS, '1'), other: configuration('1', '1') });
  await tell('account-deleted', { uin: GONE }, 4, { source: 'webhook', arrivedAt: Date.now() });
  await tell('account-deleted', { uin: STAYS }, 1, { source: 'webhook', arrivedAt: Date.now() });
  await run(['purge', '--execute']);
  expect((await json(run, ['braked'])).said.total).toBe(1);
  const nameStays = () => editEntries((entry) => (entry.state === 'braked' ? { ...entry, uin: STAYS } : entry));
  const owedInRooms = () =>
    entries().filter(({ category, state }) => category === roomsCategory && state === 'pending').length;
  return { ...fixture, nameStays, owedInRooms };
};

test.each([
  ['cancel', ['--all']],
  ['cancel', ['--category']],
  ['confirm', ['--all']],
])('%s %s has no effect on an account that somebody wrote into a braked entry', async (command, how) => {
  const { run, nameStays, owedInRooms, consoleCategory } = await twoCategories();
  expect(owedInRooms()).toBe(1);
  nameStays();
  const args = how[0] === '--category' ? ['--category', consoleCategory.id, '--all'] : how;
  const { code, said } = await json(run, [command, ...args, '--yes']);
  expect(said).toMatchObject({ done: 0, left: 0, notBelieved: [{ category: consoleCategory.id, entries: 1 }] });
  expect(said.summary).toContain(`1 braked entry not believed in ${consoleCategory.id}`);
  expect(code).toBe(3);
  expect(owedInRooms()).toBe(1);
  const { stdout } = await run(['braked']);
  expect(stdout).toContain('not believed');
  await run(['replay']);
  expect((await json(run, ['braked'])).said).toMatchObject({ total: 1, notBelieved: [] });
});

test('cancel --category cancels nothing that another category owes', async () => {
  const { run, tell, createIndex, consoleCategory } = await erasureCliInMemory(true, { minAccounts: 0 });
  for (const at of ['1', '2'])
    await createIndex(at, { gone: configuration(GONE, '1'), other: configuration('1', '1') });
  await tell('account-deleted', { uin: GONE }, 4, { source: 'webhook', arrivedAt: Date.now() });
  await run(['purge', '--execute']);
  expect((await json(run, ['braked'])).said.total).toBe(2);
  const named = await json(run, ['cancel', '--all', '--category', consoleCategory.id, '--yes']);
  expect([named.code, named.said]).toMatchObject([3, { done: 0, left: 1 }]);
  expect((await json(run, ['cancel', '--all', '--yes'])).said).toMatchObject({ done: 2, left: 0 });
});
