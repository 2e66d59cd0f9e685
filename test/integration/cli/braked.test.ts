import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { LAUNCHER, start } from './command-line.ts';
import { configuration, type ErasureCliFixture, erasureCliFixture, GONE, STAYS } from './erasure-command-line.ts';

/** A category in which one account of two is braked, with what its message says. */
const brakedFixture = async (): Promise<ErasureCliFixture & { readonly index: string; readonly request: string }> => {
  const fixture = await erasureCliFixture(false, { minAccounts: 0 });
  const index = await fixture.seed();
  await fixture.tell('account-deleted', { uin: GONE }, 4, { source: 'webhook', arrivedAt: Date.now() });
  const { code, stdout } = await fixture.run(['purge', '--execute']);
  expect(stdout).toContain('1 erasure braked');
  expect([code, await fixture.left(index)]).toMatchObject([3, { length: 3 }]);
  return { ...fixture, index, request: `msg_${fixture.id}_4` };
};

const json = async (run: ErasureCliFixture['run'], args: readonly string[]) => {
  const { code, stdout } = await run([...args, '--json']);
  return { code, said: JSON.parse(stdout) };
};

test('braked erasures are listed, reported, and erased after a confirmation', async () => {
  const { run, left, index, request, consoleCategory } = await brakedFixture();
  const list = await run(['braked']);
  expect(list.code).toBe(3);
  expect(list.stdout).toMatch(/^Braked: 1 erasure\n/);
  expect(list.stdout).toMatch(/account-deleted +guard\.maxAccountShare +webhook +/);
  expect(list.stdout).toContain(request);
  expect(list.stdout).not.toContain(GONE);
  expect((await json(run, ['braked'])).said).toMatchObject({
    total: 1,
    categories: [
      { category: consoleCategory.id, braked: [{ state: 'braked', sources: ['webhook'], requestIds: [request] }] },
    ],
  });

  const status = await run(['status']);
  expect(status.stdout).toMatch(/^Owed: 1 erasure · 1 braked · nearest deadline/);
  expect(status.code).toBe(3);
  const verify = await run(['verify']);
  expect(verify.stdout).toContain('1 erasure braked');
  expect(verify.code).toBe(3);

  const other = await json(run, ['confirm', '--request', 'msg_other', '--yes']);
  expect([other.code, other.said.done]).toEqual([3, 0]);
  const confirmed = await run(['confirm', '--request', request, '--source', 'webhook', '--yes']);
  expect([confirmed.code, confirmed.stdout.split('\n')[0]]).toEqual([0, 'Confirmed: 1 erasure']);
  expect((await run(['braked'])).stdout).toMatch(/^Braked: nothing\n/);
  await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['stays']);
  expect((await run(['purge', '--execute'])).code).toBe(0);
});

test('cancel takes back braked erasures, and their documents stay', async () => {
  const { run, left, index } = await brakedFixture();
  const { code, said } = await json(run, ['cancel', '--uin', GONE, '--yes']);
  expect([code, said]).toMatchObject([0, { summary: 'Cancelled: 1 erasure', done: 1, left: 0 }]);
  expect((await run(['braked'])).code).toBe(0);
  expect((await run(['purge', '--execute'])).code).toBe(0);
  expect(await left(index)).toHaveLength(3);
});

test('cancel during a run names the run', async () => {
  const { run, client, names, consoleCategory } = await brakedFixture();
  const expiresAt = new Date(Date.now() + 100_000).toISOString();
  const document = { runId: 'run-7', fence: 9, released: false, blocks: [], expiresAt };
  await client.index({ index: names.leases, id: consoleCategory.id, document });
  const { code, stdout } = await run(['cancel', '--uin', GONE, '--yes']);
  expect(stdout).toMatch(/^Cancelled: 1 erasure\n/);
  expect(stdout).toContain(`\nA run of ${consoleCategory.id} is at work: run-7, which holds the lease until `);
  expect(stdout).toContain(': node bin/es-retention.mjs status\n');
  expect(code).toBe(0);
});

