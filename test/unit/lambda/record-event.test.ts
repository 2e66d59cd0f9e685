import { expect, test } from 'vitest';
import { DETAIL_TYPES } from '../../../lib/erasure/intake/bus-event.ts';
import type { FunctionInvocation } from '../../../lib/lambda/invocation.ts';
import { recordEvent } from '../../../lib/lambda/record-event.ts';
import { HOUR } from '../../../lib/policy/time/duration.ts';
import { examplePolicy } from '../../support/policy/example-policy.ts';

const NOW = Date.parse('2026-11-24T09:00:00Z');
const category = examplePolicy.categories.get('console-configuration');

/** An invocation whose own clock is behind that of the cluster. */
const behind = (milliseconds: number): FunctionInvocation => {
  const clock = (): number => NOW - milliseconds;
  const store = { serverTime: async () => NOW };
  return { policy: examplePolicy, category, ports: { store, clock }, clock } as unknown as FunctionInvocation;
};

const reinstated = (at: number) => ({
  'detail-type': DETAIL_TYPES['account-reinstated'],
  id: 'msg_a',
  source: 'account-system',
  detail: { uin: '7', at: new Date(at).toISOString() },
});

test('an event that seems to be in the future is retried while the clocks disagree', async () => {
  await expect(recordEvent(behind(2 * HOUR), reinstated(NOW))).rejects.toMatchObject({ code: 'clock-skew' });
});

test('an event with a future date is refused if the clocks agree', async () => {
  await expect(recordEvent(behind(0), reinstated(NOW + HOUR))).rejects.toMatchObject({ code: 'too-far-ahead' });
});
