import { expect, test } from 'vitest';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import {
  asBlockYaml,
  asFlowYaml,
  asPolyglot,
  asUtf16,
  foundOnEveryPage,
  NOTHING_FOUND,
  type OddBytes,
} from '../../../support/documents/odd-bytes.ts';
import { sendAs } from '../../../support/documents/other-encodings.ts';
import { anyValue, pathsIn, withValue } from '../../../support/erasure/edited-values.ts';
import fc from '../../../support/run/fast-check.ts';
import { configuration, daysAgo, type ErasureCliFixture, erasureCliFixture } from '../erasure-command-line.ts';

type Source = Record<string, unknown>;

/** What the mapping takes, and no entry of ours says. */
const ENTRY_EDITS: readonly ((entry: Source & LedgerEntry) => Source)[] = [
  (entry) => ({ ...entry, obligation: null }),
  (entry) => ({ ...entry, progress: null }),
  (entry) => ({ ...entry, progress: [null] }),
  (entry) => ({ ...entry, events: [null] }),
  (entry) => ({ ...entry, events: null }),
  (entry) => ({ ...entry, closures: [null] }),
  (entry) => ({ ...entry, closures: null }),
  (entry) => ({ ...entry, closures: 'x' }),
  (entry) => ({ ...entry, watched: [null] }),
  (entry) => ({ ...entry, uin: [entry.uin, null] }),
  (entry) => ({ ...entry, state: ['pending', 'erased'] }),
  (entry) => ({ ...entry, obligation: { ...entry.obligation, eraseBy: 8_640_000_000_000_001 } }),
  (entry) => ({ ...entry, overdueSaidAt: '8640000000000001' }),
];

const EVENT_EDITS: readonly ((event: Source) => Source)[] = [
  (event) => ({ ...event, alsoUnder: [null] }),
  (event) => ({ ...event, alsoUnder: null }),
  (event) => ({ ...event, heardAt: null }),
  (event) => ({ ...event, at: [event.at] }),
  (event) => ({ ...event, immediate: null }),
];

const accountOf = (at: number): string => `acc-${at}`;

/** Overdue deletions of so many accounts and of one more, and an index with a document of each. */
const overdue = async (accounts: number) => {
  const fixture = await erasureCliFixture(false, { maxAccountShare: 1 });
  const names = Array.from({ length: accounts + 1 }, (_, at) => accountOf(at));
  const index = await fixture.createIndex(
    '1',
    Object.fromEntries(names.map((name) => [name, configuration(name, '1')])),
    { properties: { uin: { type: 'keyword' } } },
  );
  await fixture.tellAll(
    'account-deleted',
    names.map((uin) => ({ uin })),
    8,
  );
  return { fixture, index };
};

/** Writes over the first documents in an index of ours. */
const editAll = async <T>({ client }: ErasureCliFixture, index: string, edits: readonly ((source: T) => Source)[]) => {
  await client.indices.refresh({ index });
  const { hits } = await client.search<T>({ index, size: 100, sort: 'id' });
  const operations = edits.flatMap((change, at) => {
    const { _id = '', _source } = hits.hits[at] ?? {};
    return [{ index: { _id } }, change(_source as T)];
  });
  const { errors, items } = await client.bulk({ index, operations, refresh: true });
  if (errors) throw new Error(JSON.stringify(items.find((item) => item.index?.error)));
};

/**
 * The account whose document is as it was goes; no command ends with an error of its own; the others are named, and
 * restored.
 */
const expectOthersErased = async (fixture: ErasureCliFixture, index: string, edited: number): Promise<void> => {
  const { run, left } = fixture;
  for (const args of [['status'], ['status', '--json'], ['verify'], ['purge', '--execute'], ['verify']]) {
    const { code, stdout, stderr } = await run(args);
    expect(`${stdout}${stderr}`, args.join(' ')).not.toMatch(/unexpected|TypeError|RangeError|^Kept: 1|Owed: nothing/m);
    expect(code, args.join(' ')).toBe(3);
  }
  expect(await left(index)).toHaveLength(edited);
  const replayed = await run(['replay']);
  expect(replayed.code, replayed.stdout).toBe(0);
  await run(['purge', '--execute']);
  expect((await run(['purge', '--execute'])).stdout).toMatch(/^Kept: 1 of 1/);
  expect(await left(index)).toEqual([]);
};

