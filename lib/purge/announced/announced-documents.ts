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
 * Adds to a plan how many of its due documents an earlier run has announced. It reads reports only if the plan would
 * exceed the share of its guard. A document counts as announced only if, by its present dates, it fell due after that
 * run. Documents of a hold that was released since that run count too, if they were due before that run: at most as
 * many as were held. If reports or documents cannot be read, nothing was announced.
 * @throws any error that is not a {@link RetentionError}.
 */
export const addAnnounced = async (
  plan: Plan,
  policy: RetentionPolicy,
  ports: { readonly store: DocumentStore; readonly reportStore: Pick<ReportStore, 'earlierRuns'> },
): Promise<Plan> => {
  const { category, criteria, plannedAt: now } = plan;
  if (!exceedsShare(plan)) return plan;
  try {
    const announcement = await lastAnnouncement({ policy, category, now }, ports.reportStore);
    const released = Math.max(0, (announcement?.held ?? 0) - plan.totals.held);
    if (announcement === undefined || announcement.documents + released === 0) return plan;
    const { indices } = await survey(ports.store, category, criteriaSince(criteria, category, announcement.at));
    const fellDue = touchedCounts({ category, indices }).reduce((sum, { fellDue: found = 0 }) => sum + found, 0);
    // Documents that were due before that run and are due now were held, or have come since.
    const before = touchedCounts(plan).reduce((sum, { due }) => sum + due, 0) - fellDue;
    const documents = Math.min(announcement.documents, fellDue) + Math.min(released, Math.max(0, before));
    return documents === 0 ? plan : { ...plan, announced: { ...announcement, documents } };
  } catch (error) {
    if (error instanceof RetentionError) return plan;
    throw error;
  }
};
