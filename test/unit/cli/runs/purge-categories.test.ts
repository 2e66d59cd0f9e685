import { expect, test } from 'vitest';
import { isFailed } from '../../../../lib/cli/output/category-result.ts';
import { purgeCategories } from '../../../../lib/cli/runs/purge-categories.ts';
import type { Session } from '../../../../lib/cli/session.ts';
import { ALL, EXPIRED, PurgeInMemory } from '../../../support/in-memory/purge-in-memory.ts';
import { POLICY } from '../../../support/purge/described-index.ts';

const IDS = ['one', 'two', 'three', 'four', 'five', 'six'];

/** Purges six categories with an index each. `interruptAt` is the number of drops after which a person interrupts. */
const purgeSix = async (interruptAt = Number.POSITIVE_INFINITY, requested?: () => boolean) => {
  const world = new PurgeInMemory();
  for (const id of IDS) world.fill(`call-log-${id}`, EXPIRED);
  let drops = 0;
  world.around('drop', (real) => (index) => {
    drops += 1;
    return real(index);
  });
  const lines: string[] = [];
  const session = {
    policy: POLICY,
    categories: IDS.map((id) => ({ ...ALL, id, indices: [`call-log-${id}`] })),
    ports: world.ports,
    cluster: { uuid: 'u', name: 'n', version: '9.4.3' },
  } as unknown as Session;
  const line = { show: (text: string) => void lines.push(text), clear: () => undefined };
  const interruption = { requested: requested ?? (() => drops >= interruptAt), stop: () => undefined };
  const results = await purgeCategories(
    session,
    { execute: true, allowEmpty: true, throttle: true },
    line,
    interruption,
  );
  return { results, lines, left: IDS.filter((id) => world.left(`call-log-${id}`) !== undefined) };
};

const codes = (results: Awaited<ReturnType<typeof purgeSix>>['results']) =>
  results.map((result) => (isFailed(result) ? result.failure.code : 'done'));

test('all categories are purged, with results in policy order and one progress for all', async () => {
  const { results, lines, left } = await purgeSix();
  expect(left).toEqual([]);
  expect(results.map(({ category }) => category.id)).toEqual(IDS);
  expect(codes(results)).toEqual(IDS.map(() => 'done'));
  expect(lines).toContain('six: counting');
  expect(lines.at(-1)).toMatch(/^\d of 6 categories: \d of \d documents/);
});

test('after an interruption no category begins, and each is reported as interrupted', async () => {
  const { results, lines, left } = await purgeSix(0);
  expect(codes(results)).toEqual(IDS.map(() => 'interrupted'));
  expect([lines, left]).toEqual([[], IDS]);
});

test('an interrupted run explains its remaining documents by the interruption', async () => {
  // Four categories are at work when it comes; the others are not begun.
  let asked = 0;
  const { results } = await purgeSix(0, () => ++asked > 4);
  const notes = results.flatMap((result) => (isFailed(result) ? [] : result.report.indices.map(({ note }) => note)));
  expect(notes).toEqual(Array.from({ length: 4 }, () => 'interrupted; the next run continues'));
});

test('after an interruption, running categories finish, and the others are reported', async () => {
  const { results } = await purgeSix(1);
  expect(codes(results)).toEqual(['done', 'done', 'done', 'done', 'interrupted', 'interrupted']);
});
