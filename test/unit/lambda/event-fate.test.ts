import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { InputError, RefusedError, TransientError } from '../../../lib/base/errors.ts';
import { AccountEventError } from '../../../lib/erasure/events/account-event-error.ts';
import type { MessageQueue } from '../../../lib/erasure/intake/message-queue.ts';
import { acknowledgeFailures } from '../../../lib/lambda/failures/acknowledge-failures.ts';
import { drainFailures } from '../../../lib/lambda/failures/drain-failures.ts';
import { fateOf } from '../../../lib/lambda/failures/event-fate.ts';
import { PolicyError } from '../../../lib/policy/parsing/policy-error.ts';

const why = { expected: 'a', found: 'b', fix: 'c' };
const NOW = Date.parse('2026-11-24T09:00:00Z');
const TERMINATIONS = ['Account Deleted', 'Feature Terminated', 'Account Reinstated'];
const FAULTS = {
  itself: new AccountEventError('bad-termination', 'detail.uin', why),
  input: new InputError('no-keys', why),
  refusal: new RefusedError('wrong-cluster', why),
  policy: new PolicyError([]),
  world: new TransientError('no-server', why),
  bug: new TypeError('undefined is not a function'),
};

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('DEAD_LETTER_QUEUE_URL', 'https://sqs/dead');
  onTestFinished(() => void vi.unstubAllEnvs());
});

describe.each(TERMINATIONS)('%s', (detailType) => {
  test.each(Object.entries(FAULTS))(
    'is refused if its content is wrong, and never for another reason: %s',
    (name, error) => {
      expect(fateOf({ 'detail-type': detailType }, error)).toBe(name === 'itself' ? 'refused' : 'again');
    },
  );
});

/** What becomes of an event, for each fault. */
const fatesOf = (event: unknown): object =>
  Object.fromEntries(Object.entries(FAULTS).map(([fault, error]) => [fault, fateOf(event, error)]));

test.each(['Scheduled Event', 'Purge Unfinished'])(
  'the event %s is retried or overtaken, and never put aside',
  (detailType) => {
    expect(fatesOf({ 'detail-type': detailType })).toEqual({
      itself: 'overtaken',
      input: 'overtaken',
      refusal: 'overtaken',
      policy: 'overtaken',
      world: 'again',
      bug: 'again',
    });
  },
);

test.each([{ 'detail-type': 'Else' }, 'text', null, [{ 'detail-type': 'Account Deleted' }]])(
  'an unknown event is put aside, unless the error is transient: %j',
  (event) => {
    expect(fatesOf(event)).toEqual({
      itself: 'refused',
      input: 'refused',
      refusal: 'refused',
      policy: 'refused',
      world: 'again',
      bug: 'again',
    });
  },
);

/** What an invocation makes of an event that failed. */
const invoked = async (event: unknown, error: Error): Promise<string> => {
  const sqs = mockClient(SQSClient);
  onTestFinished(() => sqs.restore());
  const request = { event, error, response: undefined };
  await acknowledgeFailures({ error: () => undefined } as never, 'uins').onError?.(request as never);
  if (request.response === undefined) return 'again';
  return sqs.commandCalls(SendMessageCommand).length > 0 ? 'refused' : 'overtaken';
};

/** What a drain makes of the same. */
const drained = async (event: unknown, error: Error): Promise<string> => {
  let received = 0;
  const message = { id: '1', receipt: '1', body: JSON.stringify(event), sentAt: NOW, tries: 1, isFromSchedule: false };
  const failures: MessageQueue = {
    receive: async () => (received++ === 0 ? [message] : []),
    remove: async () => undefined,
    release: async () => undefined,
    size: async () => 0,
    send: async () => undefined,
  };
  const counts = await drainFailures({
    failures,
    putAside: async () => undefined,
    record: () => Promise.reject(error),
    hasTime: () => true,
    clock: () => NOW,
  });
  if (counts.leftBecause !== undefined) return 'again';
  return counts.putAside > 0 ? 'refused' : 'overtaken';
};

test.each(
  TERMINATIONS.flatMap((detailType) =>
    Object.entries(FAULTS).map(([name, error]) => [detailType, name, error] as const),
  ),
)('an invocation and a drain decide alike: %s, %s', async (detailType, _, error) => {
  const event = { 'detail-type': detailType, id: 'a' };
  expect(await drained(event, error)).toBe(await invoked(event, error));
});
