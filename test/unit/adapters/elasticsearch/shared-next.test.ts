import { expect, test } from 'vitest';
import { sharedNext } from '../../../../lib/base/batch-calls.ts';

/** A work that is done by hand, and the calls of it that have begun. */
const byHand = () => {
  const begun: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  const work = () =>
    new Promise<void>((resolve, reject) => {
      begun.push({ end: resolve, fail: reject });
    });
  return { begun, work };
};
const aMoment = () => new Promise((resolve) => setImmediate(resolve));

test('calls during a task share the next task, which begins after all of them', async () => {
  const { begun, work } = byHand();
  const call = sharedNext(work);
  const ended: string[] = [];
  const note = (name: string) => () => void ended.push(name);
  const first = call().then(note('first'));
  await aMoment();
  expect(begun).toHaveLength(1);
  const others = [call().then(note('second')), call().then(note('third'))];
  await aMoment();
  expect(begun).toHaveLength(1);
  begun[0]?.end();
  await first;
  await aMoment();
  // The first work was not enough for them.
  expect([ended, begun.length]).toEqual([['first'], 2]);
  begun[1]?.end();
  await Promise.all(others);
  expect(ended).toEqual(['first', 'second', 'third']);
});

test('a failed task fails only the calls that shared it', async () => {
  const { begun, work } = byHand();
  const call = sharedNext(work);
  const first = call();
  await aMoment();
  const second = call();
  begun[0]?.fail(new Error('full'));
  await expect(first).rejects.toThrow('full');
  await aMoment();
  begun[1]?.end();
  await expect(second).resolves.toBeUndefined();
});
