import { EXIT } from '../exit-code.ts';
import { count } from '../output/format.ts';
import { categoryJson, type Result, sessionJson, summaryPage } from '../output/result.ts';
import { summaryOf } from '../output/summary.ts';
import { totalToRemove } from '../runs/amount-to-remove.ts';
import { planCategories } from '../runs/plan-categories.ts';
import type { AcceptedPlan } from '../saved/accept-plan.ts';
import type { Session } from '../session.ts';
import { isAgreed } from './question.ts';
import { canAsk, type Terminal } from './terminal.ts';

/** The values of `--execute`, `--yes`, `--allow-empty` and `--no-throttle`, and the saved plan of `--plan`. */
export interface PurgeChoice {
  readonly execute: boolean;
  readonly yes: boolean;
  readonly allowEmpty: boolean;
  readonly throttle: boolean;
  readonly saved?: AcceptedPlan;
}

/** The result if a person was asked and said no; undefined otherwise. */
export const declined = async (
  session: Session,
  { execute, yes, allowEmpty, saved }: PurgeChoice,
  terminal: Terminal,
): Promise<Result | undefined> => {
  if (!execute || yes || session.policy.mode === 'observe' || !canAsk(terminal)) return undefined;
  const planned = await planCategories(session, allowEmpty, saved);
  const { documents } = totalToRemove(planned);
  if (documents === 0 || (await isAgreed(session, planned, terminal))) return undefined;
  const now = session.ports.clock();
  const summary = {
    ...summaryOf(planned, now, { done: [`nothing purged: ${count(documents, 'document is', 'documents are')} left`] }),
    exitCode: EXIT.left,
  };
  return {
    page: summaryPage(summary, session),
    json: {
      ...sessionJson('purge', session, summary),
      declined: true,
      categories: planned.map((result) => categoryJson(result, now)),
    },
    exitCode: summary.exitCode,
  };
};
