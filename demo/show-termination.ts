import { number } from '../lib/cli/output/format.ts';
import { PUBLISHED_EVENTS } from '../lib/erasure/events/bus-sources.ts';
import { ownIndices } from '../lib/policy/own-indices.ts';
import { describeDuration } from '../lib/policy/time/duration.ts';
import { accountFacts } from './account-facts.ts';
import { accountMessages, DELETED, ENDED, type Message, newSecret, sendWebhook } from './account-system.ts';
import { showCommand } from './command-line.ts';
import { countSubjects } from './demo-counts.ts';
import type { DemoEnvironment } from './demo-environment.ts';
import type { EventPlumbing, Recordings } from './event-plumbing.ts';
import { invokeOnSchedule } from './functions.ts';
import { type Fact, heading, print, printTable } from './output.ts';
import { receiptFacts } from './receipts.ts';
import { CONFIGURATION } from './seed/catalogue.ts';

const RUNS = 2;

/** A message, the answer to its sender, and the answers of the functions; none if the webhook refused it. */
interface Sent {
  readonly message: Message;
  readonly status: number;
  readonly recordings: Recordings;
}

/** Sends one message, and waits until every function has recorded it. */
const send = async (message: Message, { url, secret, bus }: EventPlumbing): Promise<Sent> => {
  const before = (await bus.deliveries()).length;
  const status = await sendWebhook(url, message, message.isForged ? newSecret() : secret);
  const recordings = (await bus.deliveries()).slice(before).at(-1) ?? [];
  return { message, status, recordings };
};

/** Describes where an event is recorded. */
const traces = async ({ client, policy }: DemoEnvironment, { bus }: EventPlumbing): Promise<string> => {
  const names = ownIndices(policy, CONFIGURATION.id);
  const index = [names.events, names.ledger];
  await client.indices.refresh({ index });
  const [kept, entries] = await Promise.all(index.map(async (name) => (await client.count({ index: name })).count));
  return `${bus.events.length} events on the bus, ${kept} in the event log, ${entries} entries in the ledger`;
};

const sentRow = ({ message: { type, about }, status, recordings }: Sent): readonly string[] => {
  const recorded = recordings.filter(({ outcome }) => outcome === 'recorded');
  const states = [...new Set(recorded.flatMap(({ states }) => states))].join(', ');
  const known = recorded.some(({ isNew }) => isNew) ? '' : ', as before';
  return [type, about, `${status}`, `${recorded.length}`, recorded.length === 0 ? '–' : `${states}${known}`];
};

const showWebhooks = async (
  environment: DemoEnvironment,
  plumbing: EventPlumbing,
  signal: AbortSignal,
): Promise<readonly Fact[]> => {
  const { title = '', rules } = environment.policy.categories.get(CONFIGURATION.id) ?? {};
  const { deadline, cancelWindow } = rules?.termination ?? {};
  const within = (period = deadline): string => describeDuration(period?.milliseconds ?? 0);
  heading('When an account ends');
  print(`The policy promises to delete ${title} within ${within()} after an account or its use of the service ends.
An account can be reinstated within ${within(cancelWindow)}. The messages give past dates, because the demo does not wait for days.
An account system sends signed webhooks to functions/receive-termination (${plumbing.url}).
The function puts each event on a bus, and the bus hands it to all seven functions. In the demo the bus is a stand-in for EventBridge.`);
  const { genuine, forged } = accountMessages(Date.now());
  const accepted: Sent[] = [];
  for (const message of genuine) {
    signal.throwIfAborted();
    accepted.push(await send(message, plumbing));
  }
  const before = await traces(environment, plumbing);
  const refused = await send(forged, plumbing);
  const after = await traces(environment, plumbing);
  printTable(
    ['webhook', 'account', 'answer', 'recorded by', 'state in the ledger'],
    [...accepted, refused].map(sentRow),
  );
  const isAccepted = accepted.every(({ status }) => status === 202);
  return [
    {
      text: `${isAccepted ? 'All' : 'Not all'} ${accepted.length} webhooks of the account system were accepted. They left ${before}.`,
      holds: isAccepted,
    },
    {
      text: `The forged webhook was answered with ${refused.status}. It left ${before === after ? 'no trace' : after}.`,
      holds: refused.status === 401 && before === after,
    },
  ];
};

const showRuns = async (signal: AbortSignal): Promise<readonly Fact[]> => {
  heading(`${RUNS} scheduled runs of purge-${CONFIGURATION.id}`);
  const rows: string[][] = [];
  let open = 0;
  let isComplete = true;
  for (let run = 1; run <= RUNS; run += 1) {
    const { outcome, documentsRemoved, erasures } = await invokeOnSchedule(CONFIGURATION.id, signal);
    open = erasures?.open ?? 0;
    isComplete = outcome === 'complete';
    rows.push([
      `${run}`,
      outcome,
      ...[documentsRemoved, erasures?.due, erasures?.erased, open].map((each) => number(each ?? 0)),
    ]);
  }
  printTable(['run', 'outcome', 'documents erased', 'erasures due', 'closed', 'open'], rows);
  print(
    'The run after an erasure searches once more for a deleted account, in case a document was written late. Then it closes the erasure.',
  );
  return [{ text: `The last run ended with ${open} open erasures.`, holds: isComplete && open === 0 }];
};

/** Shows what a customer gets after the deletion of the account. */
const showReceipt = async ({ files }: DemoEnvironment): Promise<void> => {
  heading('The receipt of the deleted account');
  await showCommand('receipt', '--uin', DELETED.uin, '--out', files.receipt);
};

/**
 * The second part: webhooks, erasures, receipts, and what is left of every account.
 * @returns what was verified.
 */
export const showTermination = async (
  environment: DemoEnvironment,
  plumbing: EventPlumbing,
  signal: AbortSignal,
): Promise<readonly Fact[]> => {
  const before = await countSubjects(environment.client, ENDED.sdkAppId);
  const webhooks = await showWebhooks(environment, plumbing, signal);
  await showCommand('status');
  const runs = await showRuns(signal);
  await showReceipt(environment);
  signal.throwIfAborted();
  const receipts = [...(await receiptFacts(DELETED, environment)), ...(await receiptFacts(ENDED, environment))];
  const told = plumbing.bus.events.filter(({ 'detail-type': type }) => type === PUBLISHED_EVENTS.completed).length;
  return [
    ...webhooks,
    ...runs,
    ...receipts,
    {
      text: `${receipts.length} erasures have ${receipts.length} receipts, although one message came three times. The bus was told of ${told} completed erasures.`,
      holds: receipts.length === 2 && told === 2,
    },
    ...(await accountFacts(environment.client, before)),
  ];
};
