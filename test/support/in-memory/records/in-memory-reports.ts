import { isDeepStrictEqual } from 'node:util';
import { pastRunsOf } from '../../../../lib/adapters/elasticsearch/records/past-runs.ts';
import type { Instant } from '../../../../lib/policy/time/instant.ts';
import { type OpenReport, operationsOf, type Report, type ReportStore } from '../../../../lib/purge/report/report.ts';
import type { RunHistory, StoredReport } from '../../../../lib/purge/report/run-history.ts';
import { failure } from '../in-memory-cluster.ts';

/** The parts of the reports in memory that tests can read. */
interface ReadableReports {
  /** The report of each run: closed if the run has closed it, otherwise opened. */
  readonly entries: ReadonlyMap<string, OpenReport | Report>;
  /** Both documents of each run. */
  readonly documents: readonly StoredReport[];
}

/** Reports in memory, as they were opened and closed. */
export const inMemoryReports = (): ReportStore & ReadableReports => {
  const opened = new Map<string, OpenReport>();
  const closed = new Map<string, Report>();
  return {
    get entries() {
      return new Map<string, OpenReport | Report>([...opened, ...closed]);
    },
    get documents() {
      return [...opened.values(), ...closed.values()].map((report) => ({
        id: `${report.runId}.${report.state === 'open' ? 'opened' : 'closed'}`,
        source: JSON.parse(JSON.stringify(report)) as StoredReport['source'],
      }));
    },
    open: async (report) => {
      if (opened.has(report.runId)) throw failure('conflict', `a report of run ${report.runId}`);
      opened.set(report.runId, report);
    },
    close: async (report) => {
      const there = closed.get(report.runId);
      if (there !== undefined && !isDeepStrictEqual(there, report))
        throw failure('conflict', `another report of run ${report.runId}`);
      closed.set(report.runId, report);
    },
    // Nobody else writes to memory, so no report is contested.
    contested: async () => [],
    has: async (category, runId) => opened.get(runId)?.category === category,
    earlierRuns: async (categoryId, before) =>
      [...opened.values()]
        .filter(({ category, startedAt }) => category === categoryId && Date.parse(startedAt) < before)
        .sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt))
        .map(({ runId, startedAt, policyVersion, planned }) => {
          const run = { runId, startedAt: Date.parse(startedAt), policyVersion, plannedDue: planned.due };
          const report = closed.get(runId);
          if (report === undefined) return run;
          const { found, documentsRemoved, fallingDue } = report;
          return {
            ...run,
            closed: {
              due: found.due,
              held: found.held,
              documentsRemoved,
              ...(fallingDue !== undefined && { fallingDue }),
            },
          };
        }),
    operationsBefore: async (categoryId, instant) => {
      const [newest] = [...closed.values()]
        .filter(({ category }) => category === categoryId)
        .filter(({ verifiedAt, outcome }) => Date.parse(verifiedAt) <= instant && outcome !== 'refused')
        .sort((a, b) => Date.parse(b.verifiedAt) - Date.parse(a.verifiedAt));
      return operationsOf(newest?.indices ?? []);
    },
    removeOld: async (categoryId, before, work) => {
      let old = 0;
      for (const reports of [opened, closed])
        for (const [runId, { category, startedAt }] of reports) {
          if (category !== categoryId || Date.parse(startedAt) >= before) continue;
          old += 1;
          if (work === 'remove') reports.delete(runId);
        }
      return old;
    },
  };
};

/** The history of the runs whose reports are in memory. */
export const inMemoryHistory = (store: ReadableReports): RunHistory => {
  const between = (category: string, since: Instant, until: Instant): readonly StoredReport[] =>
    store.documents.filter(({ source }) => {
      const startedAt = Date.parse(`${source.startedAt}`);
      return source.category === category && startedAt >= since && startedAt < until;
    });
  return {
    runs: async (category, since, until) => pastRunsOf(between(category, since, until)),
    documents: async function* (category, since, until) {
      yield* between(category, since, until);
    },
  };
};
