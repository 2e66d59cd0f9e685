import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { SCHEDULED } from '../lib/erasure/events/bus-sources.ts';
import type { purgeHandler } from '../lib/lambda/purge-handler.ts';
import type { PurgeAnswer } from '../lib/lambda/run-category.ts';

type LambdaHandler = (event: never, context: Context) => Promise<unknown>;
type PurgeFunction = ReturnType<typeof purgeHandler>;
/** The answer of a purge function. */
export type PurgeFunctionAnswer = Awaited<ReturnType<PurgeFunction>>;

/** An account number that nobody has. */
export const ACCOUNT = '123456789012';
/** The AWS region in the demo's events and ARNs. */
export const REGION = 'eu-central-1';
const FIVE_MINUTES = 300_000;

/** Loads the function with that name, as the cloud does. */
export const loadFunction = async <Handler extends LambdaHandler>(functionName: string): Promise<Handler> =>
  ((await import(`../functions/${functionName}.ts`)) as { readonly handler: Handler }).handler;

/** A Lambda context with five minutes left; none after an interruption, so that a purge ends early. */
export const lambdaContext = (functionName: string, interrupted: AbortSignal): Context => {
  const endsAt = performance.now() + FIVE_MINUTES;
  return {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${functionName}`,
    memoryLimitInMB: '256',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'demo',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => (interrupted.aborted ? 0 : endsAt - performance.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
};

/** A time in the format of EventBridge. */
export const wholeSeconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

/** The event that an EventBridge rule sends on a schedule. */
const scheduledEvent = (functionName: string, now: Date) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': SCHEDULED.detailType,
  source: 'aws.events',
  account: ACCOUNT,
  time: wholeSeconds(now),
  region: REGION,
  resources: [`arn:aws:events:${REGION}:${ACCOUNT}:rule/${functionName}`],
  detail: {},
});

/** Invokes the function of one category with any event. */
export const invokePurgeFunction = async (
  functionName: string,
  event: unknown,
  interrupted: AbortSignal,
): Promise<PurgeFunctionAnswer> => {
  const handler = await loadFunction<PurgeFunction>(functionName);
  return handler(event, lambdaContext(functionName, interrupted));
};

/**
 * Invokes the function of one category as its schedule does.
 * @throws Error when the function rejects the event or fails.
 */
export const invokeOnSchedule = async (categoryId: string, interrupted: AbortSignal): Promise<PurgeAnswer> => {
  const functionName = `purge-${categoryId}`;
  const answer = await invokePurgeFunction(functionName, scheduledEvent(functionName, new Date()), interrupted);
  interrupted.throwIfAborted();
  if ('planned' in answer) return answer;
  throw new Error(`${functionName} did not take an event of its schedule: ${JSON.stringify(answer)}`);
};
