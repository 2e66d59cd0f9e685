import { expect, test } from 'vitest';
import { changed, expectErased, expectNotKept, overdue } from '../../../support/command-line/erasure-cli-cases.ts';
import { erasureCliFixture } from '../erasure-command-line.ts';

test('if ledger and events are deleted, no promise is reported as kept until a replay', async () => {
  const { fixture, index } = await overdue(await erasureCliFixture());
  const { client, names, run } = fixture;
  await client.indices.delete({ index: [names.ledger, names.events] });
  await expectNotKept(fixture, '1 event known to the archive only');
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  const { stdout, code } = await run(['replay']);
  expect(stdout).toMatch(/^Replayed: 1 event · 1 that the ledger had forgotten · 1 erasure owed/);
  expect(code).toBe(0);
  await expectErased(fixture, index);
});

test('if the events are deleted, nothing is erased or called kept until a replay', async () => {
  const { fixture, index } = await overdue(await erasureCliFixture());
  await fixture.client.indices.delete({ index: fixture.names.events });
  await expectNotKept(fixture, '1 event known to the archive only');
  // An entry that no event tells of may be anybody's.
  await expectNotKept(fixture, '1 entry of the ledger not believed');
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  await fixture.run(['replay']);
  await expectErased(fixture, index);
});

test('erasures of a renamed category are reported, and moved to its new name', async () => {
  const { fixture, index } = await overdue(await erasureCliFixture());
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
