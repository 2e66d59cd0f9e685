import type { Explanation } from '../policy/explanation.ts';

/**
 * The three branches of everything that can go wrong. The class decides what happens next:
 * {@link InputError} and {@link RefusedError} are reported and never retried, {@link TransientError} is thrown and retried.
 */
export abstract class RetentionError extends Error {
  readonly code: string;
  readonly explanation: Explanation;

  constructor(code: string, explanation: Explanation, cause?: unknown) {
    super(
      `${code}: expected ${explanation.expected}; found ${explanation.found}. ${explanation.fix}`,
      cause === undefined ? undefined : { cause },
    );
    this.name = new.target.name;
    this.code = code;
    this.explanation = explanation;
  }
}

/** Our input is wrong: policy, event, key, category, server. The same input fails again: never retried. */
export class InputError extends RetentionError {}

/** We refuse: the plan would touch what it must not. Alarms; a person decides. Never retried. */
export class RefusedError extends RetentionError {}

/** The world failed: store or network. Nothing is wrong with the request, so it is retried. */
export class TransientError extends RetentionError {}

/** Whether a key, or a user, may not do what was asked. */
export const isForbidden = (thrown: unknown): boolean =>
  thrown instanceof InputError && thrown.code === 'missing-privilege';

/** The text of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
