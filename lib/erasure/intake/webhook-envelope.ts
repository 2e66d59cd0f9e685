import { ownValue } from '../../base/objects.ts';
import type { CloudEventMeaning } from '../../policy/retention-policy.ts';
import type { WEBHOOK_TYPES } from '../../policy/termination-trigger.ts';
import { AccountEventError, kindOf } from '../events/account-event-error.ts';
import type { AccountEventType } from '../events/event-fields.ts';
import type { Unread } from './read-object.ts';

const TYPES: Readonly<Record<(typeof WEBHOOK_TYPES)[number], AccountEventType>> = {
  'account.deleted': 'account-deleted',
  'feature.terminated': 'feature-terminated',
  'account.reinstated': 'account-reinstated',
};

/** The type of an event, as the account system writes it. */
export const webhookTypeOf = (type: AccountEventType): string =>
  Object.entries(TYPES).find(([, each]) => each === type)?.[0] ?? type;

/** The parts of a body around its data, for both formats. */
interface Envelope {
  readonly type: AccountEventType;
  /** The key of the envelope's own instant, used if the data has none. */
  readonly occurredAt: 'timestamp' | 'time';
}

interface EnvelopeShape extends Omit<Envelope, 'type'> {
  readonly type: AccountEventType | undefined;
  /** Keys that belong in the data. In the envelope they would be ignored. */
  readonly misplaced: readonly string[];
}

const typeNamed = (sought: unknown): AccountEventType | undefined =>
  typeof sought === 'string' ? ownValue(TYPES, sought) : undefined;

/** A CloudEvent may come from anywhere and may be a test. So only CloudEvents that the policy lists are accepted. */
const notTaken = (field: 'source' | 'type', taken: readonly CloudEventMeaning[]): AccountEventError =>
  new AccountEventError('unknown-cloud-event', field, {
    expected: `${field} to be exactly one of those under webhook.cloudEvents in the policy`,
    found: taken.length === 0 ? 'no CloudEvents there' : 'another',
    fix: 'Send the source and type that were agreed. Or write these into the policy, with their meaning, and deploy it.',
  });

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure */
const standardWebhook = (body: Unread): EnvelopeShape => ({
  type: typeNamed(ownValue(body, 'type')),
  occurredAt: 'timestamp',
  misplaced: ['uin', 'sdkAppId', 'terminatedAt', 'reinstatedAt', 'immediate'],
});

const requireAttribute = (body: Unread, name: string, isRight: (value: unknown) => boolean, expected: string): void => {
  const value = ownValue(body, name);
  if (isRight(value)) return;
  throw new AccountEventError('bad-cloud-event', name, {
    expected: `${name} to be ${expected}`,
    found: kindOf(value),
    fix: 'Send a CloudEvent of version 1.0 in structured JSON.',
  });
};

const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== '';

/**
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md Attributes are lower-case, and
 * additional ones are allowed. `uin` and `immediate` may be among these attributes, and have no meaning here.
 */
const cloudEvent = (body: Unread, taken: readonly CloudEventMeaning[]): EnvelopeShape => {
  requireAttribute(body, 'specversion', (version) => version === '1.0', '"1.0"');
  for (const name of ['id', 'source', 'type']) requireAttribute(body, name, isFilled, 'a text');
  const [source, written] = [ownValue(body, 'source'), ownValue(body, 'type')];
  const meaning = taken.find((each) => each.source === source && each.type === written)?.means;
  if (meaning === undefined) throw notTaken(taken.some((each) => each.source === source) ? 'type' : 'source', taken);
  return {
    type: typeNamed(meaning),
    occurredAt: 'time',
    misplaced: ['sdkAppId', 'terminatedAt', 'reinstatedAt'],
  };
};

const refuseMisplacedKeys = (body: Unread, misplaced: readonly string[]): void => {
  const key = misplaced.find((each) => Object.hasOwn(body, each));
  if (key === undefined) return;
  throw new AccountEventError('misplaced-key', key, {
    expected: `${key} in data`,
    found: 'the key beside data',
    fix: 'Move it into data.',
  });
};

const knownType = (type: AccountEventType | undefined): AccountEventType => {
  if (type !== undefined) return type;
  throw new AccountEventError('unknown-event', 'type', {
    expected: `a type of ${Object.keys(TYPES)
      .map((name) => `"${name}"`)
      .join(', ')}`,
    found: 'another, or none',
    fix: 'Subscribe this webhook to these types only.',
  });
};

/**
 * Reads the envelope of a body in either format.
 * @param cloudEvents the accepted CloudEvents.
 * @throws AccountEventError `bad-cloud-event`, `unknown-cloud-event`, `unknown-event`, `misplaced-key`
 */
export const readEnvelope = (body: Unread, cloudEvents: readonly CloudEventMeaning[]): Envelope => {
  const { type, occurredAt, misplaced } = Object.hasOwn(body, 'specversion')
    ? cloudEvent(body, cloudEvents)
    : standardWebhook(body);
  refuseMisplacedKeys(body, misplaced);
  return { type: knownType(type), occurredAt };
};
