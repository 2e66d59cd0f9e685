import { expect, test } from 'vitest';
import { progressText } from '../../../../lib/cli/output/progress-line.ts';

test('progress shows removed and total numbers, the rate, and the time left', () => {
  expect(progressText('sdk-logs', { removed: 100_000, total: 300_000, elapsed: 2_000 })).toBe(
    'sdk-logs: 100,000 of 300,000 documents · 50,000/s · 4 s left',
  );
});

test('no rate is shown before anything was removed', () => {
  expect(progressText('uins', { removed: 0, total: 10, elapsed: 500 })).toBe('uins: 0 of 10 documents');
  expect(progressText('uins', { removed: 5, total: 10, elapsed: 0 })).toBe('uins: 5 of 10 documents');
});

test('time left is rounded up, and never negative', () => {
  expect(progressText('uins', { removed: 90, total: 100, elapsed: 900 })).toContain('1 s left');
  expect(progressText('uins', { removed: 110, total: 100, elapsed: 1_000 })).toContain('0 s left');
});
