import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import { HOUR } from '../../policy/time/duration.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { observedGap } from '../../policy/time/schedule.ts';
import type { ReportStore } from '../report/report.ts';
import type { Announcement, EarlierRun, FallingDue } from './announcement.ts';

/** The conditions for an announcement. */
export interface AnnouncementQuery {
  readonly policy: Pick<RetentionPolicy, 'version' | 'reports'>;
  readonly category: Pick<Category, 'id' | 'schedule'>;
  readonly now: Instant;
}

/** The maximum number of pages that are read: a few weeks of a run every quarter of an hour. */
const MAX_PAGES = 25;

/**
 * The longest acceptable time without a run. A longer time may come from a clock that was set ahead, which looks the
 * same as a service that stood still. If the schedule ends, no time is acceptable.
 */
const longestGap = (schedule: Category['schedule']): number => {
  const gap = observedGap(schedule);
  return Number.isFinite(gap) ? 2 * gap + HOUR : 0;
};

const sumBy = (fallingDue: readonly FallingDue[], now: Instant): number =>
  fallingDue.reduce((sum, { after, documents }) => (Date.parse(after) < now ? sum + documents : sum), 0);

/** How many documents a run may have removed, rather too many than too few. */
const mayHaveRemoved = ({ plannedDue, closed }: EarlierRun): number =>
  closed === undefined ? plannedDue : Math.max(closed.documentsRemoved, plannedDue - closed.due);

/**
 * Looks for the last run that announced when documents fall due. In doubt, nothing is announced. This is the case if
 * there is a gap between the runs since then, if one of them worked under another policy, or if one of their reports is
 * doubtful. Documents that those runs may have removed are not announced any more.
 * @throws InputError | TransientError if the reports cannot be read.
 */
export const lastAnnouncement = async (
  { policy, category, now }: AnnouncementQuery,
  { earlierRuns }: Pick<ReportStore, 'earlierRuns'>,
): Promise<Announcement | undefined> => {
  const gap = longestGap(category.schedule);
  const oldest = now - policy.reports.maxAge.milliseconds;
  let removed = 0;
  let since = now;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const runs = await earlierRuns(category.id, since);
    if (runs.length === 0) return undefined;
    for (const run of runs) {
      const { startedAt, closed } = run;
      const isNext = since - startedAt <= gap && startedAt >= oldest;
      if (!isNext || run.policyVersion !== policy.version || run.isDoubtful) return undefined;
      if (closed?.fallingDue !== undefined && closed.due === 0) {
        const announced = sumBy(closed.fallingDue, now);
        const documents = Math.max(0, announced - removed);
        const held = Math.max(0, (closed.held ?? 0) - Math.max(0, removed - announced));
        return { runId: run.runId, at: startedAt, documents, held };
      }
      removed += mayHaveRemoved(run);
      since = startedAt;
    }
  }
  return undefined;
};
