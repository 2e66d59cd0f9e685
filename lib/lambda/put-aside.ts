import type { Deployment } from '../adapters/deployment.ts';
import { sqsQueue } from '../adapters/sqs-queue.ts';
import type { DeadLetter } from '../erasure/dead-letter.ts';
import { TerminationError } from '../erasure/termination-error.ts';
import { type Category, PolicyError, type RetentionPolicy } from '../policy/retention-policy.ts';
import { InputError, messageOf, RefusedError } from '../purge/errors.ts';

/** The function that refuses an event. */
export interface Refuser {
  readonly deployment: Pick<Deployment, 'failureQueueUrl' | 'deadLetterQueueUrl'>;
  readonly categoryId: string;
  /** Undefined where it cannot be read. */
  readonly policy: RetentionPolicy | undefined;
}

/** What depends on when it is looked at: one function may refuse it, and another not. */
const DEPENDS_ON_TIME = new Set(['too-long-ago', 'too-far-ahead']);

const isSubscribed = ({ rules }: Category): boolean => rules.termination !== undefined;

/** Categories whose functions the bus hands a termination to. */
const subscribersOf = (policy: RetentionPolicy | undefined): readonly string[] =>
  [...(policy?.categories.values() ?? [])].filter(isSubscribed).map(({ id }) => id);

/** The failure queue of another category's function: deployments name queues by their categories. */
const queueOf = (categoryId: string, { deployment: { failureQueueUrl = '' }, ...refuser }: Refuser): string =>
  failureQueueUrl.replace(`-purge-${refuser.categoryId}-failures`, `-purge-${categoryId}-failures`);

const codeOf = (error: unknown): string => {
  if (error instanceof InputError || error instanceof RefusedError) return error.code;
  return error instanceof PolicyError ? 'policy' : 'unknown-event';
};

/**
 * What to keep for a person of an event that a function refuses. A termination that is wrong in itself reaches the function of every
 * category with a termination rule, and each refuses it: the first of them in the policy keeps it, for all of them.
 * @returns undefined where another function keeps it.
 */
export const deadLetterFor = (event: unknown, error: unknown, refuser: Refuser): DeadLetter | undefined => {
  const { failureQueueUrl } = refuser.deployment;
  const letter = { event, code: codeOf(error), reason: messageOf(error) };
  const own = failureQueueUrl === undefined ? [] : [failureQueueUrl];
  const subscribers = subscribersOf(refuser.policy);
  const isRefusedByAll = error instanceof TerminationError && !DEPENDS_ON_TIME.has(error.code);
  if (!isRefusedByAll || !subscribers.includes(refuser.categoryId)) return { ...letter, failureQueueUrls: own };
  if (subscribers[0] !== refuser.categoryId) return undefined;
  const all = own.length === 0 ? own : subscribers.map((id) => queueOf(id, refuser));
  return { ...letter, failureQueueUrls: [...new Set(all)] };
};

/** Puts an event that a function refuses among the dead letters, once for all functions that refuse it; nowhere without a deployment. */
export const putAside = async (event: unknown, error: unknown, refuser: Refuser): Promise<void> => {
  const { deadLetterQueueUrl } = refuser.deployment;
  const letter = deadLetterFor(event, error, refuser);
  if (deadLetterQueueUrl === undefined || letter === undefined) return;
  await sqsQueue(deadLetterQueueUrl).send(JSON.stringify(letter));
};
