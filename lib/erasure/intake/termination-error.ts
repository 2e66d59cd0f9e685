import type { Explanation } from '../../policy/explanation.ts';
import { InputError } from '../../purge/errors.ts';

/**
 * A termination that cannot be accepted. It says which field is at fault and what kind of value was found there, never
 * the value: these errors are logged, and a value may be an identifier.
 */
export class TerminationError extends InputError {
  /** As the sender calls it: `data.uin`, `detail.at`, `--uin`. */
  readonly field: string;

  constructor(code: string, field: string, explanation: Explanation) {
    super(code, explanation);
    this.field = field;
  }
}

/** What kind of value it is, in words: `nothing`, `a number`, `a text of 12 characters`. */
export const kindOf = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};
