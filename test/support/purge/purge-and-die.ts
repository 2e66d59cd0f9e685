// A process that carries out the order of its parent, and kills itself (SIGKILL) where the order says so.
import type { PublishedEvent } from '../../../lib/erasure/events/event-publisher.ts';
import { type Order, runAndDie } from './doomed-run.ts';

const die = (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL');
  return Promise.withResolvers<never>().promise;
};

const tellParent = (event: PublishedEvent): Promise<void> =>
  new Promise((told) => process.send?.(event, undefined, undefined, () => told()));

process.once('message', (order: Order) => void runAndDie(order, die, tellParent));
