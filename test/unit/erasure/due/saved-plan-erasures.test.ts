import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { documentsOf, states, terminate, uinOf } from '../../../support/erasure/erasing-cases.ts';
import { TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { erasureInMemory } from '../../../support/in-memory/erasure-in-memory.ts';

const ACCOUNTS = 25;

/** One document for each account. The guard refuses every erasure, but brakes only more than ten accounts. */
const refusing = async () => {
  const fixture = erasureInMemory({ category: { guard: { maxShare: 0.001 } } });
  const index = await fixture.createIndex('a', documentsOf(ACCOUNTS));
  return { ...fixture, documents: async () => (await fixture.left(index))?.length };
};

test('a run with a saved plan erases only its accounts, and a new saved plan the others', async () => {
  const fixture = await refusing();
  await terminate(fixture, 2);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'refused' });
  const saved = await fixture.savePlan();
  await fixture.tell('account-deleted', { uin: uinOf(7) });
  const report = await fixture.runPurge({ saved });
  expect(report).toMatchObject({ documentsRemoved: 2, erasures: { due: saved.category.subjects.length } });
  expect(report.findings).toContainEqual(
    expect.objectContaining({
      code: 'not-in-saved-plan',
      found: expect.stringMatching(/^[12] more, which have become/),
    }),
  );
  expect(await fixture.documents()).toBe(ACCOUNTS - 2);
  expect(await fixture.runPurge({ saved: await fixture.savePlan() })).toMatchObject({ documentsRemoved: 1 });
});

test('an account that was reinstated after the plan was saved is not erased', async () => {
  const fixture = await refusing();
  await terminate(fixture, 2);
  const saved = await fixture.savePlan();
  await fixture.tell('account-reinstated', { uin: uinOf(0) }, TERMINATED + DAY);
  expect(await fixture.runPurge({ saved })).toMatchObject({ documentsRemoved: 1 });
  expect(await fixture.documents()).toBe(ACCOUNTS - 1);
});

test('braked erasures stay braked, even if a saved plan names them', async () => {
  const fixture = await refusing();
  await terminate(fixture, 12);
  const saved = await fixture.savePlan();
  expect(saved.category.subjects).toEqual([]);
  const subjects = (await fixture.entries()).map(({ id }) => id);
  const report = await fixture.runPurge({ saved: { ...saved, category: { ...saved.category, subjects } } });
  expect(report).toMatchObject({ documentsRemoved: 0, erasures: { braked: 12 } });
  expect([await fixture.documents(), await states(fixture)]).toEqual([ACCOUNTS, { braked: 12 }]);
});
