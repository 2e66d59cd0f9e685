import { describe, expect, test } from 'vitest';
import { InputError } from '../../../lib/base/errors.ts';
import { AccountEventError } from '../../../lib/erasure/events/account-event-error.ts';
import { deadLetterFor } from '../../../lib/lambda/failures/put-aside.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { EXAMPLE_POLICY } from '../../support/policy/example-policy.ts';

/** Two categories with a termination rule: console-configuration and, of the same rule, uins. */
const TWO = EXAMPLE_POLICY.replace(
  /( {2}uins:\n(?:.*\n)*? {4}rules:\n)/,
  '$1      termination: { triggers: [account-deleted], deadline: P7D, cancelWindow: P3D }\n',
);

const NOW = Date.parse('2026-11-24T09:00:00Z');
const EVENT = { 'detail-type': 'Account Deleted', detail: { uin: 7 } };
const why = { expected: 'a', found: 'b', fix: 'c' };
const wrong = (code = 'bad-termination') => new AccountEventError(code, 'detail.uin', why);

const urlOf = (category: string): string =>
  `https://sqs.eu-west-1.amazonaws.com/1/es-retention-prod-purge-${category}-failures`;

/** What each function of the policy keeps of an event that all of them refuse, by category. */
const keptBy = (text: string, error: unknown): Readonly<Record<string, readonly string[]>> => {
  const policy = parseRetentionPolicy(text, 'p.yml');
  const kept = [...policy.categories.keys()].map((categoryId) => {
    const deployment = { failureQueueUrl: urlOf(categoryId), deadLetterQueueUrl: 'https://sqs/dead' };
    return [
      categoryId,
      deadLetterFor({ event: EVENT, error, born: NOW }, { deployment, policy, categoryId }, NOW)?.failureQueueUrls,
    ] as const;
  });
  return Object.fromEntries(
    kept.flatMap(([id, urls]) =>
      urls === undefined || policy.categories.get(id)?.rules.termination === undefined ? [] : [[id, urls]],
    ),
  );
};

describe('an invalid termination', () => {
  test('becomes one dead letter if one category has a termination rule', () => {
    expect(keptBy(EXAMPLE_POLICY, wrong())).toEqual({ 'console-configuration': [urlOf('console-configuration')] });
  });

  test('becomes one dead letter for two categories, with the failure queues of both', () => {
    expect(keptBy(TWO, wrong())).toEqual({ 'console-configuration': [urlOf('console-configuration'), urlOf('uins')] });
  });
});

test.each(['too-long-ago', 'too-far-ahead'])(
  'an event that only some functions may refuse is put aside by each that does: %s',
  (code) => {
    expect(keptBy(TWO, wrong(code))).toEqual({
      'console-configuration': [urlOf('console-configuration')],
      uins: [urlOf('uins')],
    });
  },
);

test('an event that is unknown to a function is put aside by that function', () => {
  expect(keptBy(TWO, new InputError('unknown-event', why))).toEqual({
    'console-configuration': [urlOf('console-configuration')],
    uins: [urlOf('uins')],
  });
});

test.each([
  ['by a function that is not subscribed', EXAMPLE_POLICY],
  ['where the policy cannot be read', undefined],
])('an event sent directly to a function is put aside %s', (_, text) => {
  const policy = text === undefined ? undefined : parseRetentionPolicy(text, 'p.yml');
  const deployment = { failureQueueUrl: urlOf('sdk-logs'), deadLetterQueueUrl: 'https://sqs/dead' };
  expect(
    deadLetterFor({ event: EVENT, error: wrong(), born: NOW }, { deployment, policy, categoryId: 'sdk-logs' }, NOW),
  ).toEqual({
    event: EVENT,
    code: 'bad-termination',
    reason: expect.stringContaining('bad-termination'),
    since: '2026-11-24T09:00:00.000Z',
    failureQueueUrls: [urlOf('sdk-logs')],
  });
});

test('an event too old for another queue becomes a report without identifiers', () => {
  const event = {
    'detail-type': 'Account Deleted',
    id: 'bus-1',
    detail: { requestId: 'msg_1', uin: '9007199254740993', sdkAppId: '1400100201', at: 'never' },
  };
  const deployment = { failureQueueUrl: urlOf('uins'), deadLetterQueueUrl: 'https://sqs/dead' };
  const born = NOW - 31 * 3_600_000;
  const letter = deadLetterFor(
    { event, error: wrong('too-long-ago'), born },
    { deployment, policy: undefined, categoryId: 'uins' },
    NOW,
  );
  expect(letter).toEqual({
    event: { 'detail-type': 'Account Deleted', id: 'msg_1' },
    code: 'too-long-ago',
    reason: expect.any(String),
    since: '2026-11-23T02:00:00.000Z',
    failureQueueUrls: [],
    isReport: true,
  });
});

test.each([
  ['names the account', { requestId: 'msg-9007199254740993', uin: '9007199254740993' }],
  ['names the application', { requestId: 'msg-1400100201', uin: '1', sdkAppId: '1400100201' }],
  ['names an account that is a number', { requestId: 'msg-9007199254740', uin: 9_007_199_254_740 }],
  ['is none', { requestId: 7, uin: '1' }],
])('a report has no request id if the id %s', (_, detail) => {
  const deployment = { failureQueueUrl: urlOf('uins'), deadLetterQueueUrl: 'https://sqs/dead' };
  const failed = { event: { 'detail-type': 'Account Deleted', detail }, error: wrong(), born: 0 };
  expect(deadLetterFor(failed, { deployment, policy: undefined, categoryId: 'uins' }, NOW)?.event).toEqual({
    'detail-type': 'Account Deleted',
    id: 'unknown',
  });
});
