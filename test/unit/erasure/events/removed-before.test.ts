import { expect, test } from 'vitest';
import { assertRemembered, noteRemoved, removedBefore } from '../../../../lib/erasure/events/removed-before.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { inMemoryEventLog } from '../../../support/in-memory/records/in-memory-ledger.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const SHORT = 16 * DAY;
const LONG = 75 * DAY;

const logWithEvent = async () => {
  const log = inMemoryEventLog();
  const at = isoInstant(NOW);
  const event = { id: 'a', type: 'account-deleted', kid: 'k', hash: 'h', at, heardAt: at } as const;
  await log.keep([{ ...event, immediate: false, requestId: 'm' }]);
  return log;
};

// Never: an account erased that came back, since the return was forgotten under a shorter memory than that of today.

test('the removal date of a shorter memory stays in force until a longer memory passes it', async () => {
  const log = await logWithEvent();
  const before = async (memory: number, now: number): Promise<number | undefined> => {
    await noteRemoved(log, memory, now);
    return removedBefore(log, now);
  };
  expect(await before(LONG, NOW)).toBe(NOW - LONG);
  expect(await before(SHORT, NOW + HOUR)).toBe(NOW + HOUR - SHORT);
  expect(await before(LONG, NOW + DAY)).toBe(NOW + HOUR - SHORT);
  expect(await before(SHORT, NOW + DAY)).toBe(NOW + DAY - SHORT);
  expect(await before(SHORT, NOW + DAY + HOUR)).toBe(NOW + DAY - SHORT);
  expect(await before(LONG, NOW + 90 * DAY)).toBe(NOW + 15 * DAY);
});

test('no removal is recorded in an event log without events', async () => {
  const log = inMemoryEventLog();
  await noteRemoved(log, SHORT, NOW);
  expect(await removedBefore(log, NOW)).toBeUndefined();
});

test.each<[string, 'account-deleted' | 'account-reinstated', number, number | undefined, boolean]>([
  ['a termination before it', 'account-deleted', 20, NOW - SHORT, true],
  ['one after it', 'account-deleted', 15.9, NOW - SHORT, false],
  ['a return before it', 'account-reinstated', 20, NOW - SHORT, false],
  ['one where no instant was written down', 'account-deleted', 20, undefined, false],
])('only a termination dated before the recorded removal is refused: %s', (_, type, days, before, isRefused) => {
  const check = () => assertRemembered({ type, at: NOW - days * DAY }, before);
  if (isRefused) expect(check).toThrow(expect.objectContaining({ code: 'too-long-ago', field: 'at' }));
  else expect(check).not.toThrow();
});

test('an implausible record of a removal is ignored, and a true one still applies', async () => {
  const log = await logWithEvent();
  await log.noteRemoved(NOW - 20 * DAY, NOW - 4 * DAY);
  for (const forged of [Date.parse('9999-01-01T00:00:00Z'), NOW + DAY, NOW - 14 * DAY])
    await log.noteRemoved(forged, NOW);
  expect(await removedBefore(log, NOW)).toBe(NOW - 20 * DAY);
  await noteRemoved(log, SHORT, NOW);
  expect(await removedBefore(log, NOW)).toBe(NOW - SHORT);
});
