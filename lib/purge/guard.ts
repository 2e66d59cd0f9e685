import type { Explanation } from '../base/explanation.ts';
import { number } from '../base/number-text.ts';
import type { Counts } from '../criteria/counts.ts';
import type { SurveyedIndex } from '../criteria/survey-result.ts';
import type { Category } from '../policy/retention-policy.ts';
import { isoInstant } from '../policy/time/instant.ts';
import { clockRefusal } from './clocks.ts';
import { controlRefusal } from './controls/control-findings.ts';
import { isTouchable } from './indices/untouched-index.ts';
import { isRemoval, type Plan } from './plan.ts';

/** One reason to refuse a plan as a whole, with numbers and the fix. */
export interface Refusal extends Explanation {
  readonly code: 'share' | 'clock-skew' | 'controls';
}

/** The indices of a category in a survey or a plan. */
interface TouchedIndices {
  readonly category: Category;
  readonly indices: readonly SurveyedIndex[];
}

const percent = (share: number): string => `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`;

/**
 * The counts of the indices that a plan may touch. The due documents of other indices are not removed, and their other
 * documents must not make the share look smaller.
 */
export const touchedCounts = ({ category, indices }: TouchedIndices): readonly Counts[] =>
  indices.filter((index) => isTouchable(index, category)).flatMap((index) => index.counts ?? []);

/**
 * The share of surprises. Two kinds of due documents are no surprise: documents that an earlier run has announced, and
 * documents of subjects that were erased before and whose data has come back. A document may be of both kinds, so only
 * the larger number is left out. It is left out of the due documents and of all documents, since otherwise it would
 * make the share of the surprises look smaller. Example: 100 documents, 80 due, 60 announced, 30 come back. Then 60 are
 * left out, so 20 of 40 are a surprise: a share of 0.5.
 */
const surprising = (plan: Plan): { readonly due: number; readonly documents: number; readonly share: number } => {
  const counts = touchedCounts(plan);
  const sum = (value: (each: Counts) => number): number => counts.reduce((total, each) => total + value(each), 0);
  const allDue = sum((each) => each.due);
  // Some of the documents that came back may be in indices that no plan touches. They are not among the due documents
  // here.
  const elsewhere = plan.indices.reduce((total, each) => total + (each.counts?.due ?? 0), 0) - allDue;
  const returned = (plan.returned ?? 0) - elsewhere;
  const noSurprise = Math.min(Math.max(plan.announced?.documents ?? 0, returned), allDue);
  const [due, documents] = [allDue - noSurprise, sum((each) => each.documents) - noSurprise];
  return { due, documents, share: documents === 0 ? 0 : due / documents };
};

/** Whether a plan would remove more documents by surprise than the policy allows. */
export const exceedsShare = (plan: Plan): boolean => surprising(plan).share > plan.category.guard.maxShare;

/** Says which report has announced how many documents; empty if nothing was announced. */
export const announcedText = ({ announced }: Pick<Plan, 'announced'>): string =>
  announced === undefined
    ? ''
    : `${number(announced.documents)} announced by the report of ${isoInstant(announced.at)} (${announced.runId})`;

/** Says which due documents are no surprise; empty if there are none. */
const noSurpriseText = (plan: Plan): string =>
  (plan.returned ?? 0) > (plan.announced?.documents ?? 0)
    ? `${number(plan.returned ?? 0)} of accounts that were erased before`
    : announcedText(plan);

const shareRefusal = (plan: Plan): Refusal | undefined => {
  if (!exceedsShare(plan)) return undefined;
  const { due, documents, share } = surprising(plan);
  const { id, guard: limits } = plan.category;
  const beside = noSurpriseText(plan);
  return {
    code: 'share',
    expected: `at most ${percent(limits.maxShare)} of the category's documents in one run (guard.maxShare)`,
    found: `${number(due)} of ${number(documents)} documents (${percent(share)})${beside === '' ? '' : `, beside ${beside}`}`,
    fix: `If that is right (for example a backlog), save this plan, look at it, and carry it out: node bin/es-retention.mjs plan --category ${id} --out plan.jws, then node bin/es-retention.mjs purge --plan plan.jws --execute --by NAME --reason WHY. Without signing keys, raise guard.maxShare of "${id}" in the policy for this run: the highest value is 1.`,
  };
};

/** Whether a run of this plan destroys anything, or may call an erasure done. */
const decides = ({ indices, criteria }: Plan): boolean =>
  (criteria.termination?.subjects.length ?? 0) > 0 || indices.some(({ action }) => isRemoval(action));

/**
 * Checks the limits of a plan. It must never remove by surprise more than the policy's share of the category's
 * documents. It must not destroy anything, or call an erasure done, if the clocks disagree or the cluster's clock is
 * unknown. It must not destroy anything if the controls could not be read. A plan beyond these limits is refused as a
 * whole, and no part of it is executed.
 * @returns the reasons; empty if the plan may be executed.
 */
export const guard = (plan: Plan): readonly Refusal[] =>
  [controlRefusal(plan.criteria), clockRefusal(plan.criteria.clocks, decides(plan)), shareRefusal(plan)].filter(
    (refusal) => refusal !== undefined,
  );
