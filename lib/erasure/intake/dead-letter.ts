import { isRecord } from '../../base/objects.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import { readRequestId } from '../events/identifier.ts';
import { assertNamesNobody } from '../events/request-id.ts';
import { isAccountEvent } from './bus-event.ts';
import { eventTimeOf } from './message-age.ts';

/**
 * A message put aside for a person: the event in its received form, the reason of the refusal, and the function that
 * should have processed it.
 */
export interface DeadLetter {
  readonly event: unknown;
  /** When the event occurred, as ISO 8601. Absent if none of our functions has handled it before. */
  readonly since?: string;
  /** The event itself was too old to be kept. `event` is the rest of it, without identifiers. */
  readonly isReport?: true;
  readonly code: string;
  readonly reason: string;
  /**
   * The queues from which functions receive it again, one for each function that failed to process it; empty if
   * unknown.
   */
  readonly failureQueueUrls: readonly string[];
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
};

/** Dead letters of an earlier version have a single queue. */
const queuesIn = ({ failureQueueUrls, failureQueueUrl }: Readonly<Record<string, unknown>>): readonly string[] =>
  [failureQueueUrls, failureQueueUrl].flat().filter((url) => typeof url === 'string');

const textAt = (record: unknown, key: string): string | undefined => {
  const value = isRecord(record) ? record[key] : undefined;
  return typeof value === 'string' ? value : undefined;
};

const sinceIn = (content: unknown): Pick<DeadLetter, 'since'> => {
  const since = textAt(content, 'since');
  return since === undefined || parseInstant(since) === undefined ? {} : { since };
};

/** The API accepts a payload as JSON text or in base64. */
const payloadOf = (payload: unknown): unknown => {
  if (typeof payload !== 'string') return payload;
  const read = parsed(payload);
  if (typeof read !== 'string') return read;
  const decoded = parsed(Buffer.from(read, 'base64').toString());
  return typeof decoded === 'string' ? read : decoded;
};

/**
 * The input that a service sent to a function, without the Lambda API request around it.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
const inputOf = (content: unknown): unknown =>
  isRecord(content) && typeof content.FunctionName === 'string' && 'Payload' in content
    ? payloadOf(content.Payload)
    : content;

/**
 * Reads a message of a failure queue from any of its senders: a Lambda destination (which wraps the event in
 * `requestPayload`), an EventBridge rule or a schedule (which send it unchanged, or within a Lambda API request), or
 * our own functions.
 * @param said the reason, if the attributes of the message contain one.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export const deadLetterOf = (body: string, said = 'nobody said why'): DeadLetter => {
  const content = inputOf(parsed(body));
  if (isRecord(content) && 'requestPayload' in content) {
    const { requestContext, responsePayload, requestPayload } = content;
    const condition = textAt(requestContext, 'condition') ?? 'unknown';
    return {
      event: requestPayload,
      code: textAt(responsePayload, 'errorType') ?? condition,
      reason: textAt(responsePayload, 'errorMessage') ?? `Lambda gave up: ${condition}`,
      failureQueueUrls: [],
    };
  }
  if (isRecord(content) && 'event' in content && typeof content.code === 'string') {
    return {
      event: content.event,
      code: content.code,
      reason: textAt(content, 'reason') ?? said,
      failureQueueUrls: queuesIn(content),
      ...sinceIn(content),
      ...(content.isReport === true && { isReport: true }),
    };
  }
  return { event: content, code: 'undelivered', reason: said, failureQueueUrls: [] };
};

/**
 * When the event of a message occurred.
 * @param sentAt when the message was put into its queue.
 */
export const letterEventTime = ({ event, since }: DeadLetter, sentAt: Instant): Instant =>
  since === undefined ? eventTimeOf(event, sentAt) : Math.min(sentAt, parseInstant(since) ?? sentAt);

/** The request id, if it is valid and does not name the subject. */
const namelessId = (event: unknown): string => {
  const detail = isRecord(event) && isRecord(event.detail) ? event.detail : {};
  const id = detail.requestId ?? (isRecord(event) ? event.id : undefined);
  try {
    const requestId = readRequestId(id, 'requestId');
    for (const uin of [detail.uin, detail.sdkAppId].filter((value) => value !== undefined))
      assertNamesNobody(requestId, { uin: String(uin) }, 'requestId');
    return requestId;
  } catch {
    return 'unknown';
  }
};

/** The part of an event that is too old which may be kept: its type and id, but no identifiers. */
export const withoutNames = (event: unknown): unknown => ({
  'detail-type': isAccountEvent(event) ? textAt(event, 'detail-type') : 'unknown',
  id: namelessId(event),
});
