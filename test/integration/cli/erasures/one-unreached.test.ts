import { describe, expect, onTestFinished, test } from 'vitest';
import { madeOnce } from '../../../support/run/made-once.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { configuration, type ErasureCliFixture, erasureCliFixture, GONE, STAYS } from '../erasure-command-line.ts';

type Fault = (fixture: ErasureCliFixture, index: string) => Promise<unknown>;

const close: Fault = ({ client }, index) => client.indices.close({ index });
const open: Fault = ({ client }, index) => client.indices.open({ index, wait_for_active_shards: 1 });
const alter: Fault = ({ client }, index) =>
  client.indices.putMapping({ index, runtime: { category: { type: 'keyword' } } });
const restore: Fault = ({ client }, index) =>
  client.indices.putMapping({ index, runtime: { category: null } } as never);
const blockReads: Fault = ({ client }, index) => client.indices.addBlock({ index, block: 'read' });
const unblockReads: Fault = ({ client }, index) =>
  client.indices.putSettings({ index, settings: { 'index.blocks.read': null } });

/** What is wrong with a ledger, what ends it, and the code that names it. */
const LEDGER_FAULTS: readonly (readonly [string, Fault, Fault, string])[] = [
  ['closed', close, open, 'index_closed_exception'],
  ['altered', alter, restore, 'own-index-altered'],
];

/** Two categories with data of two accounts; both are told that one account has gone. */
const twoCategories = async () => {
  const fixture = await erasureCliFixture(true);
  await fixture.createIndex('1', { gone: configuration(GONE, '1'), stays: configuration(STAYS, '1') });
  await fixture.createIndex('2', { gone: configuration(GONE, '1'), stays: configuration(STAYS, '1') });
  await fixture.run(['setup']);
  await fixture.tell('feature-terminated', { uin: GONE }, 4);
  return fixture;
};

const entriesIn = async ({ client }: ErasureCliFixture, index: string) => {
  await client.indices.refresh({ index });
  const { hits } = await client.search<{ readonly state: string; readonly obligation?: object }>({ index });
  // Of several requests that say the same, the ledger settles on one, which its proof names.
  return hits.hits.map(({ _source }) => [
    _source?.state,
    { ..._source?.obligation, requestId: undefined, proof: undefined },
  ]);
};

/** For tests that only look, and end the fault that they look at. */
const looked = madeOnce(twoCategories);

/** A fault until the end of the test. */
const during = async (fixture: ErasureCliFixture, index: string, fault: Fault, end: Fault): Promise<void> => {
  onTestFinished(async () => void (await end(fixture, index)));
  await fault(fixture, index);
};

test.each(LEDGER_FAULTS)(
  'if one ledger is %s, every command names it and shows the other categories',
  async (_, fault, end, code) => {
    const fixture = looked();
    const { run, rooms, consoleCategory } = fixture;
    const active = temporaryFile('active.txt', `${GONE}\n`);
    await during(fixture, rooms.ledger, fault, end);
    const looks = {
      status: ['status'],
      statusOf: ['status', '--uin', GONE],
      statusOfNobody: ['status', '--uin', '42'],
      receipt: ['receipt', '--uin', GONE],
      reconcile: ['reconcile', '--active', active],
      verify: ['verify'],
      replay: ['replay'],
      housekeeping: ['housekeeping'],
    };
    const said = new Map<string, string>();
    for (const [name, args] of Object.entries(looks)) {
      const { code: exit, stdout, stderr } = await run(args);
      expect([name, stderr]).toEqual([name, '']);
      expect(stdout, name).toMatch(new RegExp(`^[^\n]*${rooms.id}[^\n]*\\(${code}\\)`));
      expect(stdout, name).toMatch(/expected .*\n.*found .*\n.*fix .*(_open|setup --rebuild)/);
      expect(stdout, name).not.toMatch(/Owed: nothing|Kept: 2 of 2|No erasure is recorded|There is none for this/);
      expect([name, exit]).toEqual([name, code === 'own-index-altered' ? 2 : 1]);
      said.set(name, stdout);
    }
    expect(said.get('status')).toMatch(/^Owed: 1 erasure and more · /);
    expect(said.get('statusOf')).toMatch(new RegExp(`\n${consoleCategory.id} · Console`));
    expect(said.get('statusOfNobody')).toMatch(/^Owed: unknown · /);
    expect(said.get('reconcile')).toMatch(new RegExp(`\n +${consoleCategory.id} +${STAYS} +all +1 +nothing heard\n`));
    expect(said.get('verify')).toMatch(/^Kept: 1 of 2 · /);
    expect(said.get('replay')).toMatch(/^Replayed: 1 event · /);
    expect(said.get('housekeeping')).toMatch(new RegExp(`\n +${consoleCategory.id} +0 +0 +0 +0\n`));
    const { unreached } = JSON.parse((await run(['receipt', '--uin', GONE, '--json'])).stdout);
    expect(unreached).toMatchObject([{ category: rooms.id, error: { code } }]);
  },
);

