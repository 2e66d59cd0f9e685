// Sends a termination as docs/webhook.md says, and tries again as long as that can help. Needs only Node 20 or newer.
//   WEBHOOK_URL=https://…/terminations WEBHOOK_SECRET=whsec_… node send.mjs account.deleted 9007199254740993
//   … node send.mjs feature.terminated 9007199254740993 1400100201
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

const { WEBHOOK_URL, WEBHOOK_SECRET = '', WEBHOOK_PAUSE = '5' } = process.env;
const [type, uin, sdkAppId] = process.argv.slice(2);
const TRIES = 8;

const happenedAt = new Date().toISOString();
const instant = type === 'account.reinstated' ? 'reinstatedAt' : 'terminatedAt';
// Written once, and sent as these bytes: what is signed is what arrives. Keep both until they are answered with 202.
const id = `msg_${randomUUID()}`;
const body = JSON.stringify({ type, timestamp: happenedAt, data: { uin, sdkAppId, [instant]: happenedAt } });

const headers = () => {
  const timestamp = `${Math.floor(Date.now() / 1000)}`;
  const key = Buffer.from(WEBHOOK_SECRET.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
};

const send = async () => {
  try {
    const answer = await fetch(WEBHOOK_URL, {
      method: 'POST',
      headers: headers(),
      body,
      signal: AbortSignal.timeout(15_000),
    });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    return { status: 0, text: String(error) };
  }
};

for (let attempt = 1; ; attempt++) {
  const { status, text } = await send();
  console.log(`${id} ${status} ${text}`);
  if (status === 202) break;
  const mayHelp = status === 0 || status === 429 || status >= 500;
  if (!mayHelp || attempt === TRIES) process.exit(1);
  await setTimeout(1000 * Number(WEBHOOK_PAUSE) * 2 ** (attempt - 1));
}
