import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { EventPublisher } from '../erasure/events/event-publisher.ts';
import { PURGE_UNFINISHED, SENDERS } from '../erasure/intake/bus-sources.ts';
import { InputError } from '../purge/errors.ts';
import type { Report, RunTrigger } from '../purge/report/report.ts';
import type { TimeBudget } from '../purge/time-budget.ts';
import { triggerOf } from './schedule-event.ts';

/** A run goes on in another invocation so often, and no more: then the next schedule goes on. About ten hours of work. */
const MOST_HOPS = 40;

/** What an invocation continues: the run of a schedule is hop 0, each `Purge Unfinished` leads to the next. */
export interface Continuation {
  /** Of the run that the schedule set off. */
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
      hop: z.int().min(1).max(MOST_HOPS),
    }),
  });

const isUnfinished = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'detail-type' in event && event['detail-type'] === PURGE_UNFINISHED;

/**
 * What a schedule's event, or a `Purge Unfinished` of ours, asks for.
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
    fix: 'Nobody but these functions sends it.',
  });
};

/** The id of the run, and so of its report: a hop that comes twice meets the report of the first, and ends there. */
export const runIdOf = ({ originId, hop }: Continuation): string => (hop === 0 ? originId : `${originId}.${hop}`);

/** Whether a run ended because its time was up, and got somewhere in it: only then would another one get further. */
const isWorthGoingOn = ({ outcome, found, documentsRemoved, indicesDropped }: Report, budget: TimeBudget): boolean =>
  outcome === 'incomplete' && found.due > 0 && documentsRemoved + indicesDropped > 0 && budget.remaining() <= 0;

/**
 * Asks for another invocation at once where this one ran out of time, so that a backlog does not wait for the next schedule.
 * @returns whether it did. A hop that removed nothing leads to none, and their number is bounded.
 * @throws TransientError when the bus does not take it.
 */
export const continueElsewhere = async (
  { originId, hop }: Continuation,
  report: Report,
  budget: TimeBudget,
  publisher: EventPublisher | undefined,
): Promise<boolean> => {
  if (publisher === undefined || hop >= MOST_HOPS || !isWorthGoingOn(report, budget)) return false;
  const detail = { category: report.category, runId: originId, hop: hop + 1 };
  await publisher.publish({ source: SENDERS.purge(report.category), detailType: PURGE_UNFINISHED, detail });
  return true;
};