/** As whoever may write there can send them: some cannot be printed, some would give answers of their own. */
const ODD_BYTES: readonly ((source: Source) => OddBytes)[] = [
  asBlockYaml,
  asFlowYaml,
  (source) => asPolyglot(source, NOTHING_FOUND),
  (source) => asPolyglot(source, foundOnEveryPage(5_000)),
  (source) => asPolyglot(source, '","a":[[[1]],NaN'),
  (source) => ({ type: 'application/json', body: `/* "}} */ ${JSON.stringify({ ...source, heardAt: [] })}` }),
  (source) => asUtf16({ ...source, ...('at' in source ? { at: null } : { events: null }) }),
];

/** Sends the documents in an index of ours anew, in other bytes: those after the first so many. */
const sendAllAsOddBytes = async ({ client }: ErasureCliFixture, index: string, after: number) => {
  await client.indices.refresh({ index });
  const { hits } = await client.search<Source>({ index, size: 100, sort: 'id' });
  for (const [at, bytesOf] of ODD_BYTES.entries()) {
    const { _id: id = '', _source = {} } = hits.hits[after + at] ?? {};
    const { type, body } = bytesOf(_source);
    await sendAs(client, type, index, { [id]: body });
  }
};

test('malformed and unprintable entries do not stop other erasures, and a replay repairs them', async () => {
  const edited = ENTRY_EDITS.length + ODD_BYTES.length;
  const { fixture, index } = await overdue(edited);
  await editAll(fixture, fixture.names.ledger, ENTRY_EDITS);
  await sendAllAsOddBytes(fixture, fixture.names.ledger, ENTRY_EDITS.length);
  const { stdout } = await fixture.run(['verify']);
  expect(stdout).toContain(`${edited} entries of the ledger not believed`);
  expect(stdout).toContain('without the shape of an entry');
  await expectOthersErased(fixture, index, edited);
}, 300_000);

test('malformed and unprintable events do not stop other erasures, and a replay repairs them', async () => {
  const edited = EVENT_EDITS.length + ODD_BYTES.length;
  const { fixture, index } = await overdue(edited);
  await editAll(fixture, fixture.names.events, EVENT_EDITS);
  await sendAllAsOddBytes(fixture, fixture.names.events, EVENT_EDITS.length);
  await expectOthersErased(fixture, index, edited);
}, 300_000);

test('unprintable documents in own indices stop no command, and are named', async () => {
  const { fixture, index } = await overdue(0);
  const { client, run, consoleCategory, names, left } = fixture;
  const plant = async (into: string, id: string, source: Source) => {
    const { type, body } = asBlockYaml(source);
    await sendAs(client, type, into, { [id]: body });
  };
  const { id } = consoleCategory;
  await run(['setup']);
  await plant(names.ledger, 'odd', {
    state: 'pending',
    category: id,
    receiptDue: true,
    obligation: { heardAt: 1_000 },
  });
  await plant(names.leases, id, { runId: 'x', fence: 1, expiresAt: daysAgo(-1), released: false });
  await plant(names.reports, 'x.opened', {
    category: id,
    runId: 'x',
    state: 'open',
    commitment: 'y',
    startedAt: daysAgo(1),
  });
  await plant(names.reports, 'x.closed', { category: id, runId: 'x', state: 'closed', verifiedAt: daysAgo(0.01) });
  await plant(names.receipts, 'x', { id: 'x', requestId: 'x', issuedAt: daysAgo(1), jws: 'x', hash: 'x' });
  await plant(names.events, 'x', { id: 'x', type: 'cancelled', hash: 'x', at: daysAgo(1), heardAt: daysAgo(1) });
  for (const args of [
    ['status'],
    ['braked'],
    ['housekeeping'],
    ['receipt', '--request', 'x'],
    ['purge', '--execute'],
  ]) {
    const { stdout, stderr } = await run(args);
    expect(`${stdout}${stderr}`, args.join(' ')).not.toMatch(/unexpected|TypeError|exception|not be looked up/);
  }
  expect(await left(index)).toEqual([]);
  expect((await run(['reinstate', '--uin', accountOf(0)])).stdout).not.toContain('could not be looked up');
  const { code, stdout } = await run(['verify']);
  expect([code, stdout]).toEqual([3, expect.stringContaining('1 that is no entry at all')]);
  expect(stdout).toContain(`GET /${names.ledger}/_search?_source=false`);
  expect(stdout).toContain('1 event not believed');
  await client.delete({ index: names.ledger, id: 'odd', refresh: true });
  expect((await run(['replay'])).stdout).not.toContain('exception');
  expect((await run(['verify'])).stdout).toMatch(/^Kept: 1 of 1/);
}, 300_000);

