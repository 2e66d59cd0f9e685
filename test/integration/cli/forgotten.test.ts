import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryFile } from '../../support/temporary-file.ts';
import { type ErasureCliFixture, erasureCliFixture, GONE } from './erasure-command-line.ts';

/** An account that was deleted eight days ago: overdue, and its three documents are there. */
const overdue = async () => {
  const fixture = await erasureCliFixture();
  const index = await fixture.seed();
  await fixture.tell('account-deleted', { uin: GONE }, 8);
  return { fixture, index };
};

/** The policy with changes, in a file of its own. */
const changed = ({ policyFile }: ErasureCliFixture, from: string | RegExp, to: string) => ({
  RETENTION_POLICY: temporaryFile('policy.yml', readFileSync(policyFile, 'utf8').replace(from, to)),
});

/** Nobody says that all is well: not the verification, nor a run, nor the status. */
const expectNotKept = async ({ run }: ErasureCliFixture, says: string, environment = {}) => {
  for (const args of [['verify'], ['purge', '--execute']]) {
    const { code, stdout } = await run(args, environment);
    expect(stdout).toContain(says);
    expect(code).toBe(3);
  }
  const status = await run(['status'], environment);
  expect(status.stdout).toMatch(/^Owed: (?!nothing)/);
  expect(status.stdout).toContain(says);
  expect(status.code).toBe(3);
};

/** Two runs erase it: a deleted account is looked at once more. */
const expectErased = async ({ run, left }: ErasureCliFixture, index: string, environment = {}) => {
  await run(['purge', '--execute'], environment);
  expect((await run(['purge', '--execute'], environment)).stdout).toMatch(/^Kept: 1 of 1/);
  expect(await left(index)).toEqual(['stays']);
  expect((await run(['verify'], environment)).code).toBe(0);
  expect((await run(['status'], environment)).stdout).toMatch(/^Owed: nothing/);
};

test('nothing is called kept without ledger and events until a replay', async () => {
  const { fixture, index } = await overdue();
  const { client, names, run } = fixture;
  await client.indices.delete({ index: [names.ledger, names.events] });
  await expectNotKept(fixture, '1 event known to the archive only');
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  const { stdout, code } = await run(['replay']);
  expect(stdout).toMatch(/^Replayed: 1 event · 1 that the ledger had forgotten · 1 erasure owed/);
  expect(code).toBe(0);
  await expectErased(fixture, index);
});

test('the events are deleted: nothing is erased or kept until a replay', async () => {
  const { fixture, index } = await overdue();
  await fixture.client.indices.delete({ index: fixture.names.events });
  await expectNotKept(fixture, '1 event known to the archive only');
  // An entry that no event tells of may be anybody's.
  await expectNotKept(fixture, '1 entry of the ledger not believed');
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  await fixture.run(['replay']);
  await expectErased(fixture, index);
});

test('a renamed category: its erasures are reported, and moved to its new name', async () => {
  const { fixture, index } = await overdue();
  const renamed = changed(fixture, `console-${fixture.id}`, `renamed-${fixture.id}`);
  await expectNotKept(fixture, '1 erasure that no rule answers for', renamed);
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);

  const wrong = await fixture.run(['replay', '--renamed', `renamed-${fixture.id}=console`], renamed);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('bad-renaming')]);
  const name = `console-${fixture.id}=renamed-${fixture.id}`;
  const { stdout, code } = await fixture.run(['replay', '--renamed', name], renamed);
  expect(stdout).toMatch(/^Replayed: 1 event · 1 entry moved to the new name · 0 that .* · 1 erasure owed/);
  expect(code).toBe(0);
  await expectErased(fixture, index, renamed);
});
