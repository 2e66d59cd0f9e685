import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { InputError } from '../base/errors.ts';
import { PURGE_UNFINISHED, SENDERS } from '../erasure/events/bus-sources.ts';
import type { EventPublisher } from '../erasure/events/event-publisher.ts';
import type { Report, RunTrigger } from '../purge/report/report.ts';
import type { TimeBudget } from '../purge/time-budget.ts';
import { triggerOf } from './schedule-event.ts';

/** The maximum number of further invocations of one run, about ten hours of work. Then the next schedule continues. */
const MAX_HOPS = 40;

/**
 * The run that an invocation continues. The run of a schedule is hop 0; each `Purge Unfinished` starts the next hop.
 */
export interface Continuation {
  readonly originId: string;
  readonly hop: number;
  readonly trigger: RunTrigger;
}

const unfinishedEvent = (categoryId: string) =>
  z.looseObject({
    'detail-type': z.literal(PURGE_UNFINISHED),
    source: z.literal(SENDERS.purge(categoryId)),
    id: z.string().max(256),
    time: z.string().max(64),
    detail: z.strictObject({
      category: z.literal(categoryId),
      runId: z.uuid(),
      hop: z.int().min(1).max(MAX_HOPS),
    }),
  });

const isUnfinished = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'detail-type' in event && event['detail-type'] === PURGE_UNFINISHED;

/**
 * The work that the event of a schedule, or one of our own `Purge Unfinished` events, asks for.
 * @throws InputError `unknown-event`
 */
export const continuationOf = (event: unknown, categoryId: string): Continuation => {
  if (!isUnfinished(event)) return { originId: randomUUID(), hop: 0, trigger: triggerOf(event) };
  const parsed = unfinishedEvent(categoryId).safeParse(event);
  if (parsed.success) {
    const { id, time, detail } = parsed.data;
    return { originId: detail.runId, hop: detail.hop, trigger: { source: 'continuation', id, time } };
  }
  throw new InputError('unknown-event', {
    expected: `a "${PURGE_UNFINISHED}" of ${categoryId}, from ${SENDERS.purge(categoryId)}`,
    found: z.prettifyError(parsed.error).replaceAll('\n', ' '),
    fix: 'Only these functions send this event.',
  });
};

/** The id of the run and of its report. A repeated hop finds the report of the first hop, and ends. */
export const runIdOf = ({ originId, hop }: Continuation): string => (hop === 0 ? originId : `${originId}.${hop}`);

/** Whether a run ended for lack of time after it had made progress. Only then would another run get further. */
const isWorthGoingOn = ({ outcome, found, documentsRemoved, indicesDropped }: Report, budget: TimeBudget): boolean =>
  outcome === 'incomplete' && found.due > 0 && documentsRemoved + indicesDropped > 0 && budget.remaining() <= 0;

/**
 * Starts another invocation if this one ran out of time, so that a backlog need not wait for the next schedule. A hop
 * that removed nothing starts no further hop, and the number of hops is limited.
 * @returns whether it did.
 * @throws TransientError if the bus does not accept the event.
 */
export const continueElsewhere = async (
  { originId, hop }: Continuation,
  report: Report,
  budget: TimeBudget,
  publisher: EventPublisher | undefined,
): Promise<boolean> => {
  if (publisher === undefined || hop >= MAX_HOPS || !isWorthGoingOn(report, budget)) return false;
  const detail = { category: report.category, runId: originId, hop: hop + 1 };
  await publisher.publish({ source: SENDERS.purge(report.category), detailType: PURGE_UNFINISHED, detail });
  return true;
};
