import type { Clocks } from '../criteria/clock-reading.ts';
import type { Criteria } from '../criteria/due-criteria.ts';
import { type Finding, isBlocking } from '../criteria/finding.ts';
import type { Survey } from '../criteria/survey-result.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { Clock, Instant } from '../policy/time/instant.ts';
import { lagsOf } from '../rules/rule-kinds.ts';
import { earlierOf } from './clocks.ts';
import { criteriaAt } from './combine-rules.ts';
import type { DocumentStore } from './document-store.ts';
import { makePlan, type Totals } from './plan.ts';
import { survey } from './survey.ts';

/**
 * How a run ended.
 * - `complete`: the plan was executed, and no document that it had to remove is left.
 * - `incomplete`: the plan was executed, but documents are left that it had to remove, or a finding prevents this.
 * - `refused`: the guard refused the plan, so nothing was removed.
 * - `observed`: the run was not allowed to remove anything: a dry run, a pause, or a policy in `observe` mode.
 */
export type Outcome = 'complete' | 'incomplete' | 'refused' | 'observed';

/** The actions of the run before the verification. They can make an outcome worse, but never make it `complete`. */
export type RunMode = 'executed' | 'refused' | 'observed';

/**
 * The result of a new survey after the run. Only {@link Verification.of} makes one (the constructor is private), and
 * only a verification has an {@link Outcome}. So nothing counts as complete because it was planned or confirmed.
 */
export class Verification {
  readonly category: Category;
  readonly outcome: Outcome;
  readonly verifiedAt: Instant;
  readonly survey: Survey;
  readonly totals: Totals;
  readonly findings: readonly Finding[];
  /** The date of the oldest document that can be dated. */
  readonly oldestAt?: Instant;
  /** The clocks that the verification was made with. Absent if the cluster's time is unknown. */
  readonly clocks?: Clocks;
  /** Milliseconds for which the oldest document has been expired at `verifiedAt`; 0 if none is expired. */
  readonly retentionLag: number;

  private constructor(category: Category, criteria: Criteria, surveyed: Survey, runMode: RunMode, verifiedAt: Instant) {
    // A new plan shows the present obstacles.
    const { totals, findings } = makePlan(category, criteria, verifiedAt, surveyed);
    this.category = category;
    this.verifiedAt = verifiedAt;
    this.survey = surveyed;
    this.totals = totals;
    this.findings = findings;
    if (criteria.clocks !== undefined) this.clocks = criteria.clocks;
    if (surveyed.oldestAt !== undefined) this.oldestAt = surveyed.oldestAt;
    this.retentionLag = lagsOf(category, surveyed.oldestAt, verifiedAt).expired;
    this.outcome = runMode === 'executed' ? this.#judge() : runMode;
  }

  #judge(): Outcome {
    const left = this.totals.due > 0 || this.findings.some(isBlocking);
    return left ? 'incomplete' : 'complete';
  }

  /** Whether the promise is kept now: nothing is overdue or undatable, and every index answered. */
  get kept(): boolean {
    return this.totals.overdue === 0 && !this.findings.some(isBlocking);
  }

  /**
   * Refreshes and surveys the category again. The run's own cutoff decides which documents are due. The current time
   * decides which documents are overdue, since the promise has to be kept now.
   * @throws TransientError if the store does not answer.
   */
  static async of(
    store: DocumentStore,
    category: Category,
    criteria: Criteria,
    runMode: RunMode,
    clock: Clock,
  ): Promise<Verification> {
    const now = (): Instant => earlierOf(clock(), criteria.clocks);
    const asOfNow = criteriaAt(criteria, category, now());
    const surveyed = await survey(store, category, asOfNow);
    return new Verification(category, asOfNow, surveyed, runMode, now());
  }
}
