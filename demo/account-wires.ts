import type { Recording } from '../lib/lambda/failures/record-event.ts';
import type { PurgeAnswer } from '../lib/lambda/run-category.ts';
import type { RetentionPolicy } from '../lib/policy/retention-policy.ts';
import { newSecret } from './account-system.ts';
import { connectWebhook } from './environment.ts';
import { type BusEvent, type EventBus, openEventBus } from './event-bus.ts';
import { invokePurgeFunction, type PurgeFunctionAnswer } from './invoke.ts';
import { openWebhookEndpoint } from './webhook-endpoint.ts';

/** What all seven functions made of one event. */
export type Heard = readonly Recording[];

/** What lies between the account system and the ledger. */
export interface Wires {
  /** Where webhooks are sent to. */
  readonly url: string;
  /** What they are signed with. */
  readonly secret: string;
  readonly bus: EventBus<Heard>;
  readonly close: () => Promise<void>;
}

const isRecording = (answer: PurgeFunctionAnswer): answer is Exclude<PurgeFunctionAnswer, PurgeAnswer> & Recording =>
  answer.outcome === 'recorded' || answer.outcome === 'ignored';

/** Hands an event to all seven functions at once, as their rules would. */
const toAllFunctions =
  ({ categories }: RetentionPolicy, interrupted: AbortSignal) =>
  (event: BusEvent): Promise<Heard> =>
    Promise.all(
      [...categories.keys()].map(async (id) => {
        const answer = await invokePurgeFunction(`purge-${id}`, event, interrupted);
        if (isRecording(answer)) return answer;
        throw new Error(`purge-${id} did not take an event: ${JSON.stringify(answer)}`);
      }),
    );

/** Opens webhook and bus on loopback, and tells the functions of them. */
export const openWires = async (policy: RetentionPolicy, interrupted: AbortSignal): Promise<Wires> => {
  const secret = newSecret();
  const bus = await openEventBus(toAllFunctions(policy, interrupted));
  connectWebhook(bus.url, secret);
  const endpoint = await openWebhookEndpoint(interrupted);
  const close = async (): Promise<void> => {
    endpoint.close();
    await bus.close();
  };
  return { url: endpoint.url, secret, bus, close };
};
