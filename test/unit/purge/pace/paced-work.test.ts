import { describe, expect, test } from 'vitest';
import type { PacedWork, Rested } from '../../../../lib/purge/pace/pace.ts';
import type { Throttle } from '../../../../lib/purge/pace/throttle.ts';
import { dated, EXPIRED, LIVE, NOW, PurgeInMemory } from '../../../support/in-memory/purge-in-memory.ts';

const HOUR = 3_600_000;

/** A throttle that notes what it is asked. */
class NotingThrottle {
  readonly works: PacedWork[] = [];
  readonly events: string[] = [];
  rested: Rested = { milliseconds: 0, isShortened: false };

  paceOf(work: PacedWork) {
    this.works.push(work);
    return {
      batch: 2,
      atOnce: 1,
      request: async <T>(index: string, send: () => Promise<T>) => {
        this.events.push(index);
        return send();
      },
      expect: (documents: number) => void this.events.push(`${documents} more`),
      rested: this.rested,
      end: () => void this.events.push('end'),
    };
  }
}

const throttled = () => {
  const world = new PurgeInMemory();
  const throttle = new NotingThrottle();
  world.ports = { ...world.ports, throttle: throttle as unknown as Throttle };
  world.fill('call-log-old', EXPIRED, EXPIRED);
  world.fill('call-log-new', EXPIRED, EXPIRED, EXPIRED, LIVE);
  return { world, throttle };
};

describe('a run with a throttle', () => {
  test('asks the throttle before each small deletion, and tells it when that ended', async () => {
    const { world, throttle } = throttled();
    const sizes: number[] = [];
    world.around('deleteSlice', (real) => async (target, ...given) => {
      sizes.push(target.batch ?? 0);
      return real(target, ...given);
    });
    expect(await world.run()).toMatchObject({ outcome: 'complete', documentsRemoved: 5 });
    expect(throttle.events).toEqual([...sizes.map(() => 'call-log-new'), 'end']);
    expect(new Set(sizes)).toEqual(new Set([2]));
  });

  test('tells the throttle how much is to be deleted, and when a promise is broken', async () => {
    const { world, throttle } = throttled();
    await world.run();
    expect(throttle.works).toMatchObject([{ documents: 3, brokenFrom: NOW + HOUR - 1 }]);
  });

  test('does not ask the throttle for a drop, or in a dry run', async () => {
    const { world, throttle } = throttled();
    await world.run({ dryRun: true });
    expect(throttle.works).toEqual([]);
    world.cluster.indices.delete('call-log-new');
    world.fill('call-log-newer', LIVE);
    await world.run();
    expect(throttle.events).toEqual(['end']);
  });

  test('tells the throttle of a drop that becomes a deletion', async () => {
    const { world, throttle } = throttled();
    world.around('blockWrites', (real) => async (index) => {
      if (index === 'call-log-old') world.cluster.write(index, 'late', dated(LIVE));
      await real(index);
    });
    await world.run();
    expect(throttle.events).toContain('2 more');
    expect(world.left('call-log-old')).toEqual(['late']);
  });

  test('reports how long it rested, and nothing if it did not', async () => {
    const { world, throttle } = throttled();
    throttle.rested = { milliseconds: 1_234.5, isShortened: false };
    const report = await world.run();
    expect(report.restedMilliseconds).toBe(1_235);
    expect(report.findings).toEqual([]);
    throttle.rested = { milliseconds: 0, isShortened: false };
    expect(await world.run()).not.toHaveProperty('restedMilliseconds');
  });

  test('reports that its rests were shortened, and is complete nevertheless', async () => {
    const { world, throttle } = throttled();
    throttle.rested = { milliseconds: 5, isShortened: true };
    const report = await world.run();
    expect(report).toMatchObject({ outcome: 'complete', kept: true });
    expect(report.findings.map(({ code, severity }) => [code, severity])).toEqual([['rests-shortened', 'notice']]);
  });
});
