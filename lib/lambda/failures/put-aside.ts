import type { DeploymentSettings } from '../../adapters/environment/deployment.ts';
import { openQueue } from '../../app/queues.ts';
import { type DeadLetter, withoutNames } from '../../erasure/intake/dead-letter.ts';
import { mayBeKeptWhole } from '../../erasure/intake/message-age.ts';
import { TerminationError } from '../../erasure/intake/termination-error.ts';
import { PolicyError } from '../../policy/parsing/policy-error.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { messageOf, RetentionError } from '../../purge/errors.ts';

/** An event that a function could not take, and that does not come again. */
export interface FailedEvent {
  readonly event: unknown;
  readonly error: unknown;
  /** When the event came up. */
  readonly born: Instant;
}

/** The function that refuses an event. */
export interface Refuser {
  readonly deployment: Pick<DeploymentSettings, 'failureQueueUrl' | 'deadLetterQueueUrl'>;
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
  if (error instanceof RetentionError) return error.code;
  return error instanceof PolicyError ? 'policy' : 'unknown-event';
};

/**
 * The queues from which functions take the event again, if a person sends it. A termination that is wrong in itself reaches the function of
 * every category with a termination rule, and each refuses it: the first of them in the policy keeps it, for all of them.
 * @returns undefined where another function keeps it.
 */
const queuesFor = (error: unknown, refuser: Refuser): readonly string[] | undefined => {
  const { failureQueueUrl } = refuser.deployment;
  const own = failureQueueUrl === undefined ? [] : [failureQueueUrl];
  const subscribers = subscribersOf(refuser.policy);
  const isRefusedByAll = error instanceof TerminationError && !DEPENDS_ON_TIME.has(error.code);
  if (!isRefusedByAll || !subscribers.includes(refuser.categoryId)) return own;
  if (subscribers[0] !== refuser.categoryId) return undefined;
  const all = own.length === 0 ? own : subscribers.map((id) => queueOf(id, refuser));
  return [...new Set(all)];
};

/**
 * What to keep for a person of an event that does not come again: all of it, if it is gone in time then; otherwise a report that names
 * nobody.
 * @returns undefined where another function keeps it.
 */
export const deadLetterFor = (
  { event, error, born }: FailedEvent,
  refuser: Refuser,
  now: Instant,
): DeadLetter | undefined => {
  const failureQueueUrls = queuesFor(error, refuser);
  if (failureQueueUrls === undefined) return undefined;
  const why = { code: codeOf(error), reason: messageOf(error), since: isoInstant(born) };
  return mayBeKeptWhole(born, now)
    ? { event, ...why, failureQueueUrls }
    : { event: withoutNames(event), ...why, failureQueueUrls: [], isReport: true };
};

/**
 * Puts an event among the dead letters, once for all functions that refuse it; nowhere without a deployment.
 * @returns what was put there.
 */
export const putAside = async (
  failed: FailedEvent,
  refuser: Refuser,
  now: Instant,
): Promise<DeadLetter | undefined> => {
  const { deadLetterQueueUrl } = refuser.deployment;
  const letter = deadLetterFor(failed, refuser, now);
  if (deadLetterQueueUrl === undefined || letter === undefined) return undefined;
  await openQueue(deadLetterQueueUrl).send(JSON.stringify(letter));
  return letter;
};
