import * as z from 'zod';
import { InputError } from '../base/errors.ts';
import { SCHEDULED } from '../erasure/events/bus-sources.ts';
import type { RunTrigger } from '../purge/report/report.ts';

/**
 * A scheduled invocation, as sent by an EventBridge rule or by EventBridge Scheduler, which writes `detail` as a
 * string. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
 */
const scheduleEvent = z.looseObject({
  'detail-type': z.literal(SCHEDULED.detailType),
  source: z.enum(['aws.events', SCHEDULED.source]),
  id: z.string().max(256),
  time: z.string().max(64),
  detail: z.union([z.record(z.string(), z.unknown()), z.string()]),
});

/** Newer EventBridge buses deliver lists, unless the subscriber is configured otherwise. */
const refuseList = (event: unknown): void => {
  if (!Array.isArray(event)) return;
  throw new InputError('unknown-event', {
    expected: 'one event',
    found: `a list of ${event.length}`,
    fix: 'Call the function by a rule of an event bus; or, on a bus that has subscribers, set BatchConfiguration.MaxBatchSize to 1.',
  });
};

/**
 * The trigger of the function. The time in the event is only recorded: the cutoff comes from our own clock.
 * @throws InputError `unknown-event`
 */
export const triggerOf = (event: unknown): RunTrigger => {
  refuseList(event);
  const parsed = scheduleEvent.safeParse(event);
  if (parsed.success) return { source: 'schedule', id: parsed.data.id, time: parsed.data.time };
  throw new InputError('unknown-event', {
    expected: 'a "Scheduled Event" from an EventBridge rule or from EventBridge Scheduler',
    found: z.prettifyError(parsed.error).replaceAll('\n', ' '),
    fix: 'Invoke the function through its schedule, or with an event of that form.',
  });
};
