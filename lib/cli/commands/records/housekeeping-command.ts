import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import {
  type Housekeeping,
  REMOVED_KINDS,
  type RemovedRecords,
  runHousekeeping,
} from '../../../maintenance/housekeeping.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { failureOf } from '../../failure.ts';
import { findingsPage } from '../../output/findings-page.ts';
import { count, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { Session } from '../../session.ts';

const totalOf = ({ categories, archive }: Housekeeping): number =>
  categories.reduce((sum, { removed }) => sum + REMOVED_KINDS.reduce((all, each) => all + removed[each], 0), 0) +
  archive.reduce((sum, { removed }) => sum + removed, 0);

const table = (categories: readonly RemovedRecords[]): Page => [
  '',
  {
    columns: [
      { title: 'Category' },
      { title: 'Reports', right: true },
      { title: 'Entries', right: true },
      { title: 'Events', right: true },
      { title: 'Receipts', right: true },
    ],
    rows: categories.map(({ category, removed }) => [category, ...REMOVED_KINDS.map((each) => number(removed[each]))]),
  },
];

const archivePage = ({ archive }: Housekeeping): Page =>
  archive.map(({ kind, removed, note }) => `Archive, ${kind}: ${note ?? count(removed, 'copy', 'copies')}`);

const keptLines = (categories: readonly RemovedRecords[]): Page =>
  categories.flatMap(({ category, keptBy }) =>
    keptBy === undefined || keptBy === 'unread'
      ? []
      : [`${category}: nothing removed, since it is ${keptBy === 'pause' ? 'paused' : 'on hold'}`],
  );

const failures = (categories: readonly RemovedRecords[]) =>
  categories.flatMap(({ category, failure }) => (failure === undefined ? [] : [{ category, error: failure }]));

/**
 * `housekeeping`: removes our own records that need not be kept any more, and reports erasures owed in categories that
 * no run works on.
 */
export const housekeepingCommand = async (session: Session, dryRun: boolean): Promise<Result> => {
  const done = await runHousekeeping(session.policy, session.housekeeping, dryRun ? 'count' : 'remove');
  const failed = failures(done.categories);
  const visit = new CategoryVisit();
  const orphans = await session.ports.witness.orphans(session.ports.clock(), visit);
  const unreached = visit.unreached.filter(({ category }) => failed.every((each) => each.category !== category));
  const summary = [
    `${dryRun ? 'To be removed' : 'Removed'}: ${count(totalOf(done), 'record of ours', 'records of ours')}`,
    ...unreachedClauses(failed, 'not tidied'),
    ...unreachedClauses(unreached),
    ...(orphans.length === 0 ? [] : [`${count(orphans.length, 'category', 'categories')} that no run works on`]),
  ].join(' · ');
  const exitCode = worstOf([unreachedExitCode([...failed, ...unreached]), orphans.length > 0 ? EXIT.left : EXIT.done]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...(dryRun ? ['Dry run: nothing was removed.'] : []),
      ...table(done.categories),
      ...keptLines(done.categories),
      ...archivePage(done),
      ...unreachedSection(failed, 'not tidied'),
      ...unreachedSection(unreached),
      ...findingsPage(orphans),
    ],
    json: {
      command: 'housekeeping',
      summary,
      exitCode,
      dryRun,
      categories: done.categories.map(({ category, removed, failure, keptBy }) => ({
        category,
        removed,
        ...(keptBy !== undefined && { keptBy }),
        ...(failure !== undefined && { error: failureOf(failure) }),
      })),
      archive: done.archive,
      findings: orphans,
      unreached: unreachedJson(unreached),
    },
    exitCode,
  };
};
