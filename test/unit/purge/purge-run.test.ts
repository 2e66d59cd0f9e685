import { describe, expect, test } from 'vitest';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { failure } from '../../support/in-memory/in-memory-cluster.ts';
import { EXPIRED, LIVE, NOW, PurgeInMemory } from '../../support/in-memory/purge-in-memory.ts';
import { POLICY as TEXT } from '../../support/policy/policy-text.ts';
import { CATEGORY } from '../../support/purge/described-index.ts';

const codes = ({ findings }: { readonly findings: readonly { readonly code: string }[] }): readonly string[] =>
  findings.map(({ code }) => code);

describe('a run', () => {
  test('drops expired indices, deletes expired documents, and keeps the rest', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED, EXPIRED);
    world.fill('call-log-2', EXPIRED, LIVE, EXPIRED);
    world.fill('call-log-3', LIVE, NOW);
    const report = await world.run();
    expect(['1', '2', '3'].map((each) => world.left(`call-log-${each}`))).toEqual([undefined, ['1'], ['0', '1']]);
    expect(report).toMatchObject({
      outcome: 'complete',
      kept: true,
      documentsRemoved: 4,
      indicesDropped: 1,
      indices: [
        { planned: 'drop', did: 'dropped', found: 'gone', documentsRemoved: 2 },
        { planned: 'delete', did: 'deleted', found: 'there', documentsRemoved: 2, documentsAfter: 1, dueAfter: 0 },
        { planned: 'keep', found: 'there', documentsRemoved: 0, documentsAfter: 2 },
      ],
    });
    expect(world.blocksOf('call-log-2')).toEqual([]);
  });

  test('reports how many documents it removes while it removes them', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED, EXPIRED);
    world.fill('call-log-2', EXPIRED, LIVE);
    const told: number[] = [];
    const planned: number[] = [];
    await world.run({
      progress: {
        planned: ({ totals }) => void planned.push(totals.due),
        removed: (documents) => void told.push(documents),
      },
    });
    expect([planned, told]).toEqual([[3], [2, 1]]);
  });

  test.each([
    ['a dry run', { dryRun: true }, 'observed'],
    ['a policy that observes', { policy: parseRetentionPolicy(TEXT, 'policy.yml') }, 'observed'],
    [
      'a share that is too large',
      { category: { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.5 } } },
      'refused',
    ],
  ] as const)('removes nothing in the case of %s', async (_, changes, outcome) => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED, EXPIRED);
    world.fill('call-log-2', EXPIRED, LIVE);
    expect(await world.run(changes)).toMatchObject({ outcome, documentsRemoved: 0, indicesDropped: 0 });
    expect({ dropped: world.left('call-log-1'), deleted: world.left('call-log-2') }).toEqual({
      dropped: ['0', '1'],
      deleted: ['0', '1'],
    });
    expect(world.blocksOf('call-log-1')).toEqual([]);
  });

  test('releases its lease, and leaves no declared block', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED);
    await world.run();
    expect(await world.ports.leases.owner(CATEGORY.id)).toBeUndefined();
    expect(await world.ports.leases.leftoverBlocks(CATEGORY.id)).toEqual([]);
  });

  test('releases its lease if it fails', async () => {
    const world = new PurgeInMemory();
    world.ports = {
      ...world.ports,
      store: { ...world.ports.store, describe: () => Promise.reject(failure('a', 'b')) },
    };
    await expect(world.run()).rejects.toMatchObject({ code: 'a' });
    expect(await world.ports.leases.owner(CATEGORY.id)).toBeUndefined();
  });

  test('removes nothing if its report cannot be opened', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED);
    const open = () => Promise.reject(failure('no-server', 'gone'));
    world.ports = { ...world.ports, reportStore: { ...world.ports.reportStore, open } };
    await expect(world.run()).rejects.toMatchObject({ code: 'no-server' });
    expect(world.left('call-log-1')).toEqual(['0']);
  });

  test('reports that its time or an interruption ended it, and the next run continues', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED, EXPIRED);
    world.fill('call-log-2', EXPIRED, LIVE);
    const report = await world.run({ budget: { remaining: () => 0 } });
    expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 0 });
    expect(report.indices.map(({ did, note }) => [did, note])).toEqual([
      ['left', 'the time budget was used up; the next run continues'],
      ['left', 'the time budget was used up; the next run continues'],
    ]);
    expect(codes(report)).toEqual(['not-purged', 'not-purged']);
    const interrupted = await world.run({ budget: { remaining: () => 0, ended: 'interrupted' } });
    expect(interrupted.indices.map(({ note }) => note)).toEqual([
      'interrupted; the next run continues',
      'interrupted; the next run continues',
    ]);
    expect(await world.run()).toMatchObject({ outcome: 'complete', documentsRemoved: 3 });
  });

  test('continues with the other indices if one index fails', async () => {
    const world = new PurgeInMemory();
    for (const each of ['1', '2', '3']) world.fill(`call-log-${each}`, EXPIRED);
    world.around('drop', (real) => async (index) => {
      if (index === 'call-log-2') throw failure('some-code', 'some reason');
      await real(index);
    });
    const report = await world.run();
    expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 2, indicesDropped: 2 });
    expect(report.indices.map(({ did }) => did)).toEqual(['dropped', 'left', 'dropped']);
    expect(report.indices[1]?.note).toContain('some-code');
    expect(world.blocksOf('call-log-2')).toEqual([]);
  });

  test('is incomplete, and reports an index with due documents that appeared after the plan', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED, LIVE);
    world.around('slices', (real) => async (...given) => {
      world.fill('call-log-2', EXPIRED);
      return real(...given);
    });
    const report = await world.run();
    expect(report.outcome).toBe('incomplete');
    expect(report.indices.find(({ index }) => index === 'call-log-2')).toMatchObject({
      planned: 'unknown',
      found: 'there',
      dueAfter: 1,
      documentsRemoved: 0,
    });
  });

  test('is complete, with the notice no-index, after it has dropped the last index', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED);
    const { findings, outcome } = await world.run();
    expect([findings.map(({ code, severity }) => [code, severity]), outcome]).toEqual([
      [['no-index', 'notice']],
      'complete',
    ]);
  });
});

