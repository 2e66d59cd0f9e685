import { expect, test } from 'vitest';
import { planOf } from '../../oracle/plan.ts';
import { DAY, HOUR } from '../../simulation/promise.ts';

const SIZE = { schedules: 12, documents: 20, days: 4, steps: 3, window: 20, isDense: false };
const NOON = Date.UTC(2026, 5, 1, 12);

/** What happens in the world of a seed, by the distance from its first run. */
const courseAt = (now: number) => {
  const { steps } = planOf('a', 'x', now, SIZE);
  const start = steps[0]?.at ?? 0;
  return steps.map(({ at, writes, messages, faults }) => ({
    at: at - start,
    faults,
    writes: writes.map(({ document: { id, uins, apps, dates } }) => ({
      id,
      uins,
      apps,
      dates: dates.map((date) => date - start),
    })),
    messages: messages.map((all) => all.messages.map((message) => ({ ...message, at: message.at - start }))),
  }));
};

test.each([
  ['an hour', HOUR],
  ['half a day', 12 * HOUR - 1],
  ['a day', DAY],
  ['a month', 30 * DAY],
])('a seed gives the same course of events if its world begins %s later', (_name, later) => {
  expect(courseAt(NOON + later)).toEqual(courseAt(NOON));
});
