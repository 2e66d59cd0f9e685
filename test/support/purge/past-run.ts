import { type Instant, isoInstant } from '../../../lib/policy/time/instant.ts';
import type { OpenReport, Report, ReportStore } from '../../../lib/purge/report/report.ts';

const TOTALS = { indices: 1, documents: 100, due: 0, held: 0, overdue: 0, undatable: 0, behindIngestion: 0 };

const INDEX = {
  index: 'an-index',
  uuid: 'uuid-of-index',
  planned: 'delete',
  reason: 'expired',
  found: 'there',
} as const;

/** The report of a run of a category that began at an instant, took a minute, and left everything in order. */
export const pastReport = (category: string, startedAt: Instant, changes: Partial<Report> = {}): Report => {
  const ended = isoInstant(startedAt + 60_000);
  const { documentsRemoved = 10 } = changes;
  return {
    runId: `run-${category}-${startedAt}`,
    category,
    state: 'closed',
    mode: 'enforce',
    dryRun: false,
    trigger: { source: 'schedule' },
    policyVersion: `sha256:${'a'.repeat(64)}`,
    fence: 1,
    cluster: { uuid: 'uuid-in-memory', name: 'in memory', version: '9.4.3' },
    startedAt: isoInstant(startedAt),
    planned: TOTALS,
    refusals: [],
    outcome: 'complete',
    finishedAt: ended,
    verifiedAt: ended,
    found: TOTALS,
    documentsRemoved,
    indicesDropped: 0,
    retentionLagMilliseconds: 0,
    kept: true,
    findings: [],
    indices: [{ ...INDEX, documentsRemoved }],
    ...changes,
  };
};

/** The half of a report that a run writes first. */
export const openedReport = (report: Report): OpenReport => {
  const { outcome: _, finishedAt: __, verifiedAt: ___, found: ____, ...opened } = report;
  return { ...opened, state: 'open' };
};

/** Stores reports as their runs would have. */
export const storeRuns = async (store: Pick<ReportStore, 'open' | 'close'>, reports: readonly Report[]) => {
  for (const report of reports) {
    await store.open(openedReport(report));
    await store.close(report);
  }
};
