import { ownValue } from '../../base/objects.ts';
import type { CloudEventMeaning } from '../../policy/retention-policy.ts';
import { type AccountEvent, accountEvent } from '../events/account-event.ts';
import { AccountEventError } from '../events/account-event-error.ts';
import type { EventBounds } from '../events/event-fields.ts';
import { readRequestId } from '../events/identifier.ts';
import { refuseDuplicateKeys } from './duplicate-keys.ts';
import { readObject, refuseOtherKeys } from './read-object.ts';
import { readEnvelope } from './webhook-envelope.ts';

/** The keys allowed in the data of each event type, starting with the key of its instant. */
const KEYS = {
  termination: ['terminatedAt', 'uin', 'sdkAppId', 'immediate'],
  reinstatement: ['reinstatedAt', 'uin', 'sdkAppId'],
} as const;

const parse = (body: Uint8Array): readonly [text: string, json: unknown] => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return [text, JSON.parse(text)];
  } catch {
    // The original error is not kept as the cause: JSON.parse quotes the text that it could not read.
    throw new AccountEventError('not-json', 'body', {
      expected: 'a body of JSON in UTF-8',
      found: `${body.length} bytes that are not`,
      fix: 'Send the event as JSON.',
    });
  }
};

const readJson = (body: Uint8Array): unknown => {
  const [text, json] = parse(body);
  refuseDuplicateKeys(text);
  return json;
};

/** The type of a message by which a sender tests the connection. */
const PING = 'webhook.ping';

/** The conditions for accepting a webhook. */
export interface WebhookTerms {
  readonly bounds: EventBounds;
  /** The accepted CloudEvents and their meanings. */
  readonly cloudEvents: readonly CloudEventMeaning[];
}

/**
 * Reads the body of a webhook: a Standard Webhooks event, or a CloudEvent 1.0 in structured JSON whose exact source and
 * type are in the terms. The instant in the data counts, or else the instant of the envelope.
 * @param requestId the `webhook-id`; it stays the same when the sender tries again.
 * @param body the signed bytes.
 * @returns undefined for `webhook.ping`, which has no content.
 * @throws AccountEventError (an InputError) naming the field at fault.
 */
export const eventFromWebhook = (
  requestId: string,
  body: Uint8Array,
  { bounds, cloudEvents }: WebhookTerms,
): AccountEvent | undefined => {
  const event = readObject(readJson(body), 'body');
  if (ownValue(event, 'type') === PING && !Object.hasOwn(event, 'specversion')) {
    readRequestId(requestId, 'webhook-id');
    return undefined;
  }
  const { type, occurredAt } = readEnvelope(event, cloudEvents);
  const data = readObject(ownValue(event, 'data'), 'data');
  const keys = KEYS[type === 'account-reinstated' ? 'reinstatement' : 'termination'];
  refuseOtherKeys(data, 'data', keys);
  const [instant] = keys;
  const isDated = Object.hasOwn(data, instant) || !Object.hasOwn(event, occurredAt);
  const at = isDated ? ownValue(data, instant) : ownValue(event, occurredAt);
  return accountEvent(
    { requestId, type, uin: data.uin, sdkAppId: data.sdkAppId, at, immediate: data.immediate },
    bounds,
    {
      requestId: 'webhook-id',
      uin: 'data.uin',
      sdkAppId: 'data.sdkAppId',
      at: isDated ? `data.${instant}` : occurredAt,
      immediate: 'data.immediate',
    },
  );
};
