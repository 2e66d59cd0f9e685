import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';

/** Nobody's account, in a region that it might be in. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
const FIVE_MINUTES = 300_000;

/** A time as EventBridge writes it. */
export const wholeSeconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

/** What an EventBridge rule sends when its schedule says so. */
export const scheduledEvent = (functionName: string, now: Date) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: ACCOUNT,
  time: wholeSeconds(now),
  region: REGION,
  resources: [`arn:aws:events:${REGION}:${ACCOUNT}:rule/${functionName}`],
  detail: {},
});

/** Lambda's context, with five minutes to go; none any more once the demo is interrupted, so that a purge ends early. */
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
