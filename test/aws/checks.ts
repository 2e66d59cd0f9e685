import { randomUUID } from 'node:crypto';
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Client } from '@elastic/elasticsearch';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import type { RetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { signedHeaders } from '../support/erasure/signed-webhook.ts';
import { isEmulated, type Stage } from './stage.ts';

/** What was expected, and what was seen instead or all the same. */
export interface Seen {
  readonly check: string;
  readonly expected: string;
  readonly saw: string;
  readonly outcome: 'as expected' | 'otherwise' | 'not evaluated here';
}

/** What the checks work with. */
export interface Site {
  readonly stage: Stage;
  readonly region: string;
  readonly client: Client;
  readonly policy: RetentionPolicy;
}

const PATIENCE_MS = 120_000;

const eventually = async (isSo: () => Promise<boolean>): Promise<boolean> => {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    if (await isSo()) return true;
    await wait(1_000);
  }
  return false;
};

const UIN = '9007199254740993';
const indexOf = ({ policy }: Site, category: string): string =>
  policy.categories.get(category)?.indices[0]?.replace('*', 'data') ?? category;

const fill = async (site: Site, category: string, days: readonly number[]): Promise<void> => {
  const operations = days.flatMap((age) => [
    { index: { _index: indexOf(site, category), _id: `${age}-days` } },
    { '@timestamp': isoInstant(Date.now() - age * DAY), uin: UIN, sdkAppId: '1400100201' },
  ]);
  await site.client.bulk({ operations, refresh: true });
};

const left = async (site: Site, category: string): Promise<string> => {
  const { hits } = await site.client.search({ index: indexOf(site, category), _source: false });
  return (
    hits.hits
      .map(({ _id }) => _id)
      .sort()
      .join(', ') || 'nothing'
  );
};

/** Calls a function with what its schedule sends. */
const invoke = async ({ stage, region }: Site, name: string): Promise<Readonly<Record<string, unknown>>> => {
  const detail = { 'detail-type': 'Scheduled Event', source: 'aws.scheduler', detail: {} };
  const event = { ...detail, id: randomUUID(), time: isoInstant(Date.now()) };
  const FunctionName = `es-retention-${stage.name}-${name}`;
  const { Payload } = await new LambdaClient({ region }).send(
    new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString());
};

const run = async (site: Site, category: string): Promise<string> => {
  const { outcome, code, documentsRemoved } = await invoke(site, `purge-${category}`);
  return `${outcome ?? 'failed'}${code ? ` (${code})` : ''}, ${documentsRemoved ?? 0} removed`;
};

const compared = (check: string, expected: string, saw: string): Seen => ({
  check,
  expected,
  saw,
  outcome: saw === expected ? 'as expected' : 'otherwise',
});

const post = (address: string, body: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const url = new URL(address);
    // An emulator's names end here, whoever resolves them.
    const isHere = url.hostname.endsWith('.localhost');
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers, host: url.host },
      ...(isHere && { hostname: '127.0.0.1' }),
    };
    const send = url.protocol === 'https:' ? overHttps : overHttp;
    send(url, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end(body);
  });

const byAge = async (site: Site): Promise<readonly Seen[]> => {
  const seen: Seen[] = [];
  for (const { id, rules } of site.policy.categories.values()) {
    if (rules.age === undefined) continue;
    await fill(site, id, [20, 13]);
    const saw = `${await run(site, id)}; left: ${await left(site, id)}`;
    seen.push(compared(`${id}: a run removes what is older than promised`, 'complete, 1 removed; left: 13-days', saw));
  }
  return seen;
};

const byHousekeeping = async (site: Site): Promise<readonly Seen[]> => {
  const { categories } = await invoke(site, 'housekeeping');
  const saw = Array.isArray(categories) ? `${categories.length} categories` : 'failed';
  return [compared('housekeeping gets through', `${site.policy.categories.size} categories`, saw)];
};

const byTermination = async (site: Site): Promise<readonly Seen[]> => {
  const { stage, client, policy } = site;
  const category = [...policy.categories.values()].find(({ rules }) => rules.termination !== undefined)?.id ?? '';
  const { WebhookAddress = '' } = await stage.outputs();
  const names = ownIndices(policy, category);
  await fill(site, category, [30]);
  const id = `msg_${randomUUID()}`;
  const timestamp = isoInstant(Date.now());
  const data = { uin: UIN, terminatedAt: isoInstant(Date.now() - 4 * DAY) };
  const body = JSON.stringify({ type: 'account.deleted', timestamp, data });
  const signed = signedHeaders(body, { id, secret: stage.webhookSecret, at: Date.now() });
  const forged = await post(WebhookAddress, `${body} `, signed);
  const taken = await post(WebhookAddress, body, signed);
  const isHeard = await eventually(async () => {
    await client.indices.refresh({ index: names.ledger });
    return (await client.count({ index: names.ledger, query: { term: { category } } })).count > 0;
  });
  const runs = [await run(site, category), await run(site, category)].join('; ');
  await client.indices.refresh({ index: names.receipts });
  const receipts = await client.count({ index: names.receipts, query: { term: { requestId: id } } });
  return [
    compared('webhook: a forged message is refused', '401', String(forged)),
    compared('webhook: a signed message is taken', '202', String(taken)),
    compared(
      'bus and ledger: the termination is recorded',
      'recorded',
      isHeard ? 'recorded' : 'not within two minutes',
    ),
    compared(`${category}: two runs erase and look again`, 'complete, 1 removed; complete, 0 removed', runs),
    compared('a receipt is issued', '1', String(receipts.count)),
  ];
};

/** What the policies of bus and queues must refuse to whoever deployed: an emulator does not evaluate them. */
const byPolicy = async ({ stage, region }: Site): Promise<readonly Seen[]> => {
  const failed = (error: Error): string => (/AccessDenied|NotAuthorized/.test(error.name) ? 'refused' : error.name);
  const entry = {
    EventBusName: `es-retention-${stage.name}`,
    Source: 'es-retention.webhook',
    DetailType: 'Account Deleted',
    Detail: '{}',
  };
  const event = await new EventBridgeClient({ region })
    .send(new PutEventsCommand({ Entries: [entry] }))
    .then(({ FailedEntryCount }) => (FailedEntryCount ? 'refused' : 'taken'), failed);
  const QueueUrl = (await stage.resources()).get('PurgeConsoleConfigurationFailures');
  const message = await new SQSClient({ region })
    .send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }))
    .then(() => 'taken', failed);
  const judged = (check: string, saw: string): Seen => {
    const seen = compared(check, 'refused', saw);
    return saw === 'taken' && isEmulated() ? { ...seen, outcome: 'not evaluated here' } : seen;
  };
  return [
    judged('bus: an event in the webhook’s name, from whoever deployed', event),
    judged('failure queue: a forged message, from whoever deployed', message),
  ];
};

/** Runs every check, one after the other. What a check throws is what it saw. */
export const runChecks = async (site: Site): Promise<readonly Seen[]> => {
  const seen: Seen[] = [];
  for (const [name, check] of Object.entries({ byAge, byTermination, byHousekeeping, byPolicy })) {
    const found = await check(site).catch((error: Error): readonly Seen[] => [
      compared(name, 'an answer', error.message),
    ]);
    seen.push(...found);
  }
  return seen;
};
