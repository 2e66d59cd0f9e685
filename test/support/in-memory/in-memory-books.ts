import { type OpenReport, operationsOf, type Report, type ReportBook } from '../../../lib/purge/report.ts';
import { failure } from './in-memory-cluster.ts';

/** Reports in memory, by run. `entries` is there for tests to read. */
export const inMemoryBooks = (): ReportBook & { readonly entries: ReadonlyMap<string, OpenReport | Report> } => {
  const entries = new Map<string, OpenReport | Report>();
  return {
    entries,
    open: async (report) => {
      if (entries.has(report.runId)) throw failure('conflict', `a report of run ${report.runId}`);
      entries.set(report.runId, report);
    },
    close: async (report) => {
      entries.set(report.runId, report);
    },
    has: async (runId) => entries.has(runId),
    operationsBefore: async (categoryId, instant) => {
      const [newest] = [...entries.values()]
        .filter((entry): entry is Report => entry.state === 'closed' && entry.category === categoryId)
        .filter(({ verifiedAt, outcome }) => Date.parse(verifiedAt) <= instant && outcome !== 'refused')
        .sort((a, b) => Date.parse(b.verifiedAt) - Date.parse(a.verifiedAt));
      return operationsOf(newest?.indices ?? []);
    },
    purgeReports: async (categoryId, cutoff) => {
      for (const [runId, { category, startedAt }] of entries)
        if (category === categoryId && Date.parse(startedAt) < cutoff) entries.delete(runId);
    },
  };
};