test('a termination by a person counts as confirmed', async () => {
  const { run, left, index } = await brakedFixture();
  expect((await run(['terminate', '--uin', GONE, '--account-deleted'])).code).toBe(0);
  await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['stays']);
});

test('replay restores a lost ledger, and erases nobody who was braked', async () => {
  const { run, left, index, client, names } = await brakedFixture();
  await client.indices.delete({ index: [names.ledger, names.events] });
  await run(['setup']);
  expect((await run(['replay'])).code).toBe(0);
  expect((await run(['purge', '--execute'])).code).toBe(3);
  expect(await left(index)).toHaveLength(3);
  expect((await run(['braked'])).code).toBe(3);
});

test('cancel takes back nothing for an account written into a braked entry', async () => {
  const { client, names, run, consoleCategory } = await brakedFixture();
  await run(['terminate', '--uin', '43', '--account-deleted']);
  const found = await client.search({ index: names.ledger, query: { term: { state: 'braked' } } });
  const [{ _id: id = '' } = {}] = found.hits.hits;
  await client.update({ index: names.ledger, id, doc: { uin: '43' }, refresh: true });
  const { stdout, code } = await run(['cancel', '--all', '--yes']);
  expect(stdout).toMatch(/^Cancelled: nothing · /);
  expect(stdout).toContain('1 braked entry not believed');
  expect(code).toBe(3);
  expect((await run(['status', '--uin', '43'])).stdout).toContain(`${consoleCategory.id} · `);
  expect((await run(['status', '--uin', '43'])).stdout).toMatch(/pending/);
});

test('replay keeps the brake on an entry that somebody edited', async () => {
  const { run, left, index, client, names } = await brakedFixture();
  const { hits } = await client.search<object>({ index: names.ledger });
  const [{ _id: id = '', _source } = {}] = hits.hits;
  const obligation = { ...(_source as { obligation: object }).obligation, eraseBy: 0, proof: 'x' };
  await client.index({
    index: names.ledger,
    id,
    document: { ..._source, obligation, state: 'pending' },
    refresh: true,
  });
  expect((await run(['replay'])).code).toBe(0);
  expect((await json(run, ['braked'])).said.total).toBe(1);
  await run(['purge', '--execute']);
  expect(await left(index)).toHaveLength(3);
});

test('a category that does not answer is named, and the others are processed', async () => {
  const { run, tell, createIndex, client, rooms } = await erasureCliFixture(true, { minAccounts: 0 });
  await createIndex('1', { gone: configuration(GONE, '1'), stays: configuration('1', '1') });
  await tell('account-deleted', { uin: GONE }, 4, { source: 'webhook', arrivedAt: Date.now() });
  await run(['purge', '--execute']);
  await client.indices.close({ index: rooms.ledger });
  const list = await json(run, ['braked']);
  expect(list.said).toMatchObject({ total: 1, notExamined: [{ category: rooms.id }] });
  expect(list.code).not.toBe(0);
  const confirmed = await json(run, ['confirm', '--all', '--yes']);
  expect(confirmed.said).toMatchObject({ done: 1, left: 0, notExamined: [{ category: rooms.id }] });
  expect(confirmed.code).not.toBe(0);
});

test.each([
  ['nothing that says which', ['confirm', '--yes'], 'nothing-chosen'],
  ['all and some', ['cancel', '--all', '--request', 'm', '--yes'], 'all-and-some'],
  ['no yes where nobody can be asked', ['confirm', '--all'], 'nobody-to-ask'],
  ['an unknown source', ['confirm', '--source', 'mail', '--yes'], 'bad-source'],
  ['no instant', ['cancel', '--until', 'yesterday', '--yes'], 'bad-instant'],
  ['an application alone', ['braked', '--app', '1'], 'app-without-uin'],
])('%s is refused', async (_, args, code) => {
  const { run } = await erasureCliFixture();
  const ended = await json(run, args);
  expect([ended.code, ended.said.error.code]).toEqual([2, code]);
});

