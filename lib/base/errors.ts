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

/**
 * How far a request got that failed:
 * - `unsent`: it was not sent.
 * - `refused`: the answer says what is wrong with the request. Nothing was done, and nothing will be.
 * - `ended`: the answer is an error of the server's own. The request is over, but a requested change of the cluster's
 *   state, such as a drop, may still be made.
 * - `unknown`: nobody answered. It may be at work, or may not have arrived yet.
 */
export type RequestFate = 'unsent' | 'refused' | 'ended' | 'unknown';

/** The store or the network failed. Nothing is wrong with the request, so it is retried. */
export class TransientError extends RetentionError {
  readonly requestFate: RequestFate;

  constructor(
    code: string,
    explanation: Explanation,
    { requestFate = 'unknown', cause }: { readonly requestFate?: RequestFate; readonly cause?: unknown } = {},
  ) {
    super(code, explanation, cause);
    this.requestFate = requestFate;
  }
}

/** The {@link RequestFate} of a request, by the error that it threw. */
export const requestFateOf = (thrown: unknown): RequestFate => {
  if (thrown instanceof TransientError) return thrown.requestFate;
  return thrown instanceof RetentionError ? 'refused' : 'unknown';
};

/** Whether an error says that a key or user has no permission for a request. */
export const isForbidden = (thrown: unknown): boolean =>
  thrown instanceof InputError && thrown.code === 'missing-privilege';

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
