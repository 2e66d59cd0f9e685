import { describe, expect, test } from 'vitest';
import { batched, shared } from '../../lib/base/batch-calls.ts';

describe('calls that are combined', () => {
  const doubling = () => {
    const asked: (readonly number[])[] = [];
    const double = batched<number, number>(async (keys) => {
      asked.push(keys);
      return keys.map((key) => (key < 0 ? new Error(`no ${key}`) : key * 2));
    });
    return { asked, double };
  };

  test('become one if they are made at the same moment', async () => {
    const { asked, double } = doubling();
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6]);
    expect(asked).toEqual([[1, 2, 3]]);
  });

  test('stay together over several steps, although each has its own work in between', async () => {
    const { asked, double } = doubling();
    const steps = async (first: number): Promise<number> => {
      const second = await double(first);
      for (let more = 0; more < first; more++) await Promise.resolve();
      return double(second);
    };
    expect(await Promise.all([1, 2, 3].map(steps))).toEqual([4, 8, 12]);
    expect(asked).toEqual([
      [1, 2, 3],
      [2, 4, 6],
    ]);
  });

  test('are not cached: a call that is made again is sent again', async () => {
    const { asked, double } = doubling();
    await double(1);
    await double(1);
    expect(asked).toEqual([[1], [1]]);
  });

  test('fail separately, each with its own error', async () => {
    const { double } = doubling();
    const results = await Promise.allSettled([double(1), double(-2)]);
    expect(results).toEqual([
      { status: 'fulfilled', value: 2 },
      { status: 'rejected', reason: new Error('no -2') },
    ]);
  });
});

describe('a call that is shared', () => {
  test('answers callers from before it began, but not later ones', async () => {
    let calls = 0;
    const begun: (() => void)[] = [];
    const ask = shared(async () => {
      calls += 1;
      const mine = calls;
      await new Promise<void>((resolve) => begun.push(resolve));
      return mine;
    });
    const early = [ask(), ask()];
    await new Promise((resolve) => setImmediate(resolve));
    const late = ask();
    await new Promise((resolve) => setImmediate(resolve));
    for (const end of begun) end();
    expect(await Promise.all([...early, late])).toEqual([1, 1, 2]);
  });

  test('fails for every caller that shares it', async () => {
    const ask = shared(() => Promise.reject(new Error('away')));
    const results = await Promise.allSettled([ask(), ask()]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('may have an empty answer', async () => {
    expect(await shared(async () => undefined)()).toBeUndefined();
  });
});
