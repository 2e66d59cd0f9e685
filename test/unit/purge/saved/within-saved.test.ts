import { expect, test } from 'vitest';
import { DAY, MINUTE } from '../../../../lib/policy/time/duration.ts';
import type { Instant } from '../../../../lib/policy/time/instant.ts';
import { dated, NOW } from '../../../support/in-memory/purge-in-memory.ts';
import { SavedWorld } from '../../../support/purge/saved-world.ts';
import fc from '../../../support/run/fast-check.ts';
import { propertyRuns } from '../../../support/run/property-runs.ts';

const NAMES = ['call-log-1', 'call-log-2', 'call-log-3'] as const;
const CUTOFF = NOW - 14 * DAY;
const MAPPED = { type: 'date', searchable: true, aggregatable: true, format: 'strict_date_optional_time' };

/** Expired when the plan is saved, an hour before and after its cutoff, or live for long. */
const date = fc.oneof(
  fc.integer({ min: -60, max: 59 }).map((minutes): Instant => CUTOFF + minutes * MINUTE),
  fc.constant(CUTOFF - DAY),
  fc.constant(NOW),
);
const name = fc.constantFrom(...NAMES);
const id = fc.nat({ max: 6 }).map(String);

/** What may happen between a saved plan and its run, or in the middle of the run. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), name, id, date }),
  fc.record({ kind: fc.constant('remove' as const), name, id }),
  fc.record({ kind: fc.constant('make again' as const), name, date }),
  fc.record({ kind: fc.constant('map' as const), name }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const apply = ({ cluster }: SavedWorld, each: Change): void => {
  const index = cluster.indices.get(each.name);
  if (index === undefined || index.description.blocks.length > 0) return;
  if (each.kind === 'write') cluster.write(each.name, each.id, dated(each.date));
  if (each.kind === 'remove') cluster.remove(each.name, each.id);
  if (each.kind === 'map')
    cluster.describe(each.name, { fields: new Map([...index.description.fields, ['@timestamp', MAPPED]]) });
  if (each.kind === 'make again') {
    cluster.indices.delete(each.name);
    cluster.write(each.name, '0', dated(each.date));
  }
};

const world = fc.record({
  indices: fc.array(fc.array(date, { minLength: 1, maxLength: 7 }), { minLength: 3, maxLength: 3 }),
  between: fc.array(change, { maxLength: 4 }),
  during: fc.array(change, { maxLength: 2 }),
  moment: fc.constantFrom('slices' as const, 'deleteSlice' as const, 'blockWrites' as const, 'countLive' as const),
  later: fc.integer({ min: 0, max: 59 }),
  slice: fc.constantFrom(1, 2, 10),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const filled = ({ indices, slice }: World): SavedWorld => {
  const made = new SavedWorld(slice);
  for (const [at, dates] of indices.entries()) made.fill(NAMES[at] ?? '', ...dates);
  return made;
};

/** The documents that the requests of a run have removed: `uuid/id`, with their dates. */
const watchRemovals = (made: SavedWorld): ReadonlyMap<string, Instant> => {
  const removed = new Map<string, Instant>();
  const watch = (target: string, before: ReadonlyMap<string, { readonly timestamps: readonly Instant[] }>): void => {
    const uuid = uuids.get(target);
    const after = made.cluster.indices.get(target)?.documents;
    for (const [each, { timestamps }] of before)
      if (!after?.has(each)) removed.set(`${uuid}/${each}`, Math.max(...timestamps));
  };
  const uuids = new Map<string, string>();
  const copy = (target: string) => {
    uuids.set(target, made.uuidOf(target));
    return new Map(made.cluster.existing(target).documents);
  };
  made.around('deleteSlice', (real) => async (target, criteria, permitted, onUnanswered) => {
    const slice = await permitted();
    const before = copy(target.name);
    const deletion = await real(target, criteria, async () => slice, onUnanswered);
    watch(target.name, before);
    return deletion;
  });
  made.around('drop', (real) => async (index, isAlone) => {
    const before = copy(index);
    await real(index, isAlone);
    watch(index, before);
  });
  return removed;
};

const happenOnce = (made: SavedWorld, { during, moment }: World): void => {
  let happened = false;
  made.around(
    moment,
    (real) =>
      (async (...given: Parameters<typeof real>) => {
        if (!happened) {
          happened = true;
          for (const each of during) apply(made, each);
        }
        return (real as (...all: unknown[]) => unknown)(...given);
      }) as typeof real,
  );
};

test('a saved plan removes only what it names and what the present rules allow', async () => {
  let removedAtAll = 0;
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const made = filled(given);
      const saved = await made.save();
      const indices = new Map(saved.categories[0]?.indices.map((each) => [each.uuid, each]));
      for (const each of given.between) apply(made, each);
      made.now += given.later * MINUTE;
      const uuidsBefore = new Map(NAMES.map((each) => [made.uuidOf(each), each]));
      const removed = watchRemovals(made);
      happenOnce(made, given);
      await made.carryOut(saved);
      removedAtAll += removed.size;
      const numbers = Map.groupBy(removed.keys(), (key) => key.split('/')[0] ?? '');
      for (const [uuid, keys] of numbers) expect(keys.length).toBeLessThanOrEqual(indices.get(uuid)?.atMost ?? 0);
      for (const at of removed.values()) expect(at).toBeLessThan(CUTOFF);
      for (const [uuid, { action }] of indices) {
        const index = uuidsBefore.get(uuid);
        const isRemade = given.during.some((each) => each.kind === 'make again' && each.name === index);
        if (action === 'delete' && index !== undefined && !isRemade) expect(made.uuidOf(index)).toBe(uuid);
      }
    }),
    { numRuns: propertyRuns(150) },
  );
  expect(removedAtAll).toBeGreaterThan(100);
});

test('without any change, a saved plan removes what a run without limits removes', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const [limited, free] = [filled(given), filled(given)];
      const saved = await limited.save();
      await limited.carryOut(saved);
      await free.run();
      expect(NAMES.map((each) => limited.left(each))).toEqual(NAMES.map((each) => free.left(each)));
    }),
    { numRuns: propertyRuns(50) },
  );
});
