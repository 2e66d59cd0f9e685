/**
 * `npm run webhook:receiver`: a webhook on this machine, to test a sender. It is the deployed function with a bus that
 * stores nothing, so that its answers are the same. PORT, WEBHOOK_SECRETS and RETENTION_POLICY may be set.
 */
import { readWebhookSecrets } from '../lib/adapters/environment/configuration.ts';
import { readPolicy } from '../lib/adapters/files/policy-file.ts';
import { messageOf } from '../lib/base/errors.ts';
import { newSecret } from './account-system.ts';
import { openEventBus } from './event-bus.ts';
import { openWebhookEndpoint } from './event-plumbing.ts';
import { connectWebhook, forgetEnvironment } from './function-environment.ts';
import { interruption } from './interruption.ts';

const { PORT = '8787', WEBHOOK_SECRETS: secret = newSecret(), RETENTION_POLICY } = process.env;
const signal = interruption();
forgetEnvironment();
if (RETENTION_POLICY !== undefined) process.env.RETENTION_POLICY = RETENTION_POLICY;

/** One line about a request, without naming its subject. */
const line = (status: number, body: string): string => {
  const { requestId, code, detail } = JSON.parse(body || '{}');
  return status === 202 ? `202 ${requestId}` : `${status} ${code}: ${detail}`;
};

/** Ends the process with the error's message instead of a stack trace. */
const orEnd = async <T>(work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    console.error(messageOf(error));
    process.exit(2);
  }
};

const bus = await openEventBus(async (event) => console.log(`    would be on the bus: ${event['detail-type']}`));
connectWebhook(bus.url, secret);
// Configuration errors are shown at start. A request would only be told that this endpoint does not work.
await orEnd(() => [readWebhookSecrets(), readPolicy()]);
const endpoint = await orEnd(() =>
  openWebhookEndpoint(signal, {
    port: Number(PORT),
    onAnswer: ({ status, body }) => console.log(line(status, body)),
  }),
);
console.log(`Send to ${endpoint.url}, signed with ${secret}`);
console.log('Nothing is recorded anywhere. Ctrl-C ends it.');
signal.addEventListener('abort', () => {
  endpoint.close();
  void bus.close().then(() => process.exit());
});
