/** What is put aside for a person: the event as it came, why it was not taken, and whose it was. */
export interface DeadLetter {
  readonly event: unknown;
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
    };
  }
  return { event: content, code: 'undelivered', reason: said, failureQueueUrls: [] };
};
