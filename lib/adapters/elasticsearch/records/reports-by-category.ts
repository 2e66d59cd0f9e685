import type { ReportStore } from '../../../purge/report/report.ts';
import { perCategory } from '../per-category.ts';

/**
 * One report store out of those of the categories: each run's report is in its category's own index.
 * @param open the receipts of one category.
 */
export const reportsByCategory = (open: (category: string) => ReportStore): ReportStore => {
  const of = perCategory(open);
  return {
    open: (report) => of(report.category).open(report),
    close: (report) => of(report.category).close(report),
    has: (category, runId) => of(category).has(category, runId),
    contested: (category) => of(category).contested(category),
    operationsBefore: (category, instant) => of(category).operationsBefore(category, instant),
    forget: (category, before, work) => of(category).forget(category, before, work),
  };
};
