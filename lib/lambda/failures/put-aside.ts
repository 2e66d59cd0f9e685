import type { DeploymentSettings } from '../../adapters/environment/deployment.ts';
import { messageOf, RetentionError } from '../../base/errors.ts';
import { AccountEventError, dependsOnTime } from '../../erasure/events/account-event-error.ts';
import { type DeadLetter, withoutNames } from '../../erasure/intake/dead-letter.ts';
import { mayBeKeptWhole } from '../../erasure/intake/message-age.ts';
import type { OpenQueue } from '../../erasure/intake/message-queue.ts';
import { PolicyError } from '../../policy/parsing/policy-error.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';

/** An event that a function could not process, and that is not delivered again. */
export interface FailedEvent {
  readonly event: unknown;
  readonly error: unknown;
  /** When the event occurred. */
  readonly born: Instant;
}

/** The function that refused an event. */
export interface RefusingFunction {
  readonly deployment: Pick<DeploymentSettings, 'failureQueueUrl' | 'deadLetterQueueUrl'>;
  readonly categoryId: string;
  /** Undefined if it cannot be read. */
  readonly policy: RetentionPolicy | undefined;
}

const isSubscribed = ({ rules }: Category): boolean => rules.termination !== undefined;

/** Categories whose functions get terminations from the bus. */
const subscribersOf = (policy: RetentionPolicy | undefined): readonly string[] =>
  [...(policy?.categories.values() ?? [])].filter(isSubscribed).map(({ id }) => id);

/** The failure queue of another category's function. Its name differs only in the category. */
const queueOf = (categoryId: string, { deployment: { failureQueueUrl = '' }, ...refuser }: RefusingFunction): string =>
  failureQueueUrl.replace(`-purge-${refuser.categoryId}-failures`, `-purge-${categoryId}-failures`);

const codeOf = (error: unknown): string => {
  if (error instanceof RetentionError) return error.code;
  return error instanceof PolicyError ? 'policy' : 'unknown-event';
};

/**
 * The queues from which functions receive the event when a person sends it again. A termination with a wrong content is
 * refused by every function with a termination rule. The function of the first such category in the policy keeps it for
 * all of them.
 * @returns undefined if another function keeps it.
 */
const queuesFor = (error: unknown, refuser: RefusingFunction): readonly string[] | undefined => {
  const { failureQueueUrl } = refuser.deployment;
  const own = failureQueueUrl === undefined ? [] : [failureQueueUrl];
  const subscribers = subscribersOf(refuser.policy);
  const isRefusedByAll = error instanceof AccountEventError && !dependsOnTime(error);
  if (!isRefusedByAll || !subscribers.includes(refuser.categoryId)) return own;
  if (subscribers[0] !== refuser.categoryId) return undefined;
  const all = own.length === 0 ? own : subscribers.map((id) => queueOf(id, refuser));
  return [...new Set(all)];
};

/**
 * The part of an event to keep for a person: the whole event if it will be removed in time, otherwise a report without
 * names.
 * @returns undefined if another function keeps it.
 */
export const deadLetterFor = (
  { event, error, born }: FailedEvent,
  refuser: RefusingFunction,
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
 * Adds an event to the dead letters, once for all functions that refuse it. Without a deployment, it does nothing.
 * @returns what was added.
 */
export const putAside = async (
  failed: FailedEvent,
  refuser: RefusingFunction,
  now: Instant,
  openQueue: OpenQueue,
): Promise<DeadLetter | undefined> => {
  const { deadLetterQueueUrl } = refuser.deployment;
  const letter = deadLetterFor(failed, refuser, now);
  if (deadLetterQueueUrl === undefined || letter === undefined) return undefined;
  await openQueue(deadLetterQueueUrl).send(JSON.stringify(letter));
  return letter;
};
