import { describe, expect, test } from 'vitest';
import { InputError, RefusedError, TransientError } from '../../../lib/base/errors.ts';
import { AccountEventError } from '../../../lib/erasure/events/account-event-error.ts';
import { QUEUE_RETENTION } from '../../../lib/erasure/intake/message-age.ts';
import type { MessageQueue, QueueMessage } from '../../../lib/erasure/intake/message-queue.ts';
import { drainFailures } from '../../../lib/lambda/failures/drain-failures.ts';
import { RULE_EVENT } from '../../support/deployment/schedule-events.ts';

const why = { expected: 'a', found: 'b', fix: 'c' };
const NOW = Date.parse('2026-11-24T09:00:00Z');
const DELETED = { 'detail-type': 'Account Deleted', detail: { uin: '1' } };

/** A queue in memory: what is received, and neither removed nor released, is hidden. */
const queueOf = (...bodies: readonly unknown[]) => {
  const waiting: QueueMessage[] = bodies.map((body, at) => ({
    id: `${at}`,
    receipt: `${at}`,
    sentAt: NOW,
    tries: 1,
    isFromSchedule: false,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }));
  const handedOut = new Set<string>();
  const queue: MessageQueue = {
    receive: async () => {
      const messages = waiting.filter(({ id }) => !handedOut.has(id)).slice(0, 10);
      for (const { id } of messages) handedOut.add(id);
      return messages;
    },
    release: async ({ id }) => void handedOut.delete(id),
    size: async () => waiting.length,
    remove: async ({ id }) => {
      handedOut.delete(id);
      waiting.splice(
        waiting.findIndex((each) => each.id === id),
        1,
      );
    },
    send: async () => undefined,
  };
  return { queue, handedOut, left: () => waiting.map(({ body }) => JSON.parse(body)) };
};

const WITHOUT_WORK = {
  putAside: async () => undefined,
  record: async () => undefined,
  hasTime: () => true,
  clock: () => NOW,
};

const drainOf = async (
  bodies: readonly unknown[],
  record: (event: unknown, arrivedAt: number) => Promise<unknown> = async () => undefined,
  hasTime = () => true,
) => {
  const failures = queueOf(...bodies);
  const dead: (readonly [event: unknown, error: unknown])[] = [];
  const drained = drainFailures({
    ...WITHOUT_WORK,
    failures: failures.queue,
    putAside: async ({ event, error }) => void dead.push([event, error]),
    record,
    hasTime,
  });
  return { drained, failures, dead };
};

