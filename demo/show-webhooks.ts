import { ownIndices } from '../lib/policy/own-indices.ts';
import { accountMessages, type Message } from './account-messages.ts';
import { newSecret, sendWebhook } from './account-system.ts';
import type { Heard, Wires } from './account-wires.ts';
import { columns } from './columns.ts';
import type { Premises } from './premises.ts';
import { heading, say } from './say.ts';
import { CONFIGURATION } from './seed-catalogue.ts';

/** A message, what its sender was answered, and what the functions made of it. */
interface Sent {
  readonly message: Message;
  readonly status: number;
  readonly heard: Heard | undefined;
}

/** Sends one message, and waits until everybody who hears of it has. */
const send = async (message: Message, { url, secret, bus }: Wires): Promise<Sent> => {
  const before = (await bus.deliveries()).length;
  const status = await sendWebhook(url, message, message.isForged ? newSecret() : secret);
  const heard = (await bus.deliveries()).slice(before).at(-1);
  return { message, status, heard };
};

/** What there is of everything that was heard so far. */
const traces = async ({ client, policy }: Premises, { bus }: Wires): Promise<string> => {
  const names = ownIndices(policy, CONFIGURATION.id);
  const index = [names.events, names.ledger];
  await client.indices.refresh({ index });
  const [kept, entries] = await Promise.all(index.map(async (name) => (await client.count({ index: name })).count));
  return `${bus.events.length} events on the bus, ${kept} in ${names.events}, ${entries} entries in ${names.ledger}`;
};

const recordings = (heard: Heard): Heard => heard.filter(({ outcome }) => outcome === 'recorded');

const heardBy = (heard: Heard): string =>
  heard.length === 0
    ? 'hear nothing'
    : `${recordings(heard).length} records, ${heard.length - recordings(heard).length} ignore`;

const inLedger = (heard: Heard): string => {
  const recorded = recordings(heard);
  const states = [...new Set(recorded.flatMap(({ states }) => states))].join(', ');
  return recorded.length === 0 ? '–' : `${states}${recorded.some(({ isNew }) => isNew) ? '' : ', as it was'}`;
};

const messagesTable = (sent: readonly Sent[]): string =>
  columns(
    ['webhook', 'account', 'answer', 'the seven functions', 'in the ledger'],
    sent.map(({ message: { type, about }, status, heard = [] }) => [
      type,
      about,
      `${status}`,
      heardBy(heard),
      inLedger(heard),
    ]),
  );

/**
 * Sends all messages of the account system, and one that is not from there.
 * @returns whether the true ones were accepted and the forged one was not, and left nothing.
 */
export const showWebhooks = async (premises: Premises, wires: Wires, signal: AbortSignal): Promise<boolean> => {
  heading('Webhooks of an account system, each signed and sent over HTTP');
  say(`To functions/receive-termination, which is behind ${wires.url}, and publishes to a bus.`);
  say('The bus is a stand-in inside the demo: as EventBridge does, it answers the sender, then hands the event to the');
  say(
    'seven functions, of which one has a termination rule. The deployed whole, on a real bus, is tested elsewhere (issue 5).',
  );
  say('Dates in the past stand in for waiting.');
  const { genuine, forged } = accountMessages(Date.now());
  const accepted: Sent[] = [];
  for (const message of genuine) {
    signal.throwIfAborted();
    accepted.push(await send(message, wires));
  }
  const before = await traces(premises, wires);
  const refused = await send(forged, wires);
  const after = await traces(premises, wires);
  say(messagesTable([...accepted, refused]));
  say(`Before the forged one: ${before}.`);
  say(`After it:              ${after}.`);
  return accepted.every(({ status }) => status === 202) && refused.status === 401 && before === after;
};
