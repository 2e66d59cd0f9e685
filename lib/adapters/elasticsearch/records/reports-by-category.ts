import { onceForEach } from '../../../base/once-for-each.ts';
import type { ReportStore } from '../../../purge/report/report.ts';

/**
 * Joins the report stores of all categories into one: each report is in the index of its own category.
 * @param open opens the store of one category.
 */
export const reportsByCategory = (open: (category: string) => ReportStore): ReportStore => {
  const of = onceForEach(open);
  return {
    open: (report) => of(report.category).open(report),
    close: (report) => of(report.category).close(report),
    has: (category, runId) => of(category).has(category, runId),
    contested: (category) => of(category).contested(category),
    earlierRuns: (category, before) => of(category).earlierRuns(category, before),
    operationsBefore: (category, instant) => of(category).operationsBefore(category, instant),
    removeOld: (category, before, work) => of(category).removeOld(category, before, work),
  };
};
