import type { TimeBudget } from '../purge/time-budget.ts';

/** The part of Lambda's context that says how long we may still run. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** Kept for what follows the destroying: a fifth of the time, between five seconds and a minute. */
const reserveOf = (total: number): number => Math.min(60_000, Math.max(5_000, total / 5));

/** How the time of one invocation is shared out. */
export interface LambdaBudgets {
  /** For destroying: what Lambda leaves, less what verification, report, ledger and receipts need. */
  readonly purging: TimeBudget;
  /** For finishing the erasures, which go on in the next run: less what the step under way and the metrics will need. */
  readonly closing: TimeBudget;
}

/** Shares out the time that Lambda leaves at this moment. */
export const lambdaBudgets = (context: RemainingTime): LambdaBudgets => {
  const reserve = reserveOf(context.getRemainingTimeInMillis());
  const without = (kept: number): TimeBudget => ({ remaining: () => context.getRemainingTimeInMillis() - kept });
  return { purging: without(reserve), closing: without(reserve / 2) };
};