describe('draining earlier failures', () => {
  const HOUR = 3_600_000;

  test.each([
    ['the queue says', { ...DELETED, time: '2026-11-24T01:00:00Z' }, NOW],
    ['we said before', { event: DELETED, code: 'no-keys', reason: 'r', since: '2026-11-24T05:00:00Z' }, NOW - 4 * HOUR],
    [
      'the queue says, where we said what cannot be',
      { event: DELETED, code: 'c', reason: 'r', since: '2026-11-25T05:00:00Z' },
      NOW,
    ],
  ])('takes the arrival of a termination from what %s, not from its sender', async (_, body, arrived) => {
    const heard: number[] = [];
    const { drained } = await drainOf([body], async (_event, arrivedAt) => void heard.push(arrivedAt));
    await drained;
    expect(heard).toEqual([arrived]);
  });

  test.each([
    ['a rule put there as it is', DELETED],
    [
      'a destination of Lambda put there',
      { requestContext: { condition: 'RetriesExhausted' }, requestPayload: DELETED },
    ],
    [
      'a rule put there with the request around it',
      { FunctionName: 'purge', InvocationType: 'Event', Payload: JSON.stringify(DELETED) },
    ],
    ['a person sent again', { event: DELETED, code: 'no-keys', reason: 'none' }],
  ])('records a termination that %s', async (_, body) => {
    const recorded: unknown[] = [];
    const { drained, failures } = await drainOf([body], async (event) => recorded.push(event));
    expect(await drained).toEqual({ recorded: 1, overtaken: 0, putAside: 0 });
    expect(recorded).toEqual([DELETED]);
    expect(failures.left()).toEqual([]);
  });

  test('removes schedules and continuations, whose work this run does', async () => {
    const unfinished = { 'detail-type': 'Purge Unfinished', detail: {} };
    const { drained, failures } = await drainOf([RULE_EVENT, { requestPayload: unfinished }]);
    expect(await drained).toEqual({ recorded: 0, overtaken: 2, putAside: 0 });
    expect(failures.left()).toEqual([]);
  });

  test("removes a schedule's message in any form, unless it is a termination", async () => {
    const failures = queueOf('cut off in the mid', DELETED, 'somebody else’s');
    const receive = async () =>
      (await failures.queue.receive()).map((message) => ({ ...message, isFromSchedule: message.id !== '2' }));
    const recorded: unknown[] = [];
    const drained = await drainFailures({
      ...WITHOUT_WORK,
      failures: { ...failures.queue, receive },
      record: async (event) => recorded.push(event),
    });
    expect(drained).toEqual({ recorded: 1, overtaken: 1, putAside: 1 });
    expect(recorded).toEqual([DELETED]);
  });

  test('puts an event aside with the reason if a retry does not help', async () => {
    const wrong = new AccountEventError('bad-termination', 'detail.uin', why);
    const { drained, failures, dead } = await drainOf([DELETED, 'not JSON', { 'detail-type': 'Else' }], async () => {
      throw wrong;
    });
    expect(await drained).toEqual({ recorded: 0, overtaken: 0, putAside: 3 });
    expect(failures.left()).toEqual([]);
    const unknown = expect.objectContaining({ message: expect.stringContaining('not an event') });
    expect(dead).toEqual([
      [DELETED, wrong],
      ['not JSON', unknown],
      [{ 'detail-type': 'Else' }, unknown],
    ]);
  });

  test.each([
    ['the world fails', new TransientError('no-server', why)],
    ['keys, archive or privilege are wanting', new InputError('no-keys', why)],
    ['another cluster answers', new RefusedError('wrong-cluster', why)],
  ])('leaves a termination in the queue for the next run if %s', async (_, error) => {
    const { drained, failures, dead } = await drainOf([DELETED], async () => {
      throw error;
    });
    expect(await drained).toEqual({ recorded: 0, overtaken: 0, putAside: 0, leftBecause: error });
    expect(failures.left()).toEqual([DELETED]);
    expect(failures.handedOut.size).toBe(0);
    expect(dead).toEqual([]);
  });

  test('hides a termination that failed many times, so that SQS keeps it', async () => {
    const failures = queueOf(DELETED);
    const hidden: (number | undefined)[] = [];
    const away = async () => Promise.reject(new TransientError('no-server', why));
    for (const tries of [1, 499, 500, 999]) {
      const receive = async () => (await failures.queue.receive()).map((message) => ({ ...message, tries }));
      const release: MessageQueue['release'] = async (message, milliseconds) => {
        hidden.push(milliseconds);
        await failures.queue.release(message);
      };
      await drainFailures({ ...WITHOUT_WORK, record: away, failures: { ...failures.queue, receive, release } });
    }
    expect(hidden).toEqual([0, 0, QUEUE_RETENTION / 500, QUEUE_RETENTION / 500]);
  });

  const sentAgain = (days: number) => ({
    event: DELETED,
    code: 'no-keys',
    reason: 'none',
    since: new Date(NOW - days * 86_400_000).toISOString(),
  });

  test('records a termination that a person sent again, however old', async () => {
    const { drained, failures } = await drainOf([sentAgain(20)]);
    expect(await drained).toEqual({ recorded: 1, overtaken: 0, putAside: 0 });
    expect(failures.left()).toEqual([]);
  });

  test('puts aside an unrecordable termination after 13 days; younger ones wait', async () => {
    const away = new TransientError('no-server', why);
    const { drained, failures, dead } = await drainOf([sentAgain(13), sentAgain(12)], async () => {
      throw away;
    });
    expect(await drained).toEqual({ recorded: 0, overtaken: 0, putAside: 1, leftBecause: away });
    expect(dead).toEqual([[DELETED, away]]);
    expect(failures.left()).toEqual([sentAgain(12)]);
  });

  test('is not complete if an answer with messages was lost', async () => {
    const failures = queueOf(DELETED);
    const receive = async () => {
      await failures.queue.receive();
      return [];
    };
    const drained = drainFailures({ ...WITHOUT_WORK, failures: { ...failures.queue, receive } });
    expect(await drained).toMatchObject({ recorded: 0, leftBecause: { code: 'not-drained' } });
  });

  test('is not complete if another run releases a message after the last receive', async () => {
    const failures = queueOf(DELETED);
    failures.handedOut.add('0');
    const receive = async () => {
      const messages = await failures.queue.receive();
      failures.handedOut.delete('0');
      return messages;
    };
    const drained = drainFailures({ ...WITHOUT_WORK, failures: { ...failures.queue, receive } });
    expect(await drained).toMatchObject({ recorded: 0, leftBecause: { code: 'not-drained' } });
  });

  test('processes the messages received with a failing one, and stops then', async () => {
    const many = Array.from({ length: 12 }, (_, id) => ({ ...DELETED, id }));
    const { drained, failures } = await drainOf(many, async (event) => {
      if ((event as { id: number }).id === 3) throw new TransientError('no-server', why);
    });
    expect(await drained).toMatchObject({ recorded: 9, leftBecause: { code: 'no-server' } });
    expect(failures.left().map(({ id }) => id)).toEqual([3, 10, 11]);
    expect(failures.handedOut.size).toBe(0);
  });

  test('goes on until the queue is empty', async () => {
    const many = Array.from({ length: 25 }, () => DELETED);
    expect(await (await drainOf(many)).drained).toEqual({ recorded: 25, overtaken: 0, putAside: 0 });
  });

  test('ends when its time is up, reports the remaining messages, and releases them', async () => {
    const many = Array.from({ length: 12 }, () => DELETED);
    let turns = 0;
    const { drained, failures } = await drainOf(many, undefined, () => turns++ < 6);
    expect(await drained).toMatchObject({ recorded: 5, leftBecause: { code: 'not-drained' } });
    expect(failures.left()).toHaveLength(7);
    expect(failures.handedOut.size).toBe(0);
  });

  test('reports messages that other readers have received, after handling its own', async () => {
    const failures = queueOf(DELETED, DELETED, DELETED);
    failures.handedOut.add('1');
    const drained = await drainFailures({ ...WITHOUT_WORK, failures: failures.queue });
    expect(drained).toMatchObject({ recorded: 2, leftBecause: { code: 'not-drained' } });
    expect(failures.left()).toHaveLength(1);
  });

  test('reports that messages may remain if the queue does not answer', async () => {
    const away = new TransientError('queue-unavailable', why);
    for (const silent of [{ receive: () => Promise.reject(away) }, { size: () => Promise.reject(away) }]) {
      const { queue } = queueOf();
      const drained = await drainFailures({ ...WITHOUT_WORK, failures: { ...queue, ...silent } });
      expect(drained).toMatchObject({ recorded: 0, leftBecause: away });
    }
  });
});
