import { errors } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { requestOnce } from '../../../../lib/adapters/elasticsearch/client/request.ts';
import { InputError, requestFateOf } from '../../../../lib/base/errors.ts';

const CAUSE = { error: { type: 'some_exception', reason: 'a reason' } };
const DENIED = { error: { type: 'security_exception', reason: 'action [x] is unauthorized' } };

const answer = (statusCode: number, body: unknown): Error =>
  new errors.ResponseError({ statusCode, body, warnings: null, headers: {}, meta: {} as never });

const fateAfter = async (thrown: Error, timeout = 1_000) =>
  requestFateOf(
    await requestOnce({ timeout: () => timeout }, 'testing', () => Promise.reject(thrown)).catch((error) => error),
  );

describe('a request that fails', () => {
  test.each([
    ['400 with a cause', answer(400, CAUSE), 'refused'],
    ['401 with a cause', answer(401, DENIED), 'refused'],
    ['403 with a cause', answer(403, DENIED), 'refused'],
    ['404 with a cause', answer(404, CAUSE), 'refused'],
    ['409 with a cause', answer(409, CAUSE), 'refused'],
    ['404 without a cause, of a proxy', answer(404, 'not found'), 'unknown'],
    ['429 with a cause', answer(429, CAUSE), 'ended'],
    ['a full disk', answer(429, { error: { type: 'cluster_block_exception', reason: 'flood stage' } }), 'ended'],
    ['500 with a cause', answer(500, CAUSE), 'ended'],
    ['503 with a cause', answer(503, CAUSE), 'ended'],
    ['500 without a cause', answer(500, {}), 'unknown'],
    ['504 of a proxy that answers with JSON', answer(504, { error: 'Gateway Timeout', status: 504 }), 'unknown'],
    ['408 of a proxy that answers with JSON', answer(408, { error: 'Request Timeout', status: 408 }), 'unknown'],
    ['408 with a cause', answer(408, CAUSE), 'ended'],
    ['502 of a proxy', answer(502, '<html>'), 'unknown'],
    ['no answer in time', new errors.TimeoutError('late'), 'unknown'],
    ['a lost connection', new errors.ConnectionError('lost'), 'unknown'],
    ['an answer that is not JSON', new errors.DeserializationError('bad', 'x'), 'unknown'],
  ])('with %s has the fate refused, ended or unknown', async (_, thrown, fate) => {
    expect(await fateAfter(thrown)).toBe(fate);
  });

  test('is unsent if there was no time left', async () => {
    expect(await fateAfter(new Error('never thrown'), 0)).toBe('unsent');
  });

  test('has an unknown fate after an unexpected error', () => {
    expect(requestFateOf(new Error('anything'))).toBe('unknown');
    expect(requestFateOf(new InputError('bad', { expected: '', found: '', fix: '' }))).toBe('refused');
  });
});