const SCRIPT = 'script';
const hasPseudoTerminal =
  spawnSync(SCRIPT, ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

describe.runIf(hasPseudoTerminal)('on a terminal', () => {
  test.each([
    ['yes confirms', 'y\n', 0, 'Confirmed: 1 erasure'],
    ['no changes nothing', 'n\n', 3, 'Nothing recorded'],
  ])('confirm asks once, and %s', async (_, typed, code, said) => {
    const { environment } = await brakedFixture();
    const words = [process.execPath, LAUNCHER, 'confirm', '--all'].map((word) => `'${word}'`).join(' ');
    const atWork = start(SCRIPT, ['-q', '-e', '-c', `stty cols 200 && exec ${words}`, '/dev/null'], {
      TERM: 'xterm',
      NO_COLOR: '1',
      ...environment,
    });
    await atWork.wrote('Confirm 1 erasure? (y/N)');
    atWork.type(typed);
    const ended = await atWork.ended;
    expect(ended.stdout).toContain(said);
    expect(ended.code).toBe(code);
  });
});

/** Two categories; GONE is braked in the first, and STAYS is owed an erasure in the second. */
const twoCategories = async () => {
  const fixture = await erasureCliFixture(true, { minAccounts: 0 });
  const { createIndex, tell, run, client, names, rooms } = fixture;
  await createIndex('1', { gone: configuration(GONE, '1'), other: configuration('1', '1') });
  await createIndex('2', { stays: configuration(STAYS, '1'), other: configuration('1', '1') });
  await tell('account-deleted', { uin: GONE }, 4, { source: 'webhook', arrivedAt: Date.now() });
  await tell('account-deleted', { uin: STAYS }, 1, { source: 'webhook', arrivedAt: Date.now() });
  await run(['purge', '--execute']);
  expect((await json(run, ['braked'])).said.total).toBe(1);
  const nameStays = async () => {
    const query = { term: { state: 'braked' } };
    await client.updateByQuery({
      index: names.ledger,
      query,
      script: { source: 'ctx._source.uin = params.uin', params: { uin: STAYS } },
      refresh: true,
    });
  };
  const owedInRooms = async () => {
    await client.indices.refresh({ index: rooms.ledger });
    return (await client.count({ index: rooms.ledger, query: { term: { state: 'pending' } } })).count;
  };
  return { ...fixture, nameStays, owedInRooms };
};

test.each([
  ['cancel', ['--all']],
  ['cancel', ['--category']],
  ['confirm', ['--all']],
])('%s %s has no effect on an account that somebody wrote into a braked entry', async (command, how) => {
  const { run, nameStays, owedInRooms, consoleCategory } = await twoCategories();
  expect(await owedInRooms()).toBe(1);
  await nameStays();
  const args = how[0] === '--category' ? ['--category', consoleCategory.id, '--all'] : how;
  const { code, said } = await json(run, [command, ...args, '--yes']);
  expect(said).toMatchObject({ done: 0, left: 0, notBelieved: [{ category: consoleCategory.id, entries: 1 }] });
  expect(said.summary).toContain(`1 braked entry not believed in ${consoleCategory.id}`);
  expect(code).toBe(3);
  expect(await owedInRooms()).toBe(1);
  const { stdout } = await run(['braked']);
  expect(stdout).toContain('not believed');
  await run(['replay']);
  expect((await json(run, ['braked'])).said).toMatchObject({ total: 1, notBelieved: [] });
});

test('cancel --category takes back nothing that another category owes', async () => {
  const { run, tell, createIndex, consoleCategory } = await erasureCliFixture(true, { minAccounts: 0 });
  for (const at of ['1', '2'])
    await createIndex(at, { gone: configuration(GONE, '1'), other: configuration('1', '1') });
  await tell('account-deleted', { uin: GONE }, 4, { source: 'webhook', arrivedAt: Date.now() });
  await run(['purge', '--execute']);
  expect((await json(run, ['braked'])).said.total).toBe(2);
  const named = await json(run, ['cancel', '--all', '--category', consoleCategory.id, '--yes']);
  expect([named.code, named.said]).toMatchObject([3, { done: 0, left: 1 }]);
  expect((await json(run, ['cancel', '--all', '--yes'])).said).toMatchObject({ done: 2, left: 0 });
});
