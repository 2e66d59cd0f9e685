import type { z } from 'zod';
import type { PlacedFinding } from '../parsing/placed-finding.ts';
import type { Duration } from '../time/duration.ts';
import type { Schedule } from '../time/schedule.ts';
import type { Rules } from './rules.ts';

/** What the rules of a category are checked against. */
export interface RuleOwner {
  readonly id: string;
  readonly records: 'dated' | 'current-state';
  readonly rules: Rules;
  readonly schedule: Schedule;
  readonly physical?: { readonly within: Duration };
}

/** How one kind of rule is written in the policy. What it means stands in `lib/rules`, under the same id. */
export interface RuleForm {
  /** Its key under `rules` of a category. */
  readonly id: keyof Rules;
  readonly schema: z.ZodType;
  /** What a written rule is in a category of this time zone; as it is written, where this is absent. */
  resolve?(written: unknown, timeZone: string): unknown;
  /** What is wrong with a well-formed rule in its category; nothing where the category has no such rule. */
  findings(category: RuleOwner): readonly PlacedFinding[];
  /** Milliseconds for which the rule may be kept late: the schedule must run more often. Undefined where nothing is said. */
  lateness?(category: RuleOwner): number | undefined;
}
