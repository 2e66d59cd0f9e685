import type { TimeBudget } from '../purge/time-budget.ts';

/** The part of Lambda's context that says how long we may still run. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** Kept for verification and report: a fifth of the time, between five seconds and a minute. */
const reserveOf = (total: number): number => Math.min(60_000, Math.max(5_000, total / 5));

/** The time for destroying: what Lambda leaves, less what verification and report will need. */
export const lambdaBudget = (context: RemainingTime): TimeBudget => {
  const reserve = reserveOf(context.getRemainingTimeInMillis());
  return { remaining: () => context.getRemainingTimeInMillis() - reserve };
};
