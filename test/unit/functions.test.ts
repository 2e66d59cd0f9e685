import { readdirSync, readFileSync } from 'node:fs';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { TransientError } from '../../lib/base/errors.ts';
import { purgeHandler } from '../../lib/lambda/purge-handler.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { RULE_EVENT } from '../support/deployment/schedule-events.ts';
import { EXAMPLE_POLICY_FILE } from '../support/policy/example-policy.ts';

const ROOT = new URL('../../', import.meta.url);
const policyText = readFileSync(new URL('retention-policy.yml', ROOT), 'utf8');
const categories = [...parseRetentionPolicy(policyText, 'retention-policy.yml').categories.keys()];
const purgeFunctions = readdirSync(new URL('functions/', ROOT)).filter((file) => file.startsWith('purge-'));

const NOBODY_LISTENS = 'http://127.0.0.1:1';
const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

const invoke = async (category: string, event: unknown) => {
  const { handler } = (await import(`../../functions/purge-${category}.ts`)) as {
    handler: ReturnType<typeof purgeHandler>;
  };
  return handler(event, context);
};

beforeEach(() => {
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  vi.stubEnv('ELASTICSEARCH_URL', NOBODY_LISTENS);
  vi.stubEnv('RETENTION_POLICY', '');
});
afterEach(() => vi.unstubAllEnvs());

test('each category of the policy has a function, and each purge function a category', () => {
  expect(purgeFunctions.sort()).toEqual(categories.map((id) => `purge-${id}.ts`).sort());
});

test('the files of the purge functions differ only in their category', () => {
  const anatomies = categories.map((id) =>
    readFileSync(new URL(`functions/purge-${id}.ts`, ROOT), 'utf8').replaceAll(
      new RegExp(`(?<=['\`])${id}(?=['\`])`, 'g'),
      '*',
    ),
  );
  expect(new Set(anatomies).size).toBe(1);
  expect(anatomies[0]).toContain("purgeHandler('*')");
  expect(anatomies[0]?.trim().split('\n').length).toBeLessThan(10);
});

describe.each(categories)('purge-%s', (category) => {
  test.each([
    ['nothing', undefined],
    ['an empty object', {}],
    ['a text', 'Scheduled Event'],
    ['an event of another source', { ...RULE_EVENT, source: 'aws.s3' }],
    ['an event of another kind', { ...RULE_EVENT, 'detail-type': 'Object Deleted' }],
    ['an event without an id', { ...RULE_EVENT, id: undefined }],
    ['an event with a number as detail', { ...RULE_EVENT, detail: 1 }],
    ['an id too long to be kept', { ...RULE_EVENT, id: 'x'.repeat(257) }],
  ])('rejects %s, since a retry would not help', async (_, event) => {
    const expected = 'a "Scheduled Event" from an EventBridge rule or from EventBridge Scheduler';
    expect(await invoke(category, event)).toEqual({
      outcome: 'rejected',
      code: 'unknown-event',
      message: expect.stringContaining(expected),
    });
  });

  test('rejects a list of events, since it expects one event', async () => {
    expect(await invoke(category, [RULE_EVENT])).toEqual({
      outcome: 'rejected',
      code: 'unknown-event',
      message: expect.stringContaining('expected one event; found a list of 1'),
    });
  });

  test('fails if Elasticsearch does not answer, so that Lambda retries it', async () => {
    const failed = invoke(category, RULE_EVENT);
    await expect(failed).rejects.toBeInstanceOf(TransientError);
    await expect(failed).rejects.toMatchObject({ code: 'no-server' });
  });

  test('rejects an event if the policy cannot be read', async () => {
    vi.stubEnv('RETENTION_POLICY', 'no-such-file.yml');
    expect(await invoke(category, RULE_EVENT)).toMatchObject({ outcome: 'rejected', code: 'no-policy' });
  });

  test('rejects an event if no address of Elasticsearch is set', async () => {
    vi.stubEnv('ELASTICSEARCH_URL', undefined);
    expect(await invoke(category, RULE_EVENT)).toMatchObject({ outcome: 'rejected', code: 'no-server-named' });
  });
});

describe('a termination', () => {
  const TERMINATION = { 'detail-type': 'Account Deleted', source: 'es-retention.webhook', id: 'e-1', detail: {} };

  /** By the function of a category of the example policy that is erased after terminations. */
  const refuse = (event: unknown) => purgeHandler('console-configuration')(event, context);

  beforeEach(() => void vi.stubEnv('RETENTION_POLICY', EXAMPLE_POLICY_FILE));

  /** What the function sends to the dead letters; SQS itself runs in the tests of the deployment. */
  const deadLetters = () => {
    const sqs = mockClient(SQSClient);
    onTestFinished(() => sqs.restore());
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('DEAD_LETTER_QUEUE_URL', 'https://sqs/dead-letters');
    return () => sqs.commandCalls(SendMessageCommand).map(({ args }) => JSON.parse(args[0].input.MessageBody ?? ''));
  };

  test.each([
    ['RETENTION_POLICY', 'no-such-file.yml', 'no-policy'],
    ['ELASTICSEARCH_URL', undefined, 'no-server-named'],
  ])('is retried, and not put aside, if %s is the cause', async (name, value, code) => {
    const letters = deadLetters();
    vi.stubEnv(name, value);
    await expect(refuse(TERMINATION)).rejects.toMatchObject({ code });
    expect(letters()).toEqual([]);
  });

  test('is put aside if its content is wrong', async () => {
    const letters = deadLetters();
    const answer = await refuse(TERMINATION);
    expect(answer).toMatchObject({ outcome: 'rejected', code: 'bad-termination' });
    expect(letters()).toMatchObject([{ event: TERMINATION, code: 'bad-termination' }]);
  });
});
