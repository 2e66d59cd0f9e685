import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { purgeHandler } from '../../../lib/lambda/purge-handler.ts';
import { EXAMPLE_POLICY } from '../../support/policy/example-policy.ts';
import { temporaryFile } from '../../support/run/temporary-file.ts';

const CATEGORIES = ['console-configuration', 'uins'] as const;
/** The example policy, in which these two have a termination rule. */
const POLICY = EXAMPLE_POLICY.replace(
  /( {2}uins:\n(?:.*\n)*? {4}rules:\n)/,
  '$1      termination: { triggers: [account-deleted], deadline: P7D, cancelWindow: P3D }\n',
);

const sqs = mockClient(SQSClient);

beforeEach(() => {
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  vi.stubEnv('RETENTION_POLICY', temporaryFile('policy.yml', POLICY));
  vi.stubEnv('ELASTICSEARCH_URL', 'http://127.0.0.1:1');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('DEAD_LETTER_QUEUE_URL', 'https://sqs/es-retention-dev-dead-letters');
});
afterEach(() => {
  sqs.reset();
  vi.unstubAllEnvs();
});
afterAll(() => sqs.restore());

/**
 * Hands an event to the functions of both categories, as the bus does, and returns what lies among the dead letters
 * then.
 */
const deliver = async (event: unknown): Promise<readonly unknown[]> => {
  for (const category of CATEGORIES) {
    vi.stubEnv('FAILURE_QUEUE_URL', `https://sqs/es-retention-dev-purge-${category}-failures`);
    const answer = await purgeHandler(category)(event, { getRemainingTimeInMillis: () => 60_000 } as Context);
    expect(answer).toMatchObject({ outcome: 'rejected' });
  }
  return sqs.commandCalls(SendMessageCommand).map(({ args }) => JSON.parse(args[0].input.MessageBody ?? ''));
};

test('an invalid termination becomes one dead letter for all functions', async () => {
  const event = { 'detail-type': 'Account Deleted', id: 'event-1', detail: { uin: 7 } };
  expect(await deliver(event)).toEqual([
    {
      event,
      code: 'bad-termination',
      reason: expect.stringContaining('detail.uin'),
      since: expect.stringMatching(/Z$/),
      failureQueueUrls: CATEGORIES.map((category) => `https://sqs/es-retention-dev-purge-${category}-failures`),
    },
  ]);
});

test('a very old termination is put aside by each function that refuses it', async () => {
  const event = { 'detail-type': 'Account Deleted', id: 'event-1', detail: { uin: '7', at: '2015-01-01T00:00:00Z' } };
  expect(await deliver(event)).toMatchObject([{ code: 'too-long-ago' }, { code: 'too-long-ago' }]);
});

test('the end of an application becomes one dead letter if the policy has no application field', async () => {
  vi.stubEnv('RETENTION_POLICY', temporaryFile('policy.yml', POLICY.replace(/^.*applicationField:.*\n/m, '')));
  const at = new Date().toISOString();
  const event = { 'detail-type': 'Feature Terminated', id: 'event-1', detail: { uin: '7', sdkAppId: '8', at } };
  expect(await deliver(event)).toMatchObject([{ code: 'bad-termination' }]);
});

test('a refused event of a schedule is not kept, since the next one is the same', async () => {
  expect(await deliver({ 'detail-type': 'Scheduled Event', source: 'somebody' })).toEqual([]);
});
