import { randomInt, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Context } from 'aws-lambda';
import { type AwsClientStub, mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { purgeHandler } from '../../../../lib/lambda/purge-handler.ts';
import { terminationWebhook } from '../../../../lib/lambda/webhook/termination-webhook.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { RULE_EVENT } from '../../../support/deployment/schedule-events.ts';
import { namedWithoutKey } from '../../../support/erasure/name-attack.ts';
import { httpEvent, SECRET, signedHeaders } from '../../../support/erasure/signed-webhook.ts';
import { type ReceiptFixture, receiptFixture, terminationPolicy } from '../../../support/receipts/receipt-fixture.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { cli } from '../../cli/command-line.ts';

// EventBridge itself cannot run here: the client is the real one, its sending is not.
let bus: AwsClientStub<EventBridgeClient>;
let logs: string[];

beforeEach(() => {
  bus = mockClient(EventBridgeClient);
  bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] });
  logs = [];
  // The logger then writes to the console of this process, where a test can look.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG');
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'x');
  for (const level of ['debug', 'info', 'warn', 'error', 'log'] as const)
    vi.spyOn(console, level).mockImplementation((...said: unknown[]) => void logs.push(said.map(String).join(' ')));
});
afterEach(() => {
  bus.restore();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Numbers and words that nothing else in the world has. */
const account = (): string => `9${randomInt(1e13, 9e13)}77`;
const PEOPLE = { deleted: account(), terminated: account(), reinstated: account(), pending: account(), odd: account() };
const [APPLICATION, CONTENT, DOCUMENT] = [`14${randomInt(1e9, 9e9)}`, `content-${randomUUID()}`, `id-${randomUUID()}`];
const NEEDLES = [...Object.values(PEOPLE), APPLICATION, CONTENT, DOCUMENT];

/** Which of the needles are in a text, by what they are. */
const found = (text: string, needles = NEEDLES): readonly string[] => needles.filter((needle) => text.includes(needle));

const published = (source: string): readonly PutEventsRequestEntry[] =>
  bus
    .commandCalls(PutEventsCommand)
    .flatMap(({ args }) => args[0].input.Entries ?? [])
    .filter(({ Source }) => Source?.startsWith(source));

/** What the purge functions said. */
const purging = () => published('es-retention.purge-');

const receive = async (type: string, data: object, forged = false): Promise<number | undefined> => {
  const now = Date.now();
  const body = JSON.stringify({ type, timestamp: isoInstant(now), note: CONTENT, data });
  const headers = signedHeaders(body, { at: now, id: `msg_${randomUUID()}` });
  const changed = forged ? { ...headers, 'webhook-signature': 'v1,AAAA' } : headers;
  return (await terminationWebhook()(httpEvent(body, changed), {} as Context)).statusCode;
};

/** Every function hears of everything on the bus, as the rules of the deployment have it. */
const deliver = async (fixture: ReceiptFixture): Promise<void> => {
  for (const { DetailType, Detail, Source } of published('es-retention.webhook'))
    for (const name of ['settings', 'rooms'] as const)
      await invoke(fixture, name, {
        id: randomUUID(),
        'detail-type': DetailType,
        source: Source,
        detail: JSON.parse(Detail ?? ''),
      });
};

const invoke = (fixture: ReceiptFixture, name: 'settings' | 'rooms', event: unknown = RULE_EVENT) =>
  purgeHandler(fixture.categoryOf(name).id)(event, { getRemainingTimeInMillis: () => 60_000 } as Context);

/** Everything in our own indices, but what belongs to other tests. */
const ourIndices = async ({ client, id }: ReceiptFixture): Promise<readonly { index: string; text: string }[]> => {
  const index = [`retention-${id}-*`];
  await client.indices.refresh({ index });
  const { hits } = await client.search({ index, size: 10_000 });
  expect(hits.hits.some(({ _source }) => JSON.stringify(_source).includes(id))).toBe(true);
  return hits.hits.map(({ _index, _id, _source }) => ({ index: _index, text: JSON.stringify([_id, _source]) }));
};

/** The text of every copy outside the cluster. */
const copiesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => readFileSync(join(each.parentPath, each.name), 'utf8'));

const seed = async (fixture: ReceiptFixture): Promise<void> => {
  const at = isoInstant(Date.now() - 5 * DAY);
  const document = (uin: string | readonly string[], sdkAppId = APPLICATION) => ({
    uin,
    sdkAppId,
    room: CONTENT,
    '@timestamp': at,
  });
  for (const name of ['settings', 'rooms'] as const)
    await fixture.createIndex(
      `${name}-a`,
      {
        [`${DOCUMENT}-1`]: document(PEOPLE.deleted),
        [`${DOCUMENT}-2`]: document(PEOPLE.terminated),
        [`${DOCUMENT}-3`]: document(PEOPLE.terminated, '1400000001'),
        [`${DOCUMENT}-4`]: document(PEOPLE.reinstated),
        [`${DOCUMENT}-5`]: document(PEOPLE.pending),
        [`${DOCUMENT}-6`]: { ...document(PEOPLE.terminated), '@timestamp': isoInstant(Date.now()) },
      },
      { properties: { room: { type: 'keyword' } } },
    );
  // In the way, for a while: a shared document, and an index in which no account can be found.
  await fixture.createIndex('settings-b', { [`${DOCUMENT}-7`]: document([PEOPLE.deleted, PEOPLE.reinstated]) });
  await fixture.createIndex(
    'rooms-b',
    { [`${DOCUMENT}-8`]: document(PEOPLE.deleted) },
    { properties: { uin: { type: 'text' } } },
  );
};

test('no account or content is in any log, report, receipt, event or closed entry', async () => {
  const fixture = receiptFixture();
  const archiveFolder = fixture.environment.RETENTION_ARCHIVE ?? '';
  const file = temporaryFile('policy.yml', terminationPolicy(fixture.id));
  const environment = {
    ...fixture.environment,
    ELASTICSEARCH_URL: inject('elasticsearchUrl'),
    RETENTION_POLICY: file,
    EVENT_BUS_NAME: 'retention',
    AWS_REGION: 'x',
  };
  for (const [name, value] of Object.entries({ ...environment, WEBHOOK_SECRETS: SECRET })) vi.stubEnv(name, value);
  await seed(fixture);

  const ago = (days: number): string => isoInstant(Date.now() - days * DAY);
  const statuses = [
    await receive('account.deleted', { uin: PEOPLE.deleted, terminatedAt: ago(4) }),
    await receive('feature.terminated', { uin: PEOPLE.terminated, sdkAppId: APPLICATION, terminatedAt: ago(4) }),
    await receive('account.deleted', { uin: PEOPLE.reinstated, terminatedAt: ago(4) }),
    await receive('account.reinstated', { uin: PEOPLE.reinstated, reinstatedAt: ago(3.9) }),
    await receive('account.deleted', { uin: PEOPLE.pending, terminatedAt: ago(0.1) }),
    await receive('account.deleted', { uin: PEOPLE.odd, terminatedAt: ago(4) }, true),
    await receive('account.deleted', { uin: Number(PEOPLE.odd), terminatedAt: ago(4) }),
    await receive('account.deleted', { uin: PEOPLE.odd, sdkAppId: APPLICATION, terminatedAt: ago(4) }),
    await receive('account.deleted', { uin: PEOPLE.odd, terminatedAt: `${APPLICATION} ago` }),
    await receive('account.deleted', { uin: PEOPLE.odd, terminatedAt: ago(4), [CONTENT]: CONTENT }),
    await receive(CONTENT, { uin: PEOPLE.odd }),
  ];
  expect(statuses).toEqual([202, 202, 202, 202, 202, 401, 400, 400, 400, 400, 400]);
  await deliver(fixture);
  // What cannot be read is answered, and logged.
  const wrong = { id: 'x', 'detail-type': 'Account Deleted', source: 'a', detail: { uin: PEOPLE.odd, at: CONTENT } };
  expect(await invoke(fixture, 'rooms', wrong)).toMatchObject({ outcome: 'rejected' });
  expect(await invoke(fixture, 'rooms', { ...wrong, 'detail-type': PEOPLE.odd })).toMatchObject({
    outcome: 'rejected',
  });

  // The first runs meet what is in the way; then it is cleared, and one word to the bus is refused.
  for (const name of ['settings', 'rooms'] as const)
    expect(await invoke(fixture, name)).toMatchObject({ outcome: 'incomplete', documentsRemoved: 2 });
  const during = await ourIndices(fixture);
  // It would be found: an open entry names its subject, in the ledger and nowhere else.
  expect(found(during.map(({ text }) => text).join())).toEqual(
    expect.arrayContaining([PEOPLE.deleted, PEOPLE.pending]),
  );
  for (const { index, text } of during)
    if (!index.startsWith(`retention-${fixture.id}-ledger.`)) expect(found(text)).toEqual([]);
  for (const { text } of during) expect(found(text, [CONTENT, DOCUMENT, PEOPLE.odd, PEOPLE.reinstated])).toEqual([]);

  await fixture.client.indices.delete({ index: [`${fixture.id}-settings-b`, `${fixture.id}-rooms-b`] });
  bus
    .on(PutEventsCommand)
    .resolvesOnce({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'Throttling' }] })
    .resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'e-2' }] });
  for (const name of ['settings', 'rooms', 'settings', 'rooms'] as const)
    await invoke(fixture, name).catch((error: Error) => expect(error.message).toContain('bus-refused'));
  expect(purging().map(({ DetailType }) => DetailType)).toContain('Erasure Completed');

  const said: string[] = [];
  for (const args of [
    ['status'],
    ['status', '--json'],
    ['plan'],
    ['verify', '--json'],
    ['status', '--uin', PEOPLE.pending],
    ['receipt', '--uin', PEOPLE.deleted],
  ]) {
    const { stdout, stderr } = await cli(args, environment);
    expect(stdout).not.toBe('');
    said.push(stdout, stderr);
  }

  const after = await ourIndices(fixture);
  const open = after.filter(({ text }) => found(text).length > 0);
  // The one that waits for its window; nothing of those that were erased, cancelled or refused.
  expect(open.map(({ index, text }) => [index, found(text)])).toEqual([
    [expect.stringContaining('-ledger.'), [PEOPLE.pending]],
    [expect.stringContaining('-ledger.'), [PEOPLE.pending]],
  ]);
  const receipts = after.filter(({ index }) => index.startsWith(`retention-${fixture.id}-receipts.`));
  const payloads = receipts.map(({ text }) => {
    const [, { jws }] = JSON.parse(text) as [string, { readonly jws: string }];
    return Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString();
  });
  expect(payloads.some((payload) => payload.includes(fixture.id))).toBe(true);
  expect(found(payloads.join())).toEqual([]);

  // Nobody who was erased is named by trying every account there is on all that was stolen, without a key.
  const everybody = [...Array.from({ length: 50 }, account), ...Object.values(PEOPLE)].flatMap((uin) => [
    { uin },
    { uin, sdkAppId: APPLICATION },
  ]);
  const stolen = [...after.map(({ text }) => JSON.parse(text)), ...copiesIn(archiveFolder), ...logs];
  expect(copiesIn(archiveFolder).length).toBeGreaterThan(5);
  expect(namedWithoutKey(stolen, everybody)).toEqual([]);
  // It would be found: an opening that is not sealed names whom it is about.
  const [closed] = (
    await fixture.ports(Date.now()).ledger.find({ category: fixture.categoryOf('rooms').id, states: ['erased'] }, 1)
  ).entries;
  const unsealed = { opening: fixture.openingIn(closed?.entry), commitment: closed?.entry.closures[0]?.commitment };
  expect(namedWithoutKey([...stolen, unsealed], everybody)).toHaveLength(1);

  expect(logs.length).toBeGreaterThan(20);
  expect(found(logs.join())).toEqual([]);
  const { entries } = await fixture.ports(Date.now()).ledger.find({ category: fixture.categoryOf('rooms').id }, 100);
  const hashes = entries.map(({ entry }) => entry.subject.hash);
  expect(hashes.length).toBeGreaterThan(2);
  expect(found(logs.join(), hashes)).toEqual([]);
  expect(found(said.join())).toEqual([]);
  expect(found(JSON.stringify(purging()))).toEqual([]);
  expect(found(readFileSync(file, 'utf8'))).toEqual([]);
});
