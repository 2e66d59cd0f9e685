import type { Report } from '../../../lib/purge/report/report.ts';
import { madeOnce } from '../run/made-once.ts';
import { type NewIndex, ofIndex, type PolicyChanges, type PurgeFixture, purgeFixture } from './purge-fixture.ts';

/** The report of one run about one of its indices, and the documents left there: undefined when the index is gone. */
type Purged = ReturnType<typeof ofIndex> & { readonly index: string; readonly left: readonly string[] | undefined };

/** The results of one run, for the tests of a `describe` or of a file. */
interface PurgedOnce {
  readonly report: () => Report;
  readonly of: (suffix: string) => Purged;
}

/**
 * One run over many indices, for tests that ask about one index each.
 * @param run the options of the run that differ from the default, such as its clock.
 */
export const purgedOnce = (
  indices: readonly NewIndex[],
  changes: PolicyChanges = {},
  run: Parameters<PurgeFixture['runPurge']>[0] = {},
): PurgedOnce => {
  const once = madeOnce(async () => {
    const fixture = purgeFixture(changes);
    await fixture.createIndices(indices);
    const report = await fixture.runPurge(run);
    return { id: fixture.id, report, left: await fixture.leftInAll() };
  });
  return {
    report: () => once().report,
    of: (suffix) => {
      const { id, report, left } = once();
      const index = `${id}-${suffix}`;
      return { ...ofIndex(report, index), index, left: left.get(index) };
    },
  };
};