test.each(LEDGER_FAULTS)(
  'the command in the message completes a recording that failed while one ledger was %s',
  async (_, fault, end, code) => {
    const fixture = await twoCategories();
    const { run, rooms, names } = fixture;
    await fault(fixture, rooms.ledger);
    const terminated = await run(['terminate', '--uin', STAYS, '--account-deleted']);
    expect(terminated.stdout).toMatch(
      new RegExp(`^Recorded: account-deleted · owed in 1 category · ${rooms.id} NOT recorded \\(${code}\\)\n`),
    );
    expect(terminated.code).not.toBe(0);
    const reinstated = await run(['reinstate', '--uin', GONE]);
    expect(reinstated.stdout).toMatch(
      new RegExp(`^Recorded: account-reinstated · cancelled 1 erasure · ${rooms.id} NOT recorded \\(${code}\\)\n`),
    );
    expect(reinstated.stdout).toMatch(/\nThe reinstatement has not reached these categories: .* GOES ON/);
    expect(reinstated.code).not.toBe(0);

    const before = await entriesIn(fixture, names.ledger);
    await end(fixture, rooms.ledger);
    for (const { stdout } of [terminated, reinstated]) {
      const [, command = ''] = /repeat it: node bin\/es-retention.mjs (.*)\n/.exec(stdout) ?? [];
      const again = await run(command.split(' '));
      expect(again.stdout).toMatch(/^Recorded: /);
      expect(again.code).toBe(0);
    }
    expect(await entriesIn(fixture, names.ledger)).toEqual(before);
    const statesOf = async (index: string) => (await entriesIn(fixture, index)).map(([state]) => state).toSorted();
    expect(await statesOf(rooms.ledger)).toEqual(await statesOf(names.ledger));
    expect((await run(['verify'])).stdout).toMatch(/^Kept: 2 of 2/);
  },
);

test('an account reinstated while a ledger was altered is not erased in that category', async () => {
  const fixture = await twoCategories();
  const { run, rooms, left } = fixture;
  await alter(fixture, rooms.ledger);
  await run(['reinstate', '--uin', GONE]);
  await restore(fixture, rooms.ledger);
  const purged = await run(['purge', '--execute', '--yes']);
  expect(purged.stdout).toContain(`${rooms.id} 1 entry of the ledger not believed`);
  expect(await left(`${fixture.id}-2`)).toEqual(['gone', 'stays']);
  await run(['replay']);
  await run(['purge', '--execute', '--yes']);
  expect(await left(`${fixture.id}-2`)).toEqual(['gone', 'stays']);
  expect((await run(['status'])).stdout).toMatch(/^Owed: nothing\n/);
});

