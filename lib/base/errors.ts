import type { Explanation } from './explanation.ts';

/**
 * The base class of all expected errors. The class decides what happens next: {@link InputError} and {@link
 * RefusedError} are reported and never retried, {@link TransientError} is retried.
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

/** The input is wrong: policy, event, key, category, server. The same input would fail again, so it is not retried. */
export class InputError extends RetentionError {}

/**
 * The operation is refused, because the plan would touch what it must not. Raises an alarm; a person decides. Not
 * retried.
 */
export class RefusedError extends RetentionError {}

/** The store or the network failed. Nothing is wrong with the request, so it is retried. */
export class TransientError extends RetentionError {}

/** Whether an error says that a key or user has no permission for a request. */
export const isForbidden = (thrown: unknown): boolean =>
  thrown instanceof InputError && thrown.code === 'missing-privilege';

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
