import type { RuleInReport } from '../../rules/rule.ts';
import { kindsOf } from '../../rules/rule-kinds.ts';
import type { Plan } from '../plan.ts';

/** What a report says about the rules of a run. */
export const rulesInReport = ({ category, criteria }: Pick<Plan, 'category' | 'criteria'>): RuleInReport =>
  Object.assign({}, ...kindsOf(category).map((kind) => kind.reported?.(category, criteria)));