test('a missing ledger is noticed by its events, and replay creates it again', async () => {
  const fixture = await twoCategories();
  const { run, rooms, client } = fixture;
  await client.indices.delete({ index: rooms.ledger });
  for (const args of [['status'], ['verify'], ['status', '--uin', GONE]]) {
    const { stdout, code } = await run(args);
    expect(stdout).toContain(`1 that no entry of "${rooms.id}" contains`);
    expect(stdout).not.toContain('Owed: nothing');
    expect(code).toBe(3);
  }
  await run(['replay']);
  expect((await run(['status'])).stdout).toMatch(/^Owed: 2 erasures · /);
});

test.each([
  ['closed', close, open, 'index_closed_exception'],
  ['blocked', blockReads, unblockReads, 'cluster_block_exception'],
] as const)('if the events of one category are %s, status and replay name it', async (_, fault, end, code) => {
  const fixture = looked();
  const { run, rooms } = fixture;
  await during(fixture, rooms.events, fault, end);
  for (const args of [['status'], ['replay']]) {
    const ended = await run(args);
    expect(ended.stdout).toMatch(new RegExp(`^[^\n]*${rooms.id} not \\w+ \\(${code}\\)`));
    expect(ended.code).toBe(1);
  }
});

test('an unknown category whose ledger is closed is named', async () => {
  const fixture = looked();
  const { run, client, rooms } = fixture;
  await client.indices.refresh({ index: rooms.ledger });
  const [{ _source: entry } = {}] = (await client.search({ index: rooms.ledger })).hits.hits;
  const removed = rooms.ledger.replace('rooms-', 'removed-');
  onTestFinished(async () => void (await client.indices.delete({ index: removed })));
  await client.indices.create({
    index: removed,
    mappings: (await client.indices.getMapping({ index: rooms.ledger }))[rooms.ledger]?.mappings ?? {},
  });
  await client.index({ index: removed, document: entry as object, refresh: true });
  await client.indices.close({ index: removed });
  for (const args of [['status'], ['verify'], ['purge'], ['reinstate', '--uin', '42'], ['housekeeping']]) {
    const { stdout, code } = await run(args);
    expect(stdout.split('\n')[0]).toContain(`removed-${fixture.id}`);
    expect(code).toBe(1);
  }
});

describe('two categories whose erasures are done', () => {
  const purged = madeOnce(async () => {
    const fixture = await twoCategories();
    await fixture.run(['purge', '--execute', '--yes']);
    return fixture;
  });

  test('housekeeping continues with one if the report index of the other is blocked', async () => {
    const fixture = purged();
    const { run, rooms, consoleCategory } = fixture;
    await during(fixture, rooms.reports, blockReads, unblockReads);
    const { stdout, code } = await run(['housekeeping']);
    expect(stdout).toMatch(
      new RegExp(`^Removed: 0 records of ours · ${rooms.id} not tidied \\(cluster_block_exception\\)\n`),
    );
    expect(stdout).toMatch(new RegExp(`\n +${consoleCategory.id} +0 `));
    expect(code).toBe(1);
  });

  test('receipt names a category whose receipt is missing, and shows the other receipt', async () => {
    const fixture = purged();
    const { run, rooms, client } = fixture;
    const both = JSON.parse((await run(['receipt', '--uin', GONE, '--json'])).stdout);
    expect([both.exitCode, both.receipts.length, both.missing, both.unreached]).toEqual([0, 2, [], []]);
    await alter(fixture, rooms.receipts);
    const altered = await run(['receipt', '--uin', GONE]);
    expect(altered.stdout).toMatch(new RegExp(`^Receipts: 1 · ${rooms.id} not examined \\(own-index-altered\\)\n`));
    expect(altered.code).toBe(2);
    await client.indices.delete({ index: rooms.receipts });
    const lost = await run(['receipt', '--uin', GONE]);
    expect(lost.stdout).toMatch(new RegExp(`^Receipts: 1 · 1 issued, and not kept any more in ${rooms.id}\n`));
    expect(lost.code).toBe(3);
  });
});
