import { describe, expect, test } from 'vitest';
import { MINUTE } from '../../../lib/policy/time/duration.ts';
import {
  assertClocksAgree,
  clockFinding,
  clockRefusal,
  clocksAgree,
  earlierOf,
  readClocks,
} from '../../../lib/purge/clocks.ts';
import { EXPIRED, LIVE, NOW, PurgeInMemory } from '../../support/in-memory/purge-in-memory.ts';

const apart = (skew: number) => ({ ours: NOW, cluster: NOW + skew, skew });

/** Both clocks, read by a request that takes so long. */
const read = (cluster: number | undefined, duration = 0) => {
  const ours = [NOW, NOW + duration];
  return readClocks({ serverTime: async () => cluster }, { indices: ['a-*'] }, () => ours.shift() ?? Number.NaN);
};

describe('the moment of a plan', () => {
  test.each([
    ['ahead of ours', NOW + MINUTE, NOW, MINUTE],
    ['behind ours', NOW - MINUTE, NOW - MINUTE, -MINUTE],
    ['ours', NOW, NOW, 0],
  ])('is the time of the earlier clock if the clock of the cluster is %s', async (_, cluster, now, skew) => {
    expect(await read(cluster)).toEqual({ now, clocks: { ours: NOW, cluster, skew } });
  });

  test.each([
    ['within the request', 4_000, 0],
    ['before it', -1_000, -1_000],
    ['after it', 6_000, 1_000],
  ])('does not count the duration of the request as a difference: cluster time %s', async (_, after, skew) => {
    expect((await read(NOW + after, 5_000)).clocks?.skew).toBe(skew);
  });

  test('is the time of our clock if the cluster does not report its time', async () => {
    expect(await read(undefined)).toEqual({ now: NOW });
  });
});

describe('a later moment of the run', () => {
  test('is also the time of the earlier clock', () => {
    expect([apart(MINUTE), apart(-MINUTE), undefined].map((clocks) => earlierOf(NOW, clocks))).toEqual([
      NOW,
      NOW - MINUTE,
      NOW,
    ]);
  });
});

describe('two clocks', () => {
  test.each([
    [0, true],
    [5 * MINUTE, true],
    [-5 * MINUTE, true],
    [5 * MINUTE + 1, false],
    [-5 * MINUTE - 1, false],
  ])('that are %i ms apart agree: %s', (skew, agree) => {
    expect(clocksAgree(apart(skew))).toBe(agree);
    expect(clockRefusal(apart(skew), false) === undefined).toBe(agree);
    expect(clockRefusal(apart(skew), true)?.code).toBe(agree ? undefined : 'clock-skew');
    const assert = () => assertClocksAgree({ now: NOW, clocks: apart(skew) });
    if (agree) expect(assert).not.toThrow();
    else expect(assert).toThrow('clock-skew');
  });

  test('must both be known to remove anything, but not to record events', () => {
    expect(clocksAgree(undefined)).toBe(false);
    expect(clockRefusal(undefined, true)).toMatchObject({ code: 'clock-skew' });
    expect(clockRefusal(undefined, false)).toBeUndefined();
    expect(() => assertClocksAgree({ now: NOW })).not.toThrow();
  });

  test.each([
    [MINUTE, undefined],
    [-MINUTE, undefined],
    [MINUTE + 1, 'notice'],
    [-MINUTE - 1, 'notice'],
    [5 * MINUTE, 'notice'],
    [5 * MINUTE + 1, 'blocking'],
  ])('that are %i ms apart are reported as %s', (skew, severity) => {
    expect(clockFinding(apart(skew))?.severity).toBe(severity);
  });

  test('are not reported if one is unknown', () => {
    expect(clockFinding(undefined)).toBeUndefined();
  });
});

describe('a run', () => {
  const runAt = async (skew: number | undefined, change: (world: PurgeInMemory) => void = () => undefined) => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED, LIVE);
    const serverTime = async () => (skew === undefined ? undefined : world.now + skew);
    world.ports = { ...world.ports, store: { ...world.ports.store, serverTime } };
    change(world);
    return { world, report: await world.run() };
  };

  test.each([6 * MINUTE, -6 * MINUTE, undefined])(
    'removes nothing if the clocks do not agree (%s ms)',
    async (skew) => {
      const { world, report } = await runAt(skew);
      expect(report).toMatchObject({ outcome: 'refused', refusals: [{ code: 'clock-skew' }] });
      expect(world.left('call-log-1')).toEqual(['0', '1']);
    },
  );

  test('removes nothing if the time of the cluster is unknown, even if only a few documents are due', async () => {
    const { world, report } = await runAt(undefined, (each) => {
      each.fill('call-log-2', EXPIRED);
      each.fill('call-log-3', LIVE);
      each.fill('call-log-4', LIVE);
    });
    expect(report).toMatchObject({ outcome: 'refused', documentsRemoved: 0 });
    expect(world.left('call-log-2')).toEqual(['0']);
  });

  test('keeps documents that are expired only by the later of two clocks', async () => {
    const { world, report } = await runAt(-MINUTE);
    expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 0 });
    expect(world.left('call-log-1')).toEqual(['0', '1']);
  });

  test('reports that a clock was set during the run', async () => {
    let skew = 0;
    const { report } = await runAt(0, (world) => {
      const serverTime = async () => world.now + skew;
      world.ports = { ...world.ports, store: { ...world.ports.store, serverTime } };
      world.around('slices', (real) => (...given) => {
        skew = 2 * MINUTE;
        return real(...given);
      });
    });
    expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
    expect(report.findings).toMatchObject([{ code: 'clock-skew', severity: 'notice' }]);
  });
});
