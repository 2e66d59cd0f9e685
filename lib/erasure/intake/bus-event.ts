import { ownValue } from '../../base/objects.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import { type AccountEvent, accountEvent } from '../events/account-event.ts';
import { AccountEventError, kindOf } from '../events/account-event-error.ts';
import type { AccountEventType, EventBounds } from '../events/event-fields.ts';
import type { PublishedEvent } from '../events/event-publisher.ts';
import { readObject, refuseOtherKeys } from './read-object.ts';

/** The detail type of each event on the bus. Bus rules and `eventFromBus` use it. */
export const DETAIL_TYPES = {
  'account-deleted': 'Account Deleted',
  'feature-terminated': 'Feature Terminated',
  'account-reinstated': 'Account Reinstated',
} as const satisfies Record<AccountEventType, string>;

const TYPES = new Map<unknown, AccountEventType>(
  Object.entries(DETAIL_TYPES).map(([type, detailType]) => [detailType, type as AccountEventType]),
);

/** Whether a bus event is an account event, by its detail type. */
export const isAccountEvent = (busEvent: unknown): boolean =>
  typeof busEvent === 'object' &&
  busEvent !== null &&
  TYPES.has((busEvent as Readonly<Record<string, unknown>>)['detail-type']);

const KEYS = ['requestId', 'uin', 'sdkAppId', 'at', 'immediate'];
const NAMES = Object.fromEntries(KEYS.map((key) => [key, `detail.${key}`]));

/** The event for the bus, without its source. {@link eventFromBus} reads it back. */
export const busEntryOf = ({
  requestId,
  type,
  subject,
  at,
  immediate,
}: AccountEvent): Omit<PublishedEvent, 'source'> => ({
  detailType: DETAIL_TYPES[type],
  detail: { requestId, ...subject, at: isoInstant(at), ...(immediate ? { immediate } : {}) },
});

const typeOf = (detailType: unknown): AccountEventType => {
  const type = TYPES.get(detailType);
  if (type !== undefined) return type;
  throw new AccountEventError('unknown-event', 'detail-type', {
    expected: `a detail-type of ${[...TYPES.keys()].map((known) => `"${known}"`).join(', ')}`,
    found: typeof detailType === 'string' ? 'another' : kindOf(detailType),
    fix: 'Send only these events to the function through its rule.',
  });
};

/**
 * Reads an event as EventBridge passes it to a function. The request id is `detail.requestId`, or else the id of the
 * bus event. The event takes effect at `detail.at`; the time at which the bus received it (`time`) does not matter.
 * @throws AccountEventError (an InputError) naming the field at fault.
 */
export const eventFromBus = (busEvent: unknown, bounds: EventBounds): AccountEvent => {
  const event = readObject(busEvent, 'event');
  const type = typeOf(ownValue(event, 'detail-type'));
  const detail = readObject(ownValue(event, 'detail'), 'detail');
  refuseOtherKeys(detail, 'detail', KEYS);
  const { requestId = ownValue(event, 'id'), uin, sdkAppId, at, immediate } = detail;
  return accountEvent({ requestId, type, uin, sdkAppId, at, immediate }, bounds, NAMES);
};
