import * as z from 'zod';
import type { PlacedFinding } from '../parsing/placed-finding.ts';
import { duration } from '../parsing/policy-value.ts';
import { TRIGGERS } from '../termination-trigger.ts';
import { describeDuration } from '../time/duration.ts';
import { observedGap } from '../time/schedule.ts';
import type { RuleForm, RuleOwner } from './rule-form.ts';

/** The shape of a termination rule in the policy. */
export const terminationSchema = z
  .strictObject({
    triggers: z
      .array(z.enum(TRIGGERS).meta({ description: 'account-deleted covers all applications of the account' }))
      .min(1)
      .meta({ description: 'What ends the use: the account is deleted, or the feature is terminated for it' }),
    deadline: duration('The promise: the data is erased at most this long after the termination', 'P7D'),
    cancelWindow: duration(
      'The data is kept for at least this long after the termination, so that the termination can be cancelled',
      'P3D',
      {
        allowZero: true,
      },
    ),
  })
  .meta({ description: 'Erases the data of one account or application after its termination' });

/** The deadline must leave time for the cancel window, two runs (one may fail) and the physical erasure. */
function terminationFindings({ id, rules: { termination }, schedule, physical }: RuleOwner): PlacedFinding[] {
  if (!termination || !physical) return [];
  const { cancelWindow, deadline } = termination;
  const gap = observedGap(schedule);
  // An infinite gap (a schedule that ends) is reported by another check.
  const needed = cancelWindow.milliseconds + 2 * (Number.isFinite(gap) ? gap : 0) + physical.within.milliseconds;
  if (needed < deadline.milliseconds) return [];
  return [
    {
      path: ['categories', id, 'rules', 'termination', 'cancelWindow'],
      expected: `a window that leaves time for two runs and for the bytes to leave the disk before the deadline of ${deadline.iso}`,
      found: `${cancelWindow.iso}, two runs up to ${describeDuration(gap)} apart, and ${physical.within.iso} for the disk: ${describeDuration(needed)} in all`,
      fix: 'Shorten cancelWindow (PT0S is allowed), let the category run more often, or shorten physical.within',
    },
  ];
}

/** `rules.termination`: documents of an account or application are erased after its termination. */
export const TERMINATION_FORM: RuleForm = {
  id: 'termination',
  schema: terminationSchema,
  findings: terminationFindings,
};
