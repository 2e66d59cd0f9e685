import { Logger } from '@aws-lambda-powertools/logger';
import middy, { type MiddyfiedHandler } from '@middy/core';
import type { Context } from 'aws-lambda';
import { isTermination } from '../erasure/intake/bus-event.ts';
import { continuationOf } from './continuation.ts';
import { acknowledgeFailures, type Rejection } from './failures/acknowledge-failures.ts';
import { type Recording, recordEvent } from './failures/record-event.ts';
import { withInvocation } from './invocation.ts';
import { type PurgeAnswer, runCategory, type Skipped } from './run-category.ts';

/** What a purge function answers. */
export type FunctionAnswer = PurgeAnswer | Skipped | Recording | Rejection;

/**
 * The Lambda handler of one category: purges it when its schedule (or a run of its own that ran out of time) says so, and
 * records what an event of the bus says that it owes to a subject.
 * @throws TransientError when the store failed, so that Lambda tries again, and whatever kept a termination that is right in itself
 * from being recorded. Other wrong input is put aside and answered, not thrown.
 */
export const purgeHandler = (categoryId: string): MiddyfiedHandler<unknown, FunctionAnswer, Error, Context> => {
  const logger = new Logger({ serviceName: `purge-${categoryId}` });
  return middy<unknown, FunctionAnswer, Error, Context>()
    .use(acknowledgeFailures(logger, categoryId))
    .handler((event, context) => {
      if (isTermination(event))
        return withInvocation(categoryId, context, logger, (invocation) => recordEvent(invocation, event));
      // What is wrong with the event is said whatever else is wrong.
      const continuation = continuationOf(event, categoryId);
      return withInvocation(categoryId, context, logger, (invocation) => runCategory(invocation, continuation));
    });
};
