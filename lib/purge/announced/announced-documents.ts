import { RetentionError } from '../../base/errors.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { criteriaSince } from '../../rules/rule-kinds.ts';
import type { DocumentStore } from '../document-store.ts';
import { exceedsShare, touchedCounts } from '../guard.ts';
import type { Plan } from '../plan.ts';
import type { ReportStore } from '../report/report.ts';
import { survey } from '../survey.ts';
import { lastAnnouncement } from './last-announcement.ts';

/**
 * Adds to a plan how many of its due documents an earlier run has announced. It looks only if the plan would exceed the
 * share of its guard. A document counts as announced only if, by its present dates, it fell due after that run.
 * If reports or documents cannot be read, nothing was announced.
 * @throws any error that is not a {@link RetentionError}.
 */
export const withAnnounced = async (
  plan: Plan,
  policy: RetentionPolicy,
  ports: { readonly store: DocumentStore; readonly reportStore: Pick<ReportStore, 'earlierRuns'> },
): Promise<Plan> => {
  const { category, criteria, plannedAt: now } = plan;
  if (!exceedsShare(plan)) return plan;
  try {
    const announcement = await lastAnnouncement({ policy, category, now }, ports.reportStore);
    if (announcement === undefined || announcement.documents === 0) return plan;
    const { indices } = await survey(ports.store, category, criteriaSince(criteria, category, announcement.at));
    const fellDue = touchedCounts({ category, indices }).reduce((sum, { fellDue: found = 0 }) => sum + found, 0);
    const documents = Math.min(announcement.documents, fellDue);
    return documents === 0 ? plan : { ...plan, announced: { ...announcement, documents } };
  } catch (error) {
    if (error instanceof RetentionError) return plan;
    throw error;
  }
};
