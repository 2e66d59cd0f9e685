import type { ReportBook } from '../../../purge/report/report.ts';
import { perCategory } from '../per-category.ts';

/**
 * One report book out of those of the categories: each run's report is in its category's own index.
 * @param open the book of one category.
 */
export const booksByCategory = (open: (category: string) => ReportBook): ReportBook => {
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
