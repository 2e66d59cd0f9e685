import { describe, expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { failure } from '../../../support/in-memory/in-memory-cluster.ts';
import { dated, EXPIRED, LIVE, NOW, PurgeInMemory } from '../../../support/in-memory/purge-in-memory.ts';

/** So many expired documents and a live one, deleted two at a time. */
const mixed = (expired: number): PurgeInMemory => {
  const world = new PurgeInMemory(2);
  world.fill('call-log-1', ...Array.from({ length: expired }, () => EXPIRED), LIVE);
  return world;
};

describe('expired documents of an index that stays', () => {
  test('are deleted in bounded requests, until none is left', async () => {
    const world = mixed(5);
    const deleted: number[] = [];
    let refreshed = 0;
    world.around('deleteSlice', (real) => async (...given) => {
      const answer = await real(...given);
      deleted.push(answer.deleted);
      return answer;
    });
    world.around('refresh', (real) => async (index) => {
      refreshed += 1;
      await real(index);
    });
    const { indices } = await world.run();
    expect(deleted).toEqual([2, 2, 1]);
    // After each full request, or it would find the same ones again; and once at the end.
    expect(refreshed).toBe(3);
    expect(indices[0]).toMatchObject({ did: 'deleted', documentsRemoved: 5, documentsAfter: 1 });
    expect(indices[0]?.note).toBeUndefined();
  });

  test.each<[string, boolean, object]>([
    ['are deleted', false, { outcome: 'complete', documentsRemoved: 3, found: { due: 0 } }],
    [
      'stay and are counted',
      true,
      {
        outcome: 'incomplete',
        documentsRemoved: 2,
        found: { due: 1 },
        indices: [{ did: 'deleted', note: expect.stringContaining('no answer') }],
      },
    ],
  ])(
    'that are written again behind the deletion %s in the same run (the second look fails: %s)',
    async (_, fails, report) => {
      const world = new PurgeInMemory();
      world.fill('call-log-1', EXPIRED, EXPIRED, LIVE);
      let looks = 0;
      world.around('slices', (real) => async (...given) => {
        looks += 1;
        if (looks > 1 && fails) throw failure('timeout', 'no answer');
        return real(...given);
      });
      world.around('deleteSlice', (real) => async (...given) => {
        const deletion = await real(...given);
        if (looks === 1) world.cluster.write('call-log-1', '0', { timestamps: [EXPIRED], ingested: [] });
        return deletion;
      });
      expect(await world.run()).toMatchObject(report);
      expect(looks).toBe(2);
      expect(world.left('call-log-1')).toEqual(fails ? ['2', '0'] : ['2']);
    },
  );

  test('are counted as removed even if the refresh after their deletion fails', async () => {
    const world = mixed(1);
    let hasDeleted = false;
    world.around('deleteSlice', (real) => async (...given) => {
      const deletion = await real(...given);
      hasDeleted = true;
      return deletion;
    });
    world.around('refresh', (real) => async (index) => {
      if (hasDeleted) throw failure('partial-answer', 'a shard did not refresh');
      await real(index);
    });
    const { indices, documentsRemoved } = await world.run();
    expect(documentsRemoved).toBe(1);
    expect(indices[0]).toMatchObject({ did: 'deleted', note: expect.stringContaining('a shard did not refresh') });
  });

  test('stay if the time runs out, and the report counts those deleted before', async () => {
    const world = mixed(5);
    let requests = 0;
    world.around('deleteSlice', (real) => (...given) => {
      requests += 1;
      return real(...given);
    });
    const report = await world.run({ budget: { remaining: () => (requests > 1 ? 0 : 1) } });
    expect(report.indices[0]).toMatchObject({
      did: 'deleted',
      documentsRemoved: 2,
      note: 'the time budget was used up; the next run continues',
      dueAfter: 3,
    });
    expect(report).toMatchObject({ outcome: 'incomplete', kept: true });
  });

  test.each<[string, (world: PurgeInMemory) => void, string, readonly string[] | undefined]>([
    [
      'was replaced',
      (world: PurgeInMemory) => {
        world.cluster.indices.delete('call-log-1');
        world.fill('call-log-1', EXPIRED);
      },
      'it was replaced',
      ['0'],
    ],
    ['is gone', (world: PurgeInMemory) => void world.cluster.indices.delete('call-log-1'), 'it is gone', undefined],
  ])('are not deleted if the index %s after the plan', async (_, change, note, left) => {
    const world = mixed(2);
    let isChanged = false;
    world.around('state', (real) => async (...given) => {
      if (!isChanged) change(world);
      isChanged = true;
      return real(...given);
    });
    const { indices } = await world.run();
    expect(world.left('call-log-1')).toEqual(left);
    expect(indices[0]).toMatchObject({ did: 'left', documentsRemoved: 0, note });
  });

  test.each(['write', 'read_only', 'read_only_allow_delete'] as const)(
    'stay under a block that was set after the plan (%s)',
    async (block) => {
      const world = mixed(2);
      world.around('state', (real) => (...given) => {
        world.cluster.describe('call-log-1', { blocks: ['metadata', block] });
        return real(...given);
      });
      let requests = 0;
      world.around('deleteSlice', (real) => (...given) => {
        requests += 1;
        return real(...given);
      });
      const { indices } = await world.run();
      expect([world.left('call-log-1'), requests]).toEqual([['0', '1', '2'], 0]);
      expect(indices[0]).toMatchObject({ did: 'left', note: `index.blocks.${block} was set after the plan` });
    },
  );

  test.each<[string, (world: PurgeInMemory) => void, RegExp]>([
    [
      'its mapping changed',
      (world: PurgeInMemory) => world.cluster.describe('call-log-1', { fields: new Map() }),
      /mapping changed/,
    ],
    [
      'another index took its name',
      (world: PurgeInMemory) => {
        world.cluster.indices.delete('call-log-1');
        world.fill('call-log-1', EXPIRED, EXPIRED, EXPIRED, EXPIRED);
      },
      /replaced/,
    ],
    [
      'the run lost its lease',
      (world: PurgeInMemory) => {
        world.now += DAY;
      },
      /lease-lost/,
    ],
  ])('are not deleted by any further request if %s', async (_, change, note) => {
    const world = mixed(4);
    let requests = 0;
    world.around('deleteSlice', (real) => (...given) => {
      if (++requests === 2) change(world);
      return real(...given);
    });
    const { indices } = await world.run();
    expect(requests).toBe(2);
    expect(world.left('call-log-1')?.length).toBeGreaterThanOrEqual(3);
    expect(indices[0]).toMatchObject({ documentsRemoved: 2, did: 'deleted', note: expect.stringMatching(note) });
  });

  test('are counted up to a failed request, and the report gives the reason', async () => {
    const world = mixed(4);
    let requests = 0;
    world.around('deleteSlice', (real) => async (...given) => {
      if (++requests === 2) throw failure('some-code', 'some reason');
      return real(...given);
    });
    const { indices } = await world.run();
    expect(indices[0]).toMatchObject({ documentsRemoved: 2, did: 'deleted', note: expect.stringMatching(/some-code/) });
  });

  test('are deleted by requests with the result window of the index', async () => {
    const windows = async (resultWindow?: number) => {
      const world = mixed(1);
      if (resultWindow !== undefined) world.cluster.describe('call-log-1', { resultWindow });
      const seen: unknown[] = [];
      world.around('deleteSlice', (real) => (target, ...given) => {
        seen.push('resultWindow' in target ? target.resultWindow : 'none');
        return real(target, ...given);
      });
      await world.run();
      return seen;
    };
    expect([await windows(500), await windows()]).toEqual([[500], ['none']]);
  });

  test('are not requested again if the answer says why some of them stay', async () => {
    const world = mixed(4);
    let requests = 0;
    world.around('deleteSlice', (real) => async (...given) => {
      requests += 1;
      return { ...(await real(...given)), leftBecause: 'a shard failed' };
    });
    const { indices } = await world.run();
    expect(requests).toBe(1);
    expect(indices[0]).toMatchObject({ documentsRemoved: 2, note: 'a shard failed' });
  });

  test('make the run incomplete if none of them could be deleted', async () => {
    const world = mixed(2);
    world.around('deleteSlice', () => () => Promise.reject(failure('some-code', 'some reason')));
    const { indices, outcome } = await world.run();
    expect([indices[0]?.did, outcome]).toEqual(['left', 'incomplete']);
  });

  test('are deleted by at most three requests at once, and none after a failure', async () => {
    const world = mixed(2);
    world.cluster.write('call-log-1', 'by ingestion', { timestamps: [], ingested: [EXPIRED] });
    let requests = 0;
    world.around('slices', (real) => async (...given) => {
      const slices = await real(...given);
      return [...slices, ...slices, ...slices];
    });
    let [now, most] = [0, 0];
    world.around('deleteSlice', () => async () => {
      requests += 1;
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      throw failure('some-code', 'some reason');
    });
    await world.run();
    expect([requests, most]).toEqual([3, 3]);
  });

  test('are deleted by the criteria of the plan, so that live documents written later stay', async () => {
    const world = mixed(2);
    world.around('deleteSlice', (real) => (...given) => {
      world.cluster.write('call-log-1', 'late', dated(NOW));
      return real(...given);
    });
    await world.run();
    expect(world.left('call-log-1')).toEqual(['2', 'late']);
  });
});
