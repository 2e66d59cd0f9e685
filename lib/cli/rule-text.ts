import type { Category } from '../policy/retention-policy.ts';

/** Whether anything is promised about the category that can be kept or broken. */
export const hasRule = ({ rules: { age, termination } }: Category): boolean =>
  age !== undefined || termination !== undefined;

/** How long data may stay at most, for a column: `P14D`, `P7D after termination`, or both. */
export const limitText = ({ rules: { age, termination } }: Category): string =>
  [
    ...(age === undefined ? [] : [age.maxAge.iso]),
    ...(termination === undefined ? [] : [`${termination.deadline.iso} after termination`]),
  ].join(', ') || '–';

/** The rules of a category in full: `P14D, overdue PT1H later`, `erased P3D to P7D after termination`. */
export const ruleText = ({ rules: { age, termination } }: Category): string =>
  [
    ...(age === undefined ? [] : [`${age.maxAge.iso}, overdue ${age.allowedLateness.iso} later`]),
    ...(termination === undefined
      ? []
      : [`erased ${termination.cancelWindow.iso} to ${termination.deadline.iso} after termination`]),
  ].join(' · ') || 'no rule';
