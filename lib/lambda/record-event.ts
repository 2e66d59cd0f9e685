import { type AccountEvent, dropForbiddenImmediate, type EventSource } from '../erasure/events/account-event.ts';
import { AccountEventError, dependsOnTime } from '../erasure/events/account-event-error.ts';
import { assertTellsApplications } from '../erasure/events/application-check.ts';
import { SENDERS } from '../erasure/events/bus-sources.ts';
import { assertRemembered, removedBefore } from '../erasure/events/removed-before.ts';
import { eventFromBus } from '../erasure/intake/bus-event.ts';
import { recordAccountEvent } from '../erasure/recording/record-account-event.ts';
import { ledgerMemory } from '../policy/ledger-memory.ts';
import type { Instant } from '../policy/time/instant.ts';
import { assertClocksAgree, readClocks } from '../purge/clocks.ts';
import { boundPolicy } from './bound-policy.ts';
import type { FunctionInvocation } from './invocation.ts';

/** The answer of a purge function to an event from the bus. It names no subject. */
export interface EventAnswer {
  readonly outcome: 'recorded' | 'ignored';
  readonly category: string;
  readonly requestId: string;
  /** Whether the event is recorded for the first time. */
  readonly isNew: boolean;
  /** The states of the changed ledger entries: `pending`, `braked`, `cancelled`, … */
  readonly states: readonly string[];
}

const sourceOf = (event: unknown): EventSource =>
  typeof event === 'object' && event !== null && 'source' in event && event.source === SENDERS.webhook
    ? 'webhook'
    : 'bus';

/**
 * Reads an event. While the clocks disagree, nobody knows whether its date is too late or too early: it is tried again,
 * not put aside. If a reinstatement were put aside, it would not protect the account.
 */
const readEvent = async (
  busEvent: unknown,
  { policy, category, ports, clock }: Pick<FunctionInvocation, 'policy' | 'category' | 'ports' | 'clock'>,
): Promise<AccountEvent> => {
  try {
    return eventFromBus(busEvent, { now: clock(), memory: ledgerMemory(policy) });
  } catch (error) {
    if (error instanceof AccountEventError && dependsOnTime(error))
      assertClocksAgree(await readClocks(ports.store, category, ports.clock));
    throw error;
  }
};

/**
 * Records an event from the bus in this function's category. Erases nothing; a scheduled run does. The source in the
 * event separates the webhook from all other senders. These share one limit, whatever they call themselves.
 * @param arrived when it reached us, if it waited in one of our queues.
 * @throws InputError if the event cannot be read, or keys or archive are not configured; RefusedError `wrong-cluster`,
 *   since the erasures of one cluster must not be recorded in another; TransientError, such as `clock-skew`.
 */
export const recordEvent = async (
  { policy, category, deployment, identify, ports, erasure, logger, clock }: FunctionInvocation,
  busEvent: unknown,
  arrived?: Instant,
): Promise<EventAnswer> => {
  const arrivedAt = arrived ?? clock();
  const asked = await readEvent(busEvent, { policy, category, ports, clock });
  assertTellsApplications(asked, policy, 'detail.sdkAppId');
  const event = { ...dropForbiddenImmediate(asked, policy.terminations), source: sourceOf(busEvent), arrivedAt };
  const { requestId } = event;
  logger.appendKeys({ requestId });
  try {
    // A reinstatement is recorded anyway if there are keys: an erasure may still be owed from the time before the rule
    // was removed.
    const isHeard =
      category.rules.termination !== undefined || (event.type === 'account-reinstated' && erasure.hasEvidence);
    if (!isHeard) {
      logger.info(`${category.id}: ignored, since it has no termination rule`);
      return { outcome: 'ignored', category: category.id, requestId, isNew: false, states: [] };
    }
    boundPolicy(policy, deployment, await identify());
    const recordPorts = await erasure.openRecord();
    assertClocksAgree(await readClocks(ports.store, category, ports.clock));
    assertRemembered(event, await removedBefore(erasure.events(category.id), clock()));
    const { isNew, entries } = await recordAccountEvent(event, [category], recordPorts);
    logger.info(`${category.id}: recorded ${event.type}`, {
      isNew,
      ...(asked.immediate && { immediate: event.immediate }),
      entries: entries.map(({ trigger, state }) => ({ trigger, state })),
    });
    const states = entries.map(({ state }) => state);
    return { outcome: 'recorded', category: category.id, requestId, isNew, states };
  } finally {
    logger.removeKeys(['requestId']);
  }
};
