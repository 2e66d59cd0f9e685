import { expect, inject, test } from 'vitest';
import { live } from './world.ts';

const SMALL = { schedules: 6, documents: 12, days: 2, steps: 2, window: 20, isDense: false };

test('a small simulated history on a real server breaks no promise', async () => {
  const course = await live('small-26', { url: inject('elasticsearchUrl'), size: SMALL });
  expect(course.complaints).toEqual([]);
  expect(course).toMatchObject({ schedules: SMALL.schedules, runs: 10 });
  expect(course.documents).toBeGreaterThanOrEqual(SMALL.schedules * SMALL.documents);
});