/** The same edits each time. */
const SEED = 20261128;
const RANDOM = 12;

/** Edits that the mapping refuses are none: what stands there stays as it is. */
const editAtRandom = async ({ client }: ErasureCliFixture, index: string, seed: number): Promise<void> => {
  await client.indices.refresh({ index });
  const { hits } = await client.search<Source>({ index, size: 100, sort: ['_seq_no'] });
  const values = fc.sample(anyValue, { seed, numRuns: RANDOM });
  const operations = values.flatMap((value, at) => {
    const { _id, _source = {} } = hits.hits[at] ?? {};
    const paths = pathsIn(_source);
    const document = withValue(_source, paths[(seed + 7 * at) % paths.length] ?? [], value);
    return _id === undefined ? [] : [{ index: { _id } }, document];
  });
  const { items } = await client.bulk({ index, operations, refresh: true });
  const failed = items.find(({ index: edited }) => edited?.error !== undefined && edited.status !== 400);
  if (failed !== undefined) throw new Error(JSON.stringify(failed));
};

test('randomly edited records stop no command, and a replay repairs them', async () => {
  const { fixture, index } = await overdue(2 * RANDOM);
  const { names, run, left } = fixture;
  await editAtRandom(fixture, names.ledger, SEED);
  await editAtRandom(fixture, names.events, SEED + 1);
  for (const args of [['status'], ['verify'], ['purge', '--execute'], ['braked'], ['housekeeping', '--dry-run']]) {
    const { stdout, stderr } = await run(args);
    expect(`${stdout}${stderr}`, args.join(' ')).not.toMatch(/unexpected|TypeError|RangeError|^Kept: 1|Owed: nothing/m);
  }
  expect(await left(index)).not.toContain(accountOf(2 * RANDOM));
  for (const name of [names.leases, names.reports]) await editAtRandom(fixture, name, SEED + 2);
  expect((await run(['replay'])).code).not.toBe(1);
  for (let runs = 0; runs < 2; runs += 1) await run(['purge', '--execute']);
  expect((await run(['purge', '--execute'])).stdout).toMatch(/^Kept: 1 of 1/);
  expect(await left(index)).toEqual([]);
}, 300_000);

test('a ledger document that is no entry is reported with its fix, and has no other effect', async () => {
  const { fixture } = await overdue(0);
  const { client, run, consoleCategory, names } = fixture;
  const document = { state: 'pending', category: consoleCategory.id };
  await client.index({ index: names.ledger, id: 'odd', document, refresh: true });
  expect((await run(['purge', '--execute'])).stdout).not.toContain('left to the next run');
  const reinstated = await run(['reinstate', '--uin', accountOf(0)]);
  expect(reinstated.stdout).not.toContain('less urgent');
  const { code, stdout } = await run(['verify']);
  expect(code).toBe(3);
  expect(stdout).toContain('1 that is no entry at all');
  expect(stdout).toContain(`DELETE /${names.ledger}/_doc/<id>`);
  expect((await run(['replay'])).code).toBe(3);
  await client.delete({ index: names.ledger, id: 'odd', refresh: true });
  expect((await run(['verify'])).code).toBe(0);
}, 300_000);
