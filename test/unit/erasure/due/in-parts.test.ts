import { expect, test } from 'vitest';
import { inParts } from '../../../../lib/erasure/due/in-parts.ts';

const ITEMS = [1, 2, 3, 4, 5, 6, 7];

test('every item is in exactly one part, in order', async () => {
  const parts: (readonly number[])[] = [];
  await inParts(ITEMS, 3, async (part) => void parts.push(part));
  expect(parts).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
});

test('an empty list causes no call', async () => {
  let calls = 0;
  await inParts([], 3, async () => void calls++);
  expect(calls).toBe(0);
});

test('at most two parts are processed at the same time', async () => {
  let [now, most] = [0, 0];
  await inParts(ITEMS, 1, async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
  });
  expect(most).toBe(2);
});

test('after a failure no further part begins, and the error waits until the running part ends', async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const work = inParts(ITEMS, 1, async ([item = 0]) => {
    begun.push(item);
    await new Promise((resolve) => setImmediate(resolve));
    if (item === 1) throw new Error('first');
    await new Promise((resolve) => setTimeout(resolve, 20));
    ended.push(item);
  });
  await expect(work).rejects.toThrow('first');
  expect([begun, ended]).toEqual([[1, 2], [2]]);
});
