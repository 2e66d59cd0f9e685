import { expect, test } from 'vitest';
import { purgeFixture } from '../support/purge/purge-fixture.ts';
import fc from '../support/run/fast-check.ts';
import { propertyRuns } from '../support/run/property-runs.ts';
import { arbitraryHistory } from './arbitrary-history.ts';
import { PurgeHistory } from './purge-history.ts';

const RUNS = { numRuns: propertyRuns(500) };

const aliasesOf = ({ cluster }: PurgeHistory): ReadonlySet<string> =>
  new Set([...cluster.indices.values()].flatMap(({ description }) => description.aliases.map(({ name }) => name)));

const writeIndices = ({ cluster }: PurgeHistory): readonly string[] =>
  [...cluster.indices.values()]
    .filter(({ description }) => description.aliases.some(({ isWriteIndex }) => isWriteIndex))
    .map(({ description }) => description.uuid);

const tell = (lines: readonly string[]): void => expect(lines).toEqual([]);

test('a run removes nothing too early, whatever fails and whoever writes', async () => {
  const fixture = purgeFixture();
  await fc.assert(
    fc.asyncProperty(arbitraryHistory, async ({ indices, isTemplated, runs }) => {
      const history = new PurgeHistory(fixture, indices, isTemplated);
      for (const run of runs) {
        await history.disturbedRun(run);
        tell(history.acknowledged.removedTooEarly(history.present, history.plans));
      }
      await history.quietRun();
      tell(history.acknowledged.removedTooEarly(history.present, history.plans));
    }),
    RUNS,
  );
});

test('the first undisturbed run removes everything expired, and is complete only if nothing is left', async () => {
  const fixture = purgeFixture();
  await fc.assert(
    fc.asyncProperty(arbitraryHistory, async ({ indices, isTemplated, runs }) => {
      const history = new PurgeHistory(fixture, indices, isTemplated);
      for (const run of runs) await history.disturbedRun(run);
      const { outcome } = await history.quietRun();

      const { cluster, acknowledged, present, foreignBlocks, plans } = history;
      const plannedAt = plans.at(-1) ?? 0;
      const isPurgeable = (name: string): boolean => {
        const description = cluster.indices.get(name)?.description;
        if (description?.open !== true || description.health === 'red') return false;
        return !foreignBlocks.has(description.uuid);
      };
      tell(acknowledged.still('expired', present, plannedAt, isPurgeable));

      const answered = [...cluster.indices.values()].every(
        ({ description: { open, health, blocks } }) => open && health !== 'red' && !blocks.includes('metadata'),
      );
      const nothingLeft = acknowledged.still('expired', present, plannedAt).length === 0;
      const nothingUndatable = acknowledged.still('undatable', present, plannedAt).length === 0;
      const agreed = !acknowledged.disputed(present, plannedAt);
      expect(outcome).toBe(answered && nothingLeft && nothingUndatable && agreed ? 'complete' : 'incomplete');
    }),
    RUNS,
  );
});

const expectForeignBlocksOnly = ({ cluster, foreignBlocks }: PurgeHistory): void => {
  for (const [name, { description }] of cluster.indices)
    expect([name, description.blocks]).toEqual([name, foreignBlocks.get(description.uuid) ?? []]);
};

test('a run leaves no write block of its own behind, and lifts no other block', async () => {
  const fixture = purgeFixture();
  await fc.assert(
    fc.asyncProperty(arbitraryHistory, async ({ indices, isTemplated, runs }) => {
      const history = new PurgeHistory(fixture, indices, isTemplated);
      let clean = true;
      for (const run of runs) {
        await history.disturbedRun(run);
        clean &&= run.mishap === 'none';
        if (clean) expectForeignBlocksOnly(history);
      }
      await history.quietRun();
      // Replaced between our look and our block, and then a crash: nobody could declare the new index.
      const isTooMuch = runs.some(({ replaced, mishap }) => replaced.length > 0 && mishap !== 'none');
      if (!isTooMuch) expectForeignBlocksOnly(history);
    }),
    RUNS,
  );
});

test('a run drops neither a write index nor the last index of an alias', async () => {
  const fixture = purgeFixture();
  await fc.assert(
    fc.asyncProperty(arbitraryHistory, async ({ indices, isTemplated, runs }) => {
      const history = new PurgeHistory(fixture, indices, isTemplated);
      const [aliases, written] = [aliasesOf(history), writeIndices(history)];
      for (const run of runs) await history.disturbedRun(run);
      await history.quietRun();
      // A replaced index is another's doing.
      if (runs.some(({ replaced }) => replaced.length > 0)) return;
      expect(aliasesOf(history)).toEqual(aliases);
      expect(writeIndices(history)).toEqual(written);
    }),
    RUNS,
  );
});

test("a run keeps a category's last index if no template maps the next one", async () => {
  const fixture = purgeFixture();
  await fc.assert(
    fc.asyncProperty(arbitraryHistory, async ({ indices, runs }) => {
      const history = new PurgeHistory(fixture, indices, false);
      for (const run of runs) await history.disturbedRun(run);
      await history.quietRun();
      await history.quietRun();
      if (indices.length > 0) expect(history.cluster.indices.size).toBeGreaterThan(0);
    }),
    RUNS,
  );
});

test("a run keeps a category's last index and aliases, whatever others drop meanwhile", async () => {
  const fixture = purgeFixture();
  await fc.assert(
    fc.asyncProperty(arbitraryHistory, fc.subarray([0, 1, 2, 3, 4, 5]), async ({ indices }, dropped) => {
      const history = new PurgeHistory(fixture, indices, false);
      const aliases = new Set(
        indices.flatMap((index, at) => (dropped.includes(at) ? [] : index.aliases.map(({ name }) => name))),
      );
      await history.runWithout(dropped);
      expect(aliasesOf(history)).toEqual(new Set([...aliasesOf(history), ...aliases]));
      if (indices.some((_, at) => !dropped.includes(at))) expect(history.cluster.indices.size).toBeGreaterThan(0);
    }),
    RUNS,
  );
});

test('a run drops no index that was created in advance', async () => {
  const fixture = purgeFixture();
  await fc.assert(
    fc.asyncProperty(arbitraryHistory, async ({ indices, isTemplated, runs }) => {
      const history = new PurgeHistory(fixture, indices, isTemplated);
      const made = (): ReadonlySet<string> =>
        new Set(
          [...history.cluster.indices.values()]
            .filter(({ operations, documents }) => operations === 0 && documents.size === 0)
            .map(({ description }) => description.uuid),
        );
      const inAdvance = made();
      for (const run of runs) await history.disturbedRun(run);
      await history.quietRun();
      if (runs.some(({ replaced, writes }) => replaced.length > 0 || writes.length > 0)) return;
      expect(made()).toEqual(inAdvance);
    }),
    RUNS,
  );
});
