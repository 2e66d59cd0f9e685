import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import { isTermination } from './bus-event.ts';
import { readRequestId } from './identifier.ts';
import { bornAt } from './message-age.ts';
import { assertNamesNobody } from './request-id.ts';

/** What is put aside for a person: the event as it came, why it was not taken, and whose it was. */
export interface DeadLetter {
  readonly event: unknown;
  /** When the event came up, as ISO 8601; absent where nobody of ours has handled it before. */
  readonly since?: string;
  /** It only tells of an event that is too old to be kept: `event` is what is left of it, and names nobody. */
  readonly isReport?: true;
  readonly code: string;
  readonly reason: string;
  /** The queues from which functions take it again, one for each that did not take it; none when nobody knows. */
  readonly failureQueueUrls: readonly string[];
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** In letters of an earlier version one queue stands by itself. */
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

/** JSON, as text or in base64: that is how the API takes a payload. */
const payloadOf = (payload: unknown): unknown => {
  if (typeof payload !== 'string') return payload;
  const read = parsed(payload);
  if (typeof read !== 'string') return read;
  const decoded = parsed(Buffer.from(read, 'base64').toString());
  return typeof decoded === 'string' ? read : decoded;
};

/**
 * What a service sent to a function: the request to Lambda's API around it is taken off.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
const inputOf = (content: unknown): unknown =>
  isRecord(content) && typeof content.FunctionName === 'string' && 'Payload' in content
    ? payloadOf(content.Payload)
    : content;

/**
 * Reads a message of a failure queue, whoever put it there: a destination of Lambda's (which wraps the event in
 * `requestPayload`), a rule of EventBridge or a schedule (which put it there as it is, or with the request to Lambda's API around
 * it), or we ourselves.
 * @param said why it is there, as far as the message's attributes say so.
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
 * When the event of a message came up.
 * @param sentAt when the message was put where it is.
 */
export const bornOf = ({ event, since }: DeadLetter, sentAt: Instant): Instant =>
  since === undefined ? bornAt(event, sentAt) : Math.min(sentAt, parseInstant(since) ?? sentAt);

/** The id of a request, if it is one and does not name the subject. */
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

/** What may be kept of an event when it is too old: what it was, by which id, and nobody's name. */
export const withoutNames = (event: unknown): unknown => ({
  'detail-type': isTermination(event) ? textAt(event, 'detail-type') : 'unknown',
  id: namelessId(event),
});
