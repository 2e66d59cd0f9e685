import { Logger } from '@aws-lambda-powertools/logger';
import middy, { type MiddyfiedHandler } from '@middy/core';
import type { Context } from 'aws-lambda';
import { isAccountEvent } from '../erasure/intake/bus-event.ts';
import { isReturnedEvent } from '../erasure/intake/returned-event.ts';
import { continuationOf } from './continuation.ts';
import { acknowledgeFailures, type Rejection } from './failures/acknowledge-failures.ts';
import { withInvocation } from './invocation.ts';
import { type EventAnswer, recordEvent } from './record-event.ts';
import { type ReturnedAnswer, reopenReturned } from './reopen-returned.ts';
import { type PurgeAnswer, runCategory, type Skipped } from './run-category.ts';

/** The answers of a purge function. */
export type FunctionAnswer = PurgeAnswer | Skipped | EventAnswer | ReturnedAnswer | Rejection;

/**
 * Makes the Lambda handler of one category. It purges the category when its schedule asks for it, or one of its own
 * runs that was out of time. It records terminations from the bus, and erases data again that an audit has found after
 * its erasure.
 * @throws TransientError if the store failed, so that Lambda retries, and any error that prevented a valid termination
 *   from being recorded. Other wrong input is put aside and returned, not thrown.
 */
export const purgeHandler = (categoryId: string): MiddyfiedHandler<unknown, FunctionAnswer, Error, Context> => {
  const logger = new Logger({ serviceName: `purge-${categoryId}` });
  return middy<unknown, FunctionAnswer, Error, Context>()
    .use(acknowledgeFailures(logger, categoryId))
    .handler((event, context) => {
      if (isAccountEvent(event))
        return withInvocation(categoryId, context, logger, (invocation) => recordEvent(invocation, event));
      if (isReturnedEvent(event))
        return withInvocation(categoryId, context, logger, (invocation) => reopenReturned(invocation, event));
      // Checked first, so that an error in the event is reported before any other.
      const continuation = continuationOf(event, categoryId);
      return withInvocation(categoryId, context, logger, (invocation) => runCategory(invocation, continuation));
    });
};
