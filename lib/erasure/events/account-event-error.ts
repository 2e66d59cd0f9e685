import { InputError } from '../../base/errors.ts';
import type { Explanation } from '../../base/explanation.ts';

/**
 * An account event that cannot be accepted. It names the field at fault and the kind of value found there, but never
 * the value: these errors are logged, and the value may be an identifier.
 */
export class AccountEventError extends InputError {
  /** The sender's name of the field: `data.uin`, `detail.at`, `--uin`. */
  readonly field: string;

  constructor(code: string, field: string, explanation: Explanation) {
    super(code, explanation);
    this.field = field;
  }
}

/**
 * Whether an error depends on the time of processing. One function may refuse the event, and another function, or the
 * same function later, may accept it.
 */
export const dependsOnTime = ({ code }: AccountEventError): boolean =>
  code === 'too-long-ago' || code === 'too-far-ahead';

/** Describes the kind of a value: `nothing`, `a number`, `a text of 12 characters`. */
export const kindOf = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};
