import { assertRemembered, forgottenBefore } from '../../erasure/consistency/forgotten-before.ts';
import { assertTellsApplications } from '../../erasure/events/application-check.ts';
import { asAllowed, type EventSource } from '../../erasure/events/termination-event.ts';
import { terminationFromBus } from '../../erasure/intake/bus-event.ts';
import { SENDERS } from '../../erasure/intake/bus-sources.ts';
import { recordTermination } from '../../erasure/recording/record-termination.ts';
import { ledgerMemory } from '../../policy/ledger-memory.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { assertClocksAgree, readClocks } from '../../purge/clocks/clocks.ts';
import { boundPolicy } from '../bound-policy.ts';
import type { FunctionInvocation } from '../invocation.ts';

/** What a purge function answers to an event of the bus. Nothing in it names a subject. */
export interface Recording {
  readonly outcome: 'recorded' | 'ignored';
  readonly category: string;
  readonly requestId: string;
  /** Heard for the first time. */
  readonly isNew: boolean;
  /** What the ledger owes now, by state: `pending`, `braked`, `cancelled`, … */
  readonly states: readonly string[];
}

const sourceOf = (event: unknown): EventSource =>
  typeof event === 'object' && event !== null && 'source' in event && event.source === SENDERS.webhook
    ? 'webhook'
    : 'bus';

/**
 * Records what an event of the bus means for this function's category. Erases nothing: that is the schedule's. The source that an event
 * names tells the webhook from every other sender: however many names others give themselves, they share one limit.
 * @param arrivedAt when it reached us, if it waited in a queue of ours.
 * @throws InputError when the event cannot be read, or keys or archive are not configured; RefusedError `wrong-cluster`: what is
 * owed in one cluster must not stand in the ledger of another; TransientError, `clock-skew` among them.
 */
export const recordEvent = async (
  { policy, category, deployment, identify, ports, erasure, logger }: FunctionInvocation,
  busEvent: unknown,
  arrivedAt: Instant = Date.now(),
): Promise<Recording> => {
  const asked = terminationFromBus(busEvent, { now: Date.now(), memory: ledgerMemory(policy) });
  assertTellsApplications(asked, policy, 'detail.sdkAppId');
  const event = { ...asAllowed(asked, policy.terminations), source: sourceOf(busEvent), arrivedAt };
  const { requestId } = event;
  logger.appendKeys({ requestId });
  try {
    // A return is heard all the same, where there are keys: something may be owed from before the rule was removed.
    const isHeard =
      category.rules.termination !== undefined || (event.type === 'account-reinstated' && erasure.hasEvidence);
    if (!isHeard) {
      logger.info(`${category.id}: ignored, since it has no termination rule`);
      return { outcome: 'ignored', category: category.id, requestId, isNew: false, states: [] };
    }
    boundPolicy(policy, deployment, await identify());
    const recording = await erasure.openRecord();
    assertClocksAgree(await readClocks(ports.store, category, ports.clock));
    assertRemembered(event, await forgottenBefore(erasure.events(category.id), Date.now()));
    const { isNew, entries } = await recordTermination(event, [category], recording);
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
