// Asks what became of a message, as docs/webhook.md says. Needs only Node 20 or newer. Ends with 0 if nothing is left
// to do, with 3 if something is, and with 1 if there is no such answer.
//   WEBHOOK_URL=https://…/terminations WEBHOOK_SECRET=whsec_… node ask.mjs msg_…
import { createHmac } from 'node:crypto';

const { WEBHOOK_URL, WEBHOOK_SECRET = '' } = process.env;
const [id] = process.argv.slice(2);

const timestamp = `${Math.floor(Date.now() / 1000)}`;
const key = Buffer.from(WEBHOOK_SECRET.replace('whsec_', ''), 'base64');
// The body is empty, so that nothing follows the second dot.
const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).digest('base64');

const answer = await fetch(`${WEBHOOK_URL}/${encodeURIComponent(id)}`, {
  headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` },
  signal: AbortSignal.timeout(15_000),
});
const text = await answer.text();
console.log(`${answer.status} ${text}`);
process.exitCode = answer.status !== 200 ? 1 : JSON.parse(text).done ? 0 : 3;
