import type { Category } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import { lagOf } from '../rules/rule-kinds.ts';
import type { Clocks } from './clocks/clock-reading.ts';
import { earlierOf } from './clocks/clocks.ts';
import { criteriaAt } from './criteria.ts';
import type { Criteria, DocumentStore } from './document-store.ts';
import { type Finding, isBlocking } from './finding.ts';
import { makePlan, type Totals } from './plan.ts';
import { survey } from './survey.ts';
import type { Survey } from './surveyed.ts';

export type Outcome = 'complete' | 'incomplete' | 'refused' | 'observed';

/** What the run did before the verification; it can only make an outcome worse, never `complete`. */
export type RunMode = 'executed' | 'refused' | 'observed';

/**
 * What was found when the store was asked again. Only {@link Verification.of} makes one (the constructor is private), and an
 * {@link Outcome} is only to be had from one: nothing can be called complete because it was planned or acknowledged.
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
  /** The clocks by which it was made; absent where the cluster's was not told. */
  readonly clocks?: Clocks;
  /** Milliseconds by which the oldest document outlived `maxAge` at `verifiedAt`; 0 when none is expired. */
  readonly retentionLag: number;

  private constructor(category: Category, criteria: Criteria, surveyed: Survey, runMode: RunMode, verifiedAt: Instant) {
    // What a next run would find in its way is what stands in the way now.
    const { totals, findings } = makePlan(category, criteria, verifiedAt, surveyed);
    this.category = category;
    this.verifiedAt = verifiedAt;
    this.survey = surveyed;
    this.totals = totals;
    this.findings = findings;
    if (criteria.clocks !== undefined) this.clocks = criteria.clocks;
    if (surveyed.oldestAt !== undefined) this.oldestAt = surveyed.oldestAt;
    this.retentionLag = lagOf(category, surveyed.oldestAt, verifiedAt).expired;
    this.outcome = runMode === 'executed' ? this.#judge() : runMode;
  }

  #judge(): Outcome {
    const left = this.totals.due > 0 || this.findings.some(isBlocking);
    return left ? 'incomplete' : 'complete';
  }

  /** Is the promise kept at this moment: nothing overdue, nothing undatable, every index answered? */
  get kept(): boolean {
    return this.totals.overdue === 0 && !this.findings.some(isBlocking);
  }

  /**
   * Refreshes and asks the store again: with the run's own cutoff for what is due, and with this moment's bound for what is
   * overdue, since that decides whether the promise is kept now.
   * @throws TransientError when the store does not answer.
   */
  static async of(
    store: DocumentStore,
    category: Category,
    criteria: Criteria,
    runMode: RunMode,
    clock: () => Instant,
  ): Promise<Verification> {
    const now = (): Instant => earlierOf(clock(), criteria.clocks);
    const asOfNow = criteriaAt(criteria, category, now());
    const surveyed = await survey(store, category, asOfNow);
    return new Verification(category, asOfNow, surveyed, runMode, now());
  }
}
