import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import {
  configuration,
  entryOf,
  GONE,
  returning,
  twoIndices,
} from '../../../support/erasure/cancelled-erasures-fixture.ts';
import { erasureInMemory } from '../../../support/in-memory/erasure-in-memory.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';

const FEATURE = {
  category: { rules: { termination: { triggers: ['feature-terminated'], deadline: 'P7D', cancelWindow: 'P3D' } } },
};

test.each([
  ['an account', 'account-deleted', {}],
  ['a feature', 'feature-terminated', FEATURE],
] as const)(
  'a run erases nothing for the end of %s that is cancelled between plan and deletion',
  async (_, trigger, changes) => {
    const fixture = erasureInMemory(changes);
    const [a, b] = await twoIndices(fixture);
    await fixture.tell(trigger, { uin: GONE });
    const report = await fixture.runPurge({ around: returning(fixture, 'slices', 'before') });
    expect(report).toMatchObject({
      outcome: 'complete',
      kept: true,
      found: { due: 0 },
      documentsRemoved: 0,
      erasures: { due: 1, erased: 0, nothingFound: 0, cancelled: 1, open: 0 },
    });
    expect(report.findings).toMatchObject([
      { code: 'erasures-taken-back', severity: 'notice', subjects: 1, found: expect.stringContaining('; 0 of their') },
    ]);
    expect(await Promise.all([a, b].map(fixture.left))).toEqual([
      ['gone-a', 'stays'],
      ['gone-b', 'stays'],
    ]);
    const entry = await entryOf(fixture, trigger);
    expect(entry).toMatchObject({ state: 'cancelled', progress: { documentsErased: 0 } });
    for (const part of ['obligation', 'reinstatedAt', 'uin']) expect(entry).not.toHaveProperty(part);
    expect(entry?.progress).not.toHaveProperty('claimed');
  },
);

test('an account past its deadline is not overdue if it is cancelled during the run', async () => {
  const fixture = erasureInMemory();
  await twoIndices(fixture);
  await fixture.tell('account-deleted', { uin: GONE }, NOW - 9 * DAY);
  const report = await fixture.runPurge({ around: returning(fixture, 'slices', 'before') });
  expect(report.findings.map(({ code }) => code)).toEqual(['erasures-taken-back']);
  expect(report).toMatchObject({ outcome: 'complete', kept: true });
});

test('if one of two erasures is cancelled during a run, the other remains due', async () => {
  const fixture = erasureInMemory();
  const [a] = await twoIndices(fixture);
  await fixture.add(a, { other: configuration('42') });
  for (const uin of [GONE, '42']) await fixture.tell('account-deleted', { uin });
  const fails = (ports: Ports): Ports => ({
    ...ports,
    remover: { ...ports.remover, deleteSlice: () => Promise.reject(new Error('no answer')) },
  });
  const back = returning(fixture, 'slices', 'before');
  const report = await fixture.runPurge({ around: (ports) => back(fails(ports)) });
  expect(report).toMatchObject({
    outcome: 'incomplete',
    found: { due: 1 },
    erasures: { due: 2, erased: 0, cancelled: 1, open: 1 },
  });
});

test('an account reinstated and deleted again during a run owes an erasure from the later date', async () => {
  const fixture = erasureInMemory();
  const [a] = await twoIndices(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  const again = () => fixture.tell('account-deleted', { uin: GONE }, NOW + 1);
  const report = await fixture.runPurge({ around: returning(fixture, 'slices', 'before', again) });
  expect(report).toMatchObject({ outcome: 'complete', found: { due: 0 }, erasures: { due: 1, cancelled: 0, open: 1 } });
  expect(await fixture.left(a)).toEqual(['gone-a', 'stays']);
  expect(await entryOf(fixture)).toMatchObject({ state: 'pending', obligation: { terminatedAt: NOW + 1 } });
});

test('a cancelled entry shows how many documents a crashed run may have erased', async () => {
  const fixture = erasureInMemory();
  await twoIndices(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  let isErasing = false;
  const dies = (ports: Ports): Ports => ({
    ...ports,
    store: {
      ...ports.store,
      count: (...given) => (isErasing ? Promise.reject(new Error('the process ends')) : ports.store.count(...given)),
    },
    remover: {
      ...ports.remover,
      deleteSlice: (...given) => {
        isErasing = true;
        return ports.remover.deleteSlice(...given);
      },
    },
  });
  await expect(fixture.runPurge({ around: dies })).rejects.toThrow('the process ends');
  await fixture.tell('account-reinstated', { uin: GONE }, NOW);
  expect(await entryOf(fixture)).toMatchObject({
    state: 'cancelled',
    reinstatedAt: NOW,
    progress: { documentsErased: 0, claimed: 2 },
  });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete' });
  // Another word of the end begins anew.
  await fixture.tell('account-deleted', { uin: GONE }, NOW + 1);
  const entry = await entryOf(fixture);
  expect(entry).toMatchObject({ state: 'pending', progress: { documentsErased: 0 } });
  expect(entry?.progress).not.toHaveProperty('claimed');
});
