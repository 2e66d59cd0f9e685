import type { z } from 'zod';
import { AGE_FORM, type ageSchema } from './age.ts';
import type { RuleForm } from './rule-form.ts';
import type { Rules } from './rules.ts';
import { TERMINATION_FORM, type terminationSchema } from './termination.ts';

/** Every kind of rule, in the order in which the policy reference names them. */
export const RULE_FORMS: readonly RuleForm[] = [AGE_FORM, TERMINATION_FORM];

/** The rules of a category in their written form. */
export interface WrittenRules {
  readonly age?: z.output<typeof ageSchema> | undefined;
  readonly termination?: z.output<typeof terminationSchema> | undefined;
}

/** Completes the written rules of a category, in its time zone. */
export const rulesOf = (written: WrittenRules, timeZone: string): Rules =>
  Object.fromEntries(
    RULE_FORMS.flatMap(({ id, resolve }) => {
      const rule: unknown = written[id];
      return rule === undefined ? [] : [[id, resolve?.(rule, timeZone) ?? rule]];
    }),
  );
