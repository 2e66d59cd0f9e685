import { describe, expect, test } from 'vitest';
import type { Criteria } from '../../lib/criteria/due-criteria.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { criteriaOf as criteriaAt } from '../../lib/purge/combine-rules.ts';
import { PORT_WORLDS, type PortWorld, targetOf } from '../support/purge/port-world.ts';
import { CUTOFF, NOW } from '../support/purge/purge-fixture.ts';

const criteriaOf = ({ fixture }: PortWorld): Criteria => criteriaAt(fixture.category, fixture.policy, NOW);

const MIXED = {
  'by-ingestion': { timestamps: [0], ingested: [CUTOFF - 2 * DAY] },
  expired: { timestamps: [CUTOFF - 1] },
  'expired-twice': { timestamps: [CUTOFF - 30 * DAY, CUTOFF - 1] },
  live: { timestamps: [CUTOFF] },
  'live-too': { timestamps: [CUTOFF - DAY, CUTOFF] },
  undatable: {},
};
const KEPT = ['live', 'live-too', 'undatable'];

describe.each(PORT_WORLDS)('a document remover %s', (_name, worldOf) => {
  test('counts every document that is not due as live, even undatable and unrefreshed ones', async () => {
    const world = worldOf();
    const index = await world.create('live', { shards: 2 });
    await world.add(index, MIXED);
    expect(await world.ports.remover.countLive(await targetOf(world, index), criteriaOf(world))).toBe(KEPT.length);
  });

  test('deletes all due documents slice by slice, and no others', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('slices', { shards: 2 });
    await world.add(index, MIXED);
    await remover.refresh(index);
    const target = await targetOf(world, index);
    let deleted = 0;
    for (const slice of await remover.slices(target, criteriaOf(world))) {
      const answer = await remover.deleteSlice(target, criteriaOf(world), async () => slice);
      expect(answer.full).toBe(false);
      deleted += answer.deleted;
      await remover.refresh(index);
    }
    expect(deleted).toBe(3);
    expect(await world.left(index)).toEqual(KEPT);
    expect(await remover.slices(target, criteriaOf(world))).toEqual([]);
  });

  test('deletes nothing outside the slice', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('bounds');
    await world.add(index, {
      before: { timestamps: [CUTOFF - 101] },
      first: { timestamps: [CUTOFF - 100] },
      last: { timestamps: [CUTOFF - 51] },
      next: { timestamps: [CUTOFF - 50] },
    });
    await remover.refresh(index);
    // The second and the third document that were written.
    const slice = { from: 1, to: 3 } as const;
    const target = await targetOf(world, index);
    expect(await remover.deleteSlice(target, criteriaOf(world), async () => slice)).toEqual({
      deleted: 2,
      full: false,
    });
    expect(await world.left(index)).toEqual(['before', 'next']);
  });

  test('splits documents that were written after the earlier slices, and no others', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('rewritten');
    const criteria = criteriaOf(world);
    const expired = { timestamps: [CUTOFF - 1] };
    await world.add(index, { first: expired, rewritten: expired });
    await remover.refresh(index);
    const target = await targetOf(world, index);
    const slices = await remover.slices(target, criteria);
    expect(await remover.slices(target, criteria, slices)).toEqual([]);
    await world.add(index, { rewritten: expired, late: expired, live: { timestamps: [NOW] } });
    await remover.refresh(index);
    for (const slice of await remover.slices(target, criteria, slices))
      await remover.deleteSlice(target, criteria, async () => slice);
    await remover.refresh(index);
    expect(await world.left(index)).toEqual(['first', 'live']);
  });

  test('splits documents that were written after the earlier slices in an index with several shards, too', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('shards', { shards: 3 });
    const criteria = criteriaOf(world);
    const expired = { timestamps: [CUTOFF - 1] };
    const ids = Array.from({ length: 20 }, (_, at) => `${at}`);
    await world.add(index, Object.fromEntries(ids.map((id) => [id, expired])));
    await remover.refresh(index);
    const target = await targetOf(world, index);
    const slices = await remover.slices(target, criteria);
    for (const slice of slices) await remover.deleteSlice(target, criteria, async () => slice);
    // Each in a shard that has given fewer numbers than another one.
    for (const id of ids) {
      await world.add(index, { [id]: expired });
      await remover.refresh(index);
      for (const slice of await remover.slices(target, criteria, slices))
        await remover.deleteSlice(target, criteria, async () => slice);
      await remover.refresh(index);
      expect(await world.left(index)).toEqual([]);
    }
  });

  test('deletes no more documents than the target allows', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('limited', { shards: 2 });
    await world.add(
      index,
      Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((id) => [id, { timestamps: [CUTOFF - 1] }])),
    );
    await remover.refresh(index);
    const target = await targetOf(world, index);
    const [slice] = await remover.slices(target, criteriaOf(world));
    for (const [atMost, deleted, full, left] of [
      [2, 2, true, 3],
      [9, 3, false, 0],
    ] as const) {
      const answer = await remover.deleteSlice({ ...target, atMost }, criteriaOf(world), async () => slice);
      expect(answer).toEqual({ deleted, full });
      await remover.refresh(index);
      expect(await world.left(index)).toHaveLength(left);
    }
  });

  test('deletes nothing if the permission is withdrawn or cannot be checked', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('forbidden');
    await world.add(index, { expired: { timestamps: [CUTOFF - 1] } });
    await remover.refresh(index);
    const target = await targetOf(world, index);
    const answer = await remover.deleteSlice(target, criteriaOf(world), async () => undefined);
    expect(answer).toEqual({ deleted: 0, full: false });
    const lost = remover.deleteSlice(target, criteriaOf(world), () => Promise.reject(new Error('lease-lost')));
    await expect(lost).rejects.toThrow('lease-lost');
    expect(await world.left(index)).toEqual(['expired']);
  });

  test('blocks writes, reports the block, refuses deletes, and lifts the block again', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('blocked');
    await world.add(index, { expired: { timestamps: [CUTOFF - 1] } });
    await remover.refresh(index);
    await remover.blockWrites(index);
    expect((await remover.state(index))?.blocks).toEqual(['write']);
    await expect(world.add(index, { late: { timestamps: [NOW] } })).rejects.toThrow('cluster_block_exception');

    const target = await targetOf(world, index);
    const [slice] = await remover.slices(target, criteriaOf(world));
    if (slice === undefined) throw new Error('an expired document makes a slice');
    await expect(remover.deleteSlice(target, criteriaOf(world), async () => slice)).rejects.toThrow();
    expect(await world.left(index)).toEqual(['expired']);

    await remover.liftWriteBlock(index);
    expect((await remover.state(index))?.blocks).toEqual([]);
    await world.add(index, { late: { timestamps: [NOW] } });
    expect(await world.left(index)).toEqual(['expired', 'late']);
  });

  test('accepts an existing write block, however it was set', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('twice');
    await world.block(index, 'write');
    await remover.blockWrites(index);
    await remover.blockWrites(index);
    expect((await remover.state(index))?.blocks).toEqual(['write']);
  });

  test('drops an index although its writes are blocked', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('dropped');
    await world.add(index, { expired: { timestamps: [CUTOFF - 1] } });
    await remover.blockWrites(index);
    await remover.drop(index);
    expect(await remover.state(index)).toBeUndefined();
    expect(await world.left(index)).toBeUndefined();
  });

  test('cannot drop an index under a read_only block', async () => {
    const world = worldOf();
    const index = await world.create('fast');
    await world.block(index, 'read_only');
    await expect(world.ports.remover.drop(index)).rejects.toThrow('cluster_block_exception');
    expect(await world.ports.remover.state(index)).toMatchObject({ blocks: ['read_only'] });
    await world.unblock(index, 'read_only');
    await world.ports.remover.drop(index);
    expect(await world.ports.remover.state(index)).toBeUndefined();
  });

  test('distinguishes a recreated index by its uuid', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('again');
    const before = await remover.state(index);
    await remover.drop(index);
    await world.create('again');
    expect((await remover.state(index))?.uuid).not.toBe(before?.uuid);
  });

  test('returns a digest that changes with the mapping of the fields', async () => {
    const world = worldOf();
    const { remover, store } = world.ports;
    const index = await world.create('read', { lacksIngested: true });
    const fields = ['@timestamp', 'event.ingested'];
    const [described] = await store.describe([index], fields);
    expect((await remover.state(index))?.mapping).toBeUndefined();
    expect((await remover.state(index, fields))?.mapping).toBe(described?.read.digest);
    expect(await store.mappings([index], fields)).toEqual(new Map([[index, described?.read.digest]]));
    await world.leaveOutIngested(index);
    const changed = (await remover.state(index, fields))?.mapping;
    expect(changed).not.toBe(described?.read.digest);
    expect(await store.mappings([index], fields)).toEqual(new Map([[index, changed]]));
    expect((await store.describe([index], fields))[0]?.read).toEqual({ fields, digest: changed });
    await world.shadow(index, '_index');
    expect([changed, undefined]).not.toContain((await remover.state(index, fields))?.mapping);
  });

  test('keeps a document that arrives later with a live date only in _source', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('arriving', { lacksIngested: true });
    await world.add(index, { expired: { timestamps: [CUTOFF - 1] } });
    const target = await targetOf(world, index);
    await world.leaveOutIngested(index);
    await world.add(index, { late: { timestamps: [CUTOFF - 1], unseen: { ingested: [NOW] } } });
    await remover.refresh(index);
    for (const slice of await remover.slices(target, criteriaOf(world)))
      await remover.deleteSlice(target, criteriaOf(world), async () => slice);
    expect(await world.left(index)).toEqual(['late']);
  });

  test('throws when it counts live documents in a missing or closed index', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const [gone, closed] = [await world.create('gone'), await world.create('closed')];
    const targets = [await targetOf(world, gone), await targetOf(world, closed)];
    await remover.drop(gone);
    await world.close(closed);
    for (const target of targets) await expect(remover.countLive(target, criteriaOf(world))).rejects.toThrow();
  });

  test('gives the same answer for several indices at once as for each alone', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const names = await Promise.all(['a', 'b', 'gone', 'closed'].map((suffix) => world.create(suffix)));
    const [a, b, gone, closed] = names as [string, string, string, string];
    await world.add(a, { expired: { timestamps: [CUTOFF - 1] }, live: { timestamps: [NOW] } });
    const targets = await Promise.all(names.map((name) => targetOf(world, name)));
    await remover.drop(gone);
    await world.close(closed);
    const live = await Promise.allSettled(targets.map((target) => remover.countLive(target, criteriaOf(world))));
    expect(live.map((each) => (each.status === 'fulfilled' ? each.value : undefined))).toEqual([
      1,
      0,
      undefined,
      undefined,
    ]);
    const states = await Promise.all(names.map((name) => remover.state(name)));
    expect(states.map((state) => state?.uuid)).toEqual([
      targets[0]?.uuid,
      targets[1]?.uuid,
      undefined,
      targets[3]?.uuid,
    ]);
    const blocked = await Promise.allSettled([a, b, gone].map((name) => remover.blockWrites(name)));
    expect(blocked.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect((await remover.state(b))?.blocks).toEqual(['write']);
    await Promise.all([a, b].map((name) => remover.liftWriteBlock(name)));
    expect((await remover.state(b))?.blocks).toEqual([]);
    await Promise.all([a, b].map((name) => remover.drop(name)));
    expect(await Promise.all([a, b].map((name) => remover.state(name)))).toEqual([undefined, undefined]);
  });
});
