import type { TimeBudget } from '../purge/time-budget.ts';

/** The part of Lambda's context with the remaining time. */
export interface RemainingTime {
  /** Milliseconds until Lambda ends the function. */
  getRemainingTimeInMillis(): number;
}

/** The time reserved for the steps after the destruction: a fifth, but between five seconds and a minute. */
const reserveOf = (total: number): number => Math.min(60_000, Math.max(5_000, total / 5));

/** How the time of one invocation is divided. */
export interface LambdaBudgets {
  /** For destroying: the remaining time, minus the time for verification, report, ledger and receipts. */
  readonly purging: TimeBudget;
  /**
   * For finishing the erasures, which the next run can continue: the remaining time, minus the time for the current
   * step and the metrics.
   */
  readonly finishing: TimeBudget;
}

/** Divides the remaining time of Lambda. */
export const lambdaBudgets = (context: RemainingTime): LambdaBudgets => {
  const reserve = reserveOf(context.getRemainingTimeInMillis());
  const without = (kept: number): TimeBudget => ({ remaining: () => context.getRemainingTimeInMillis() - kept });
  return { purging: without(reserve), finishing: without(reserve / 2) };
};
