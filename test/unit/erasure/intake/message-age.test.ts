import { describe, expect, test } from 'vitest';
import {
  eventTimeOf,
  hiddenAfter,
  MAX_TRIES,
  MESSAGE_LIFE,
  mayBeKeptWhole,
  mayWait,
  QUEUE_RETENTION,
} from '../../../../lib/erasure/intake/message-age.ts';
import { DAY, HOUR, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';

const NOW = Date.parse('2026-11-24T09:00:00Z');
const ago = (milliseconds: number): object => ({ time: isoInstant(NOW - milliseconds) });

describe('the age of a message', () => {
  test.each<[string, unknown, number]>([
    ['counts from its own time, if a delivery can have taken so long', ago(20 * HOUR), 20 * HOUR],
    ['is at most what a delivery can have taken, whatever its sender wrote', ago(300 * DAY), 30 * HOUR],
    ['is zero if its own time lies ahead', ago(-DAY), 0],
    ['is zero if it has no time', { id: 'a' }, 0],
    ['is zero if its time cannot be read', { time: 'yesterday' }, 0],
    ['is zero if there is no event', 'cut off', 0],
  ])('as read from its event %s', (_, event, age) => {
    expect(NOW - eventTimeOf(event, NOW)).toBe(age);
  });
});

describe('a message', () => {
  test('is removed from every queue after 14 days, however long its delivery took', () => {
    for (const delivery of [0, HOUR, 30 * HOUR]) {
      const born = eventTimeOf(ago(delivery), NOW);
      expect(mayBeKeptWhole(born, NOW)).toBe(true);
      expect(NOW + QUEUE_RETENTION - born).toBeLessThanOrEqual(MESSAGE_LIFE);
    }
  });

  test.each([[1], [5], [20], [60]])(
    'that fails every %i minutes never exceeds the maximum number of tries',
    (minutes) => {
      let [tries, at] = [0, NOW];
      for (; at < NOW + QUEUE_RETENTION; at += Math.max(minutes * MINUTE, hiddenAfter(tries))) tries++;
      expect(tries).toBeLessThanOrEqual(MAX_TRIES);
    },
  );

  test('is retried without delay for three days, and never hidden for more than 12 hours', () => {
    expect(hiddenAfter((3 * DAY) / (15 * MINUTE))).toBe(0);
    expect(hiddenAfter(MAX_TRIES)).toBeLessThanOrEqual(12 * HOUR); // SQS hides none longer
  });

  test('is not kept whole in another queue if it would be older than 14 days there', () => {
    expect(mayBeKeptWhole(NOW - 30 * HOUR - 1, NOW)).toBe(false);
  });

  test('may wait until one day before SQS removes it', () => {
    expect(mayWait(NOW, NOW, NOW + QUEUE_RETENTION - DAY - 1)).toBe(true);
    expect(mayWait(NOW, NOW, NOW + QUEUE_RETENTION - DAY)).toBe(false);
  });

  test('may wait until it is 13 days old if it was sent again', () => {
    expect(mayWait(NOW - 13 * DAY + 1, NOW, NOW)).toBe(true);
    expect(mayWait(NOW - 13 * DAY, NOW, NOW)).toBe(false);
  });
});
