import type { z } from 'zod';
import type { PlacedFinding } from '../parsing/placed-finding.ts';
import type { Duration } from '../time/duration.ts';
import type { Schedule } from '../time/schedule.ts';
import type { Rules } from './rules.ts';

/** The parts of a category against which its rules are checked. */
export interface RuleOwner {
  readonly id: string;
  readonly records: 'dated' | 'current-state';
  readonly rules: Rules;
  readonly schedule: Schedule;
  readonly physical?: { readonly within: Duration };
}

/** How one kind of rule is written in the policy. `lib/rules` has its meaning, under the same id. */
export interface RuleForm {
  /** The key under `rules` of a category. */
  readonly id: keyof Rules;
  readonly schema: z.ZodType;
  /** Completes a written rule, for a category in this time zone. Absent: the rule stays as written. */
  resolve?(written: unknown, timeZone: string): unknown;
  /** Findings for a well-formed rule in its category; empty if the category has no such rule. */
  findings(category: RuleOwner): readonly PlacedFinding[];
  /** Allowed lateness of the rule in milliseconds. The time between two runs must be shorter. Undefined: no limit. */
  lateness?(category: RuleOwner): number | undefined;
}
