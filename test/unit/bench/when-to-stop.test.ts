import { expect, test } from 'vitest';
import { whyStop } from '../../bench/page/when-to-stop.ts';

test('growth goes on while the next size fits into the time that is left', () => {
  const taken = [
    { size: 10, whole: 5, longest: 2 },
    { size: 100, whole: 14, longest: 4 },
  ];
  // 5 − 10 · 0.1 = 4 s of fixed costs, and 0.1 s for each.
  expect(whyStop(taken, 1_000, 104)).toBeUndefined();
  expect(whyStop(taken, 1_000, 103)).toBe('1,000 would have taken about 2 minutes, and 1 were left');
});

test('growth stops after a command of more than two minutes, even if there is time', () => {
  expect(whyStop([{ size: 1_000, whole: 130, longest: 120 }], 10_000, 9_999)).toBeUndefined();
  expect(whyStop([{ size: 1_000, whole: 130, longest: 121 }], 10_000, 9_999)).toBe(
    'at 1,000, one of the commands took 121 s, and two minutes are the limit',
  );
});

test('growth always measures the first size', () => {
  expect(whyStop([], 10, 0)).toBeUndefined();
});

test('growth never expects a larger size to take less time', () => {
  const taken = [
    { size: 10, whole: 9, longest: 2 },
    { size: 100, whole: 5, longest: 2 },
  ];
  expect(whyStop(taken, 1_000, 5)).toBeUndefined();
  expect(whyStop(taken, 1_000, 4)).toBe('1,000 would have taken about 1 minutes, and 0 were left');
});
