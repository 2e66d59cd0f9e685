import { describe, expect, test } from 'vitest';
import { MINUTE } from '../../../../lib/policy/time/duration.ts';
import { failure } from '../../../support/in-memory/in-memory-cluster.ts';
import { EXPIRED, LIVE, NOW, PurgeInMemory } from '../../../support/in-memory/purge-in-memory.ts';
import { CATEGORY } from '../../../support/purge/described-index.ts';

/** A live index with the block of a run that died. */
const blocked = async (name = 'call-log-1'): Promise<PurgeInMemory> => {
  const world = new PurgeInMemory();
  world.fill(name, NOW);
  world.cluster.describe(name, { blocks: ['write'] });
  await world.leaveBehind([{ index: name, uuid: world.uuidOf(name) }]);
  return world;
};

const declared = (world: PurgeInMemory) => world.ports.leases.leftoverBlocks(CATEGORY.id);

describe('a block declared by a run that died before lifting it', () => {
  test('is lifted by the next run, and no longer declared', async () => {
    const world = await blocked();
    expect(await world.run()).toMatchObject({ outcome: 'complete' });
    expect([world.blocksOf('call-log-1'), await declared(world)]).toEqual([[], []]);
  });

  test('is also lifted by a dry run, which removes no document', async () => {
    const world = await blocked();
    world.fill('call-log-2', LIVE, EXPIRED);
    await world.run({ dryRun: true });
    expect([world.blocksOf('call-log-1'), await declared(world)]).toEqual([[], []]);
    expect([world.left('call-log-1'), world.left('call-log-2')]).toEqual([['0'], ['0', '1']]);
  });

  test('stays on an index outside the category, since a person may have set it', async () => {
    const world = await blocked('other-1');
    await world.run();
    expect(world.blocksOf('other-1')).toEqual(['write']);
  });

  test('stays on another index that now has the same name, since that block is not ours', async () => {
    const world = await blocked();
    world.cluster.indices.delete('call-log-1');
    world.cluster.create('call-log-1', { blocks: ['write'] });
    await world.run();
    expect([world.blocksOf('call-log-1'), await declared(world)]).toEqual([['write'], []]);
  });

  test('is no longer declared if its index does not exist any more', async () => {
    const world = await blocked();
    world.cluster.indices.delete('call-log-1');
    await world.run();
    expect(await declared(world)).toEqual([]);
  });

  test('stays declared and is reported if it cannot be lifted, and the run continues', async () => {
    const world = await blocked();
    world.fill('call-log-2', EXPIRED, EXPIRED);
    world.around('liftWriteBlock', (real) => async (index) => {
      if (index === 'call-log-1') throw failure('some-code', 'some reason');
      await real(index);
    });
    const { findings, outcome } = await world.run();
    expect(world.left('call-log-2')).toBeUndefined();
    expect(outcome).toBe('incomplete');
    expect(findings.map(({ code, index }) => [code, index])).toEqual([['write-block-left', 'call-log-1']]);
    // A drop declares its own block beside it.
    expect(await declared(world)).toEqual([{ index: 'call-log-1', uuid: world.uuidOf('call-log-1') }]);
  });

  test('stays declared while it is unknown whether it is set', async () => {
    const world = await blocked();
    world.around('state', () => () => Promise.reject(failure('some-code', 'some reason')));
    await world.run();
    expect(await declared(world)).toEqual([{ index: 'call-log-1', uuid: world.uuidOf('call-log-1') }]);
  });
});

describe('a block that nobody declared', () => {
  test('is not lifted, because a person set it', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', LIVE, EXPIRED);
    world.cluster.describe('call-log-1', { blocks: ['write'] });
    const { findings } = await world.run();
    expect(world.blocksOf('call-log-1')).toEqual(['write']);
    expect(findings).toMatchObject([{ code: 'write-blocked', found: 'index.blocks.write, which is not ours' }]);
  });

  test('does not prevent the drop of its index', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED);
    world.cluster.describe('call-log-1', { blocks: ['write'] });
    expect(await world.run()).toMatchObject({ indicesDropped: 1 });
  });
});

test('a block stays while an unanswered drop of its index may still be executed', async () => {
  const world = new PurgeInMemory();
  world.fill('call-log-1', EXPIRED, EXPIRED);
  world.fill('call-log-2', LIVE, LIVE);
  const drops: string[] = [];
  world.around('drop', (real) => async (index) => {
    drops.push(index);
    if (drops.length === 1) throw failure('timeout', 'no answer');
    await real(index);
  });
  expect(await world.run()).toMatchObject({ outcome: 'incomplete' });
  // Somebody starts another run at once. If it lifted the block, the drop would hit what is written then.
  const report = await world.run();
  expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 0 });
  expect([drops, world.blocksOf('call-log-1')]).toEqual([['call-log-1'], ['write']]);
  expect(await declared(world)).toMatchObject([{ index: 'call-log-1' }]);
  world.now += 12 * MINUTE;
  expect(await world.run()).toMatchObject({ outcome: 'complete' });
  expect([world.left('call-log-1'), await declared(world)]).toEqual([undefined, []]);
});
