import { beforeEach, describe, expect, test } from 'vitest';
import { REFUSED_TOGETHER } from '../../../../lib/purge/document-remover.ts';
import { failure } from '../../../support/in-memory/in-memory-cluster.ts';
import { EXPIRED, LIVE, PurgeInMemory } from '../../../support/in-memory/purge-in-memory.ts';

describe('drops that the cluster refuses together', () => {
  let world: PurgeInMemory;
  let sent: (readonly [index: string, isAlone: boolean])[];

  /** Refuses each index together with the others, after `then` was called. */
  const refuse = (then: () => void = () => undefined): void =>
    world.around('drop', (real) => async (index, isAlone = false) => {
      sent.push([index, isAlone]);
      if (isAlone) return real(index);
      if (sent.length === 1) then();
      throw failure(REFUSED_TOGETHER, 'a reason that concerns one of them');
    });

  beforeEach(() => {
    world = new PurgeInMemory();
    sent = [];
    for (const index of ['call-log-1', 'call-log-2']) world.fill(index, EXPIRED);
  });

  test('are sent once more, each alone', async () => {
    refuse();
    expect(await world.run()).toMatchObject({ outcome: 'complete', indicesDropped: 2 });
    expect(sent).toEqual([
      ['call-log-1', false],
      ['call-log-2', false],
      ['call-log-1', true],
      ['call-log-2', true],
    ]);
  });

  test('are not sent again for an index that was replaced in between', async () => {
    refuse(() => {
      world.cluster.indices.delete('call-log-1');
      world.fill('call-log-1', LIVE);
    });
    const { indices } = await world.run();
    expect(indices[0]).toMatchObject({ did: 'left', note: expect.stringContaining('replaced') });
    expect([world.left('call-log-1'), world.left('call-log-2')]).toEqual([['0'], undefined]);
  });

  test('are not sent again for an index whose block was lifted in between', async () => {
    refuse(() => world.cluster.describe('call-log-1', { blocks: [] }));
    const { indices } = await world.run();
    expect(indices[0]).toMatchObject({ did: 'left', note: 'its write block was lifted by somebody else' });
    expect(world.left('call-log-1')).toEqual(['0']);
  });

  test('are not sent again after another run has taken the lease', async () => {
    refuse(() => {
      world.now += 86_400_000;
    });
    await world.run();
    expect(sent.filter(([, isAlone]) => isAlone)).toEqual([]);
    expect(world.left('call-log-1')).toEqual(['0']);
  });

  test('leave no block of ours on an index whose drop is also refused alone', async () => {
    world.around('drop', () => () => Promise.reject(failure(REFUSED_TOGETHER, 'a reason')));
    const { indices } = await world.run();
    expect(indices[0]).toMatchObject({ did: 'left', note: 'the cluster refused to drop it' });
    expect(world.blocksOf('call-log-1')).toEqual([]);
  });
});