describe('drops of one run', () => {
  const waiting = async (world: PurgeInMemory): Promise<number> => {
    let [now, most] = [0, 0];
    world.around('drop', (real) => async (index) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      await real(index);
      now -= 1;
    });
    await world.run();
    return most;
  };

  test('are at most fifty at once', async () => {
    const world = new PurgeInMemory();
    for (let at = 0; at < 60; at++) world.fill(`call-log-${at}`, EXPIRED);
    expect(await waiting(world)).toBe(50);
    expect(world.cluster.indices.size).toBe(0);
  });

  test('are not sent if their blocks cannot be declared', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED);
    world.fill('call-log-2', EXPIRED, LIVE);
    const acquire: typeof world.ports.leases.acquire = async (...given) => ({
      ...(await real(...given)),
      declareBlocks: () => Promise.reject(failure('lease-lost', 'another run')),
    });
    const real = world.ports.leases.acquire;
    world.ports = { ...world.ports, leases: { ...world.ports.leases, acquire } };
    const { indices } = await world.run();
    expect(indices[0]).toMatchObject({ did: 'left', note: expect.stringContaining('lease-lost') });
    expect({ left: world.left('call-log-1'), blocks: world.blocksOf('call-log-1') }).toEqual({
      left: ['0'],
      blocks: [],
    });
    // Deletes set no block.
    expect(world.left('call-log-2')).toEqual(['1']);
  });

  test('declare each block with index and uuid before setting it', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED);
    world.fill('call-log-2', EXPIRED);
    world.cluster.describe('call-log-2', { blocks: ['write'] });
    const [one] = [world.uuidOf('call-log-1')];
    const declared: unknown[] = [];
    world.around('blockWrites', (real) => async (index) => {
      const { runId } = (await world.ports.leases.owner(CATEGORY.id)) ?? {};
      declared.push([index, runId]);
      await real(index);
    });
    const seen: (readonly unknown[])[] = [];
    const { acquire } = world.ports.leases;
    world.ports = {
      ...world.ports,
      leases: {
        ...world.ports.leases,
        acquire: async (...given) => {
          const lease = await acquire(...given);
          return {
            ...lease,
            declaredBlocks: lease.declaredBlocks,
            declareBlocks: async (blocks) => {
              seen.push([declared.length, blocks]);
              await lease.declareBlocks(blocks);
            },
          };
        },
      },
    };
    await world.run();
    expect(seen).toEqual([
      [0, [{ index: 'call-log-1', uuid: one }]],
      [2, []],
    ]);
  });
});
