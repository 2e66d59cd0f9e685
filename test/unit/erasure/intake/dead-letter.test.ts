import { describe, expect, test } from 'vitest';
import { deadLetterOf } from '../../../../lib/erasure/intake/dead-letter.ts';
import { SCHEDULER_EVENT } from '../../../support/deployment/schedule-events.ts';

const DELETED = { 'detail-type': 'Account Deleted', detail: { requestId: 'msg_1', uin: '9007199254740993' } };
const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:es-retention-prod-purge-uins';

/** What a service asks of Lambda's API, when it hands an event to a function. */
const requestAround = (Payload: unknown) => ({ FunctionName: FUNCTION, InvocationType: 'Event', Payload });

const base64 = (event: unknown): string => Buffer.from(JSON.stringify(event)).toString('base64');

describe.each([
  ['a termination that a rule could not deliver', DELETED],
  ['an input that a schedule could not deliver', SCHEDULER_EVENT],
])('%s', (_, event) => {
  test.each<[string, unknown]>([
    ['as it is', event],
    ['with the request around it, its payload a text', requestAround(JSON.stringify(event))],
    ['with the request around it, its payload in base64', requestAround(base64(event))],
    ['with the request around it, its payload an object', requestAround(event)],
  ])('is found in a dead letter %s', (_form, content) => {
    expect(deadLetterOf(JSON.stringify(content), 'NO_PERMISSIONS: none')).toEqual({
      event,
      code: 'undelivered',
      reason: 'NO_PERMISSIONS: none',
      failureQueueUrls: [],
    });
  });

  test('is found, with the reason, in a dead letter of Lambda after the last retry', () => {
    const record = {
      requestContext: { condition: 'RetriesExhausted' },
      requestPayload: event,
      responsePayload: { errorType: 'TransientError', errorMessage: 'no-server' },
    };
    expect(deadLetterOf(JSON.stringify(record))).toEqual({
      event,
      code: 'TransientError',
      reason: 'no-server',
      failureQueueUrls: [],
    });
  });

  test('is found, with the reason, in a dead letter that a function put aside', () => {
    const letter = { event, code: 'no-keys', reason: 'none', failureQueueUrls: ['https://sqs/a', 'https://sqs/b'] };
    expect(deadLetterOf(JSON.stringify(letter))).toEqual(letter);
  });

  test('is found in a dead letter of an earlier version, with its single queue', () => {
    const letter = { event, code: 'no-keys', reason: 'none' };
    expect(deadLetterOf(JSON.stringify({ ...letter, failureQueueUrl: 'https://sqs/a' }))).toEqual({
      ...letter,
      failureQueueUrls: ['https://sqs/a'],
    });
  });
});

test.each([
  ['text that is no JSON', 'cut off in the mid', 'cut off in the mid'],
  ['an event that happens to name a payload', '{"Payload":"{}"}', { Payload: '{}' }],
  ['a request whose payload is no JSON', JSON.stringify(requestAround('cut off')), 'cut off'],
])('a dead letter of another form is passed on without a reason: %s', (_, body, event) => {
  expect(deadLetterOf(body)).toEqual({
    event,
    code: 'undelivered',
    reason: 'nobody said why',
    failureQueueUrls: [],
  });
});
