import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GONE } from '../../integration/cli/erasure-command-line.ts';
import { type ErasureCliInMemory, erasureCliInMemory } from '../../support/in-memory/erasure-cli-in-memory.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

/** An account that was deleted eight days ago: overdue, and its three documents are there. */
const overdue = async () => {
  const fixture = await erasureCliInMemory();
  const index = await fixture.seed();
  await fixture.tell('account-deleted', { uin: GONE }, 8);
  return { fixture, index };
};

/** The policy with changes, in a file of its own. */
const changed = ({ policyFile }: ErasureCliInMemory, from: string | RegExp, to: string) => ({
  RETENTION_POLICY: temporaryFile('policy.yml', readFileSync(policyFile, 'utf8').replace(from, to)),
});

/** Nobody says that all is well: not the verification, nor a run, nor the status. */
const expectNotKept = async ({ run }: ErasureCliInMemory, says: string, environment = {}) => {
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
const expectErased = async ({ run, left }: ErasureCliInMemory, index: string, environment = {}) => {
  await run(['purge', '--execute'], environment);
  expect((await run(['purge', '--execute'], environment)).stdout).toMatch(/^Kept: 1 of 1/);
  expect(await left(index)).toEqual(['stays']);
  expect((await run(['verify'], environment)).code).toBe(0);
  expect((await run(['status'], environment)).stdout).toMatch(/^Owed: nothing/);
};

test.each([
  ['the ledger is', 'ledger', '1 event that the ledger has forgotten'],
  ['ledger and events are', 'ledger and events', '1 event known to the archive only'],
] as const)('%s deleted: nothing is called kept until a replay, then it is erased', async (_, lost, says) => {
  const { fixture, index } = await overdue();
  const { run } = fixture;
  if (lost.includes('ledger')) fixture.editEntries(() => undefined);
  if (lost.includes('events')) fixture.editEvents(() => undefined);
  await expectNotKept(fixture, says);
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  const { stdout, code } = await run(['replay']);
  expect(stdout).toMatch(/^Replayed: 1 event · 1 that the ledger had forgotten · 1 erasure owed/);
  expect(code).toBe(0);
  await expectErased(fixture, index);
});

test('one entry of two is deleted: the other is erased, the first not forgotten', async () => {
  const { fixture, index } = await overdue();
  await fixture.tell('account-deleted', { uin: '1001' }, 9);
  fixture.editEntries((entry) => (entry.uin === GONE ? undefined : entry));
  await expectNotKept(fixture, '1 event that the ledger has forgotten');
  await fixture.run(['replay']);
  await expectErased(fixture, index);
});

test.each([
  ['no rule', '{}'],
  ['an age rule instead', '{"age":{"maxAge":"P100D","allowedLateness":"PT4H"}}'],
])('a category that has %s is not kept until its termination rule is back', async (_, rules) => {
  const { fixture, index } = await overdue();
  const ruleless = changed(fixture, /"records":.*"schedule"/, `"records":"dated","rules":${rules},"schedule"`);
  await expectNotKept(fixture, '1 erasure that no rule answers for', ruleless);
  await expectErased(fixture, index);
});
