import { expect, test } from 'vitest';
import { GONE } from '../../../integration/cli/erasure-command-line.ts';
import { changed, expectErased, expectNotKept, overdue } from '../../../support/command-line/erasure-cli-cases.ts';
import { erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';

test.each([
  ['the ledger is', 'ledger', '1 event that the ledger has forgotten'],
  ['ledger and events are', 'ledger and events', '1 event known to the archive only'],
] as const)('if %s deleted, the promise is not kept until replay restores the erasure', async (_, lost, says) => {
  const { fixture, index } = await overdue(await erasureCliInMemory());
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

test('if one of two entries is deleted, its event is reported until replay records it again', async () => {
  const { fixture, index } = await overdue(await erasureCliInMemory());
  await fixture.tell('account-deleted', { uin: '1001' }, 9);
  fixture.editEntries((entry) => (entry.uin === GONE ? undefined : entry));
  await expectNotKept(fixture, '1 event that the ledger has forgotten');
  // The run has carried out what the other entry owes: an erasure without documents.
  expect(fixture.entries().map(({ state }) => state)).toEqual(['nothing-found']);
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  await fixture.run(['replay']);
  await expectErased(fixture, index);
});

test.each([
  ['no rule', '{}'],
  ['an age rule instead', '{"age":{"maxAge":"P100D","allowedLateness":"PT4H"}}'],
])('a category that has %s is not kept until its termination rule is back', async (_, rules) => {
  const { fixture, index } = await overdue(await erasureCliInMemory());
  const ruleless = changed(fixture, /"records":.*"schedule"/, `"records":"dated","rules":${rules},"schedule"`);
  await expectNotKept(fixture, '1 erasure that no rule answers for', ruleless);
  await expectErased(fixture, index);
});
