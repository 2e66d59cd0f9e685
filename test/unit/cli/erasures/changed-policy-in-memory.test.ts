import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { LedgerEntry } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { openingOf } from '../../../../lib/erasure/ledger/sealed-opening.ts';
import { daysAgo, GONE, STAYS } from '../../../integration/cli/erasure-command-line.ts';
import { changed, terminated } from '../../../support/command-line/erasure-cli-cases.ts';
import { ringOf } from '../../../support/erasure/key-ring-text.ts';
import { erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';

const ONLY_ACCOUNTS = ['feature-terminated is no trigger any more', /"feature-terminated",/, ''] as const;
const ONLY_FEATURES = ['account-deleted is no trigger any more', /,"account-deleted"/, ''] as const;
const RENAMED = ['its category is renamed', /"console-/, '"renamed-'] as const;
const NO_RULE = ['its category has no rule any more', /"rules":.*"schedule"/, '"rules":{},"schedule"'] as const;

test.each([
  ['feature-terminated', undefined, ONLY_ACCOUNTS],
  ['feature-terminated', '1', ONLY_ACCOUNTS],
  ['account-deleted', undefined, ONLY_FEATURES],
  ['feature-terminated', undefined, RENAMED],
  ['feature-terminated', '1', RENAMED],
  ['account-deleted', undefined, NO_RULE],
  ['feature-terminated', '1', NO_RULE],
] as const)('reinstate cancels an erasure by %s of application %s even if %s', async (type, app, [, from, to]) => {
  const { fixture, index, of, run, left } = await terminated(await erasureCliInMemory(), type, app);
  const now = changed(fixture, from, to);
  const status = await run(['status', ...of], now);
  expect(status.stdout).toMatch(/^Owed: 1 erasure/);
  expect(status.code).toBe(3);
  expect((await run(['verify'], now)).code).toBe(3);

  const { stdout, code } = await run(['reinstate', ...of], now);
  expect(stdout).toMatch(/^Recorded: account-reinstated · cancelled 1 erasure/);
  expect(stdout).not.toContain('Still owed');
  expect(code).toBe(0);
  // A category of another name has a log of its own, to which the archive tells what was heard before.
  if (from === RENAMED[1]) await run(['replay'], now);
  expect((await run(['status', ...of], now)).stdout).toMatch(/^Owed: nothing/);
  await run(['purge', '--execute', '--allow-empty'], now);
  // Also under the policy that it was ended by, and whatever is replayed.
  await run(['purge', '--execute']);
  await run(['replay']);
  await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  expect((await run(['verify'])).stdout).toMatch(/^Kept: 1 of 1/);
});

test('a reinstatement is kept for a late termination even if the policy dropped the trigger', async () => {
  const fixture = await erasureCliInMemory();
  const index = await fixture.seed();
  const { run, left, tell } = fixture;
  const { stdout, code } = await run(
    ['reinstate', '--uin', GONE, '--app', '1'],
    changed(fixture, /"feature-terminated",/, ''),
  );
  expect(stdout).toMatch(/^Recorded: account-reinstated · nothing to cancel/);
  expect(code).toBe(3);
  await tell('feature-terminated', { uin: GONE, sdkAppId: '1' }, 8);
  expect((await run(['purge', '--execute'])).code).toBe(3);
  await run(['replay']);
  await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  expect((await run(['verify'])).stdout).toMatch(/^Kept: 1 of 1/);
});

test('a receipt for a trigger that the policy dropped is found', async () => {
  const { fixture, index, of, run, left } = await terminated(await erasureCliInMemory(), 'feature-terminated');
  const now = changed(fixture, ONLY_ACCOUNTS[1], ONLY_ACCOUNTS[2]);
  for (const _ of [1, 2]) await run(['purge', '--execute'], now);
  expect(await left(index)).toEqual(['stays']);
  for (const environment of [now, changed(fixture, RENAMED[1], RENAMED[2])])
    expect((await run(['receipt', ...of], environment)).stdout).toMatch(/^Receipts: 1\n/);
});

test('a subject owed an erasure by a dropped trigger is not listed as forgotten', async () => {
  const { fixture, run } = await terminated(await erasureCliInMemory(), 'feature-terminated');
  const active = temporaryFile('active.csv', `${STAYS}\n`);
  const reconcile = async ([, from, to]: typeof ONLY_ACCOUNTS | typeof RENAMED) =>
    (await run(['reconcile', '--active', active], changed(fixture, from, to))).stdout;
  expect(await reconcile(ONLY_ACCOUNTS)).toMatch(/^Reconciled: 0 subjects/);
  const renamed = await reconcile(RENAMED);
  expect(renamed).toMatch(/^Reconciled: 1 subject/);
  expect(renamed).toContain('owed, without a rule');
});

test('an erasure owed under another category name is shown with the command that cancels it', async () => {
  const { fixture, run } = await terminated(await erasureCliInMemory(), 'feature-terminated', '1');
  const now = changed(fixture, RENAMED[1], RENAMED[2]);
  const { stdout } = await run(['terminate', '--uin', GONE, '--at', daysAgo(1)], now);
  expect(stdout).toContain(`To cancel it: node bin/es-retention.mjs reinstate --uin ${GONE} --app 1`);
  expect((await run(['reinstate', '--uin', GONE, '--app', '1'], now)).stdout).toContain('cancelled 1 erasure');
});

const OBSERVING = ['the policy only observes', '"mode":"enforce"', '"mode":"observe"'] as const;

test.each([OBSERVING, NO_RULE])(
  'a run seals the plain opening of an earlier version even if %s',
  async (_, from, to) => {
    const { fixture, run, entries, editEntries, keys } = await terminated(
      await erasureCliInMemory(),
      'account-deleted',
    );
    await run(['purge', '--execute']);
    const entry = () => entries().find(({ state }) => state === 'erased') as LedgerEntry;
    const closed = entry();
    const openings = ({ closures }: LedgerEntry) =>
      closures.map((closure) => openingOf(closed, closure, ringOf(JSON.parse(readFileSync(keys, 'utf8')))));
    const plain = openings(closed);
    const closures = closed.closures.map((closure, at) => ({ ...closure, opening: plain[at] }));
    editEntries((each) => (each.id === closed.id ? { ...each, closures } : each));

    const now = changed(fixture, from, to);
    await run(['purge', '--allow-empty'], now);
    expect(entry().closures).toEqual(closures);
    await run(['purge', '--execute', '--allow-empty'], now);
    const sealed = entry();
    expect(openings(sealed)).toEqual(plain);
    expect(JSON.stringify(sealed)).not.toContain(plain[0]);
    // The next runs leave it as it is, and prove nothing of what it says.
    expect({ ...sealed, closures: [] }).toEqual({ ...closed, closures: [] });
  },
);
