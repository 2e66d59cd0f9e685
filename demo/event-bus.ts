import { randomUUID } from 'node:crypto';
import { isAccountEvent } from '../lib/erasure/intake/bus-event.ts';
import { ACCOUNT, REGION, wholeSeconds } from './functions.ts';
import { openLoopback } from './loopback.ts';

/** An event as EventBridge passes it to a function. */
export interface BusEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A substitute for EventBridge: it accepts events over HTTP, as the AWS SDK sends them, and delivers terminations. */
export interface EventBus<Answer> {
  readonly url: string;
  /** All events on the bus, in order. */
  readonly events: readonly BusEvent[];
  /** The answers of the subscribers to each termination, in order. Waits for deliveries in progress. */
  readonly deliveries: () => Promise<readonly Answer[]>;
  /** Closes the bus after all deliveries. */
  readonly close: () => Promise<void>;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
interface PutEvents {
  readonly Entries: readonly { readonly Source: string; readonly DetailType: string; readonly Detail: string }[];
}

const eventOf = ({ Source, DetailType, Detail }: PutEvents['Entries'][number]): BusEvent =>
  ({
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: ACCOUNT,
    time: wholeSeconds(new Date()),
    region: REGION,
    resources: [],
    detail: JSON.parse(Detail),
  }) as BusEvent;

/** The rule of the seven functions: the event types that they subscribe to, from the permitted source. */
const matchesRule = (event: BusEvent): boolean => event.source === 'es-retention.webhook' && isAccountEvent(event);

/** Opens the bus on loopback. Like EventBridge, it first answers the sender, then delivers. */
export const openEventBus = async <Answer>(
  deliver: (event: BusEvent) => Promise<Answer>,
): Promise<EventBus<Answer>> => {
  const events: BusEvent[] = [];
  const deliveries: Promise<Answer>[] = [];
  const { url, close } = await openLoopback(async ({ headers }, body) => {
    if (headers['x-amz-target'] !== 'AWSEvents.PutEvents') return { status: 404, headers: {}, body: '' };
    const put = (JSON.parse(body.toString()) as PutEvents).Entries.map(eventOf);
    events.push(...put);
    for (const event of put.filter(matchesRule)) {
      const delivery = deliver(event);
      // Errors are reported by `deliveries`.
      delivery.catch(() => undefined);
      deliveries.push(delivery);
    }
    const Entries = put.map(({ id }) => ({ EventId: id }));
    const headersOut = { 'content-type': 'application/x-amz-json-1.1' };
    return { status: 200, headers: headersOut, body: JSON.stringify({ FailedEntryCount: 0, Entries }) };
  });
  return {
    url,
    events,
    deliveries: () => Promise.all(deliveries),
    close: async () => {
      close();
      await Promise.allSettled(deliveries);
    },
  };
};
