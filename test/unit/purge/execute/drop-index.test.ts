import { describe, expect, test } from 'vitest';
import type { IndexDescription } from '../../../../lib/criteria/index-description.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import { MAX_DECLARED_BLOCKS } from '../../../../lib/purge/lease.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import { failure } from '../../../support/in-memory/in-memory-cluster.ts';
import { dated, EXPIRED, LIVE, NOW, PurgeInMemory } from '../../../support/in-memory/purge-in-memory.ts';
import { inMemoryLeases, LeaseDocuments } from '../../../support/in-memory/records/in-memory-leases.ts';
import { CATEGORY } from '../../../support/purge/described-index.ts';

/** The moments of a drop: each is right before the first call of a port, or the first one after another call. */
const MOMENTS = {
  'at the first check': { call: 'state' },
  'when its writes are asked for': { call: 'operations' },
  'while its writes are being blocked': { call: 'blockWrites' },
  'under the block': { call: 'state', after: 'blockWrites' },
  'at the count': { call: 'countLive' },
  'at the last check': { call: 'state', after: 'countLive' },
  'at the drop': { call: 'drop' },
} as const satisfies Readonly<Record<string, { readonly call: Call; readonly after?: Call }>>;
type Moment = keyof typeof MOMENTS;
type Call = Parameters<PurgeInMemory['around']>[0];

/** Does something right before each call of a port. */
const doBefore = (world: PurgeInMemory, call: Call, act: () => void): void =>
  world.around(call, (real) => async (...given: never[]) => {
    act();
    return Reflect.apply(real, undefined, given) as never;
  });

describe('an index that is to be dropped', () => {
  /** One expired index, and something that happens at a moment of its drop. */
  const dropping = async (
    moment: Moment,
    happen: (world: PurgeInMemory) => void,
    changes: Partial<IndexDescription> = {},
  ) => {
    const { call, after }: { readonly call: Call; readonly after?: Call } = MOMENTS[moment];
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED, EXPIRED);
    world.cluster.describe('call-log-1', changes);
    let hasBegun = after === undefined;
    let isOver = false;
    if (after !== undefined)
      doBefore(world, after, () => {
        hasBegun = true;
      });
    doBefore(world, call, () => {
      if (!hasBegun || isOver) return;
      isOver = true;
      happen(world);
    });
    const { indices, ...report } = await world.run();
    return { world, report, index: indices[0] };
  };

  test('is not dropped if a live document was added after the plan', async () => {
    const { world, index } = await dropping('at the first check', (each) =>
      each.cluster.write('call-log-1', 'live', dated(NOW)),
    );
    expect(world.left('call-log-1')).toEqual(['live']);
    expect(index).toMatchObject({ did: 'deleted', documentsRemoved: 2, note: 'it has been written to since the plan' });
    expect(world.blocksOf('call-log-1')).toEqual([]);
  });

  test('is not dropped if a live document was added just before its block', async () => {
    const { world, index } = await dropping('while its writes are being blocked', (each) =>
      each.cluster.write('call-log-1', 'live', dated(NOW)),
    );
    expect(world.left('call-log-1')).toEqual(['live']);
    expect(index).toMatchObject({ did: 'deleted', note: 'a live document turned up while dropping' });
    expect(world.blocksOf('call-log-1')).toEqual([]);
  });

  test('is not dropped if it was written to after the plan, even if all is expired', async () => {
    const { world, index } = await dropping('while its writes are being blocked', (each) =>
      each.cluster.write('call-log-1', 'late', dated(EXPIRED)),
    );
    expect(world.left('call-log-1')).toEqual([]);
    expect(index).toMatchObject({ did: 'deleted', documentsRemoved: 3, note: 'it has been written to since the plan' });
  });

  test.each(['at the first check', 'under the block'] as const)(
    'is not dropped if another index has its name %s',
    async (moment) => {
      const { world, index } = await dropping(moment, (each) => {
        each.cluster.indices.delete('call-log-1');
        each.fill('call-log-1', EXPIRED);
      });
      expect({ left: world.left('call-log-1'), blocks: world.blocksOf('call-log-1') }).toEqual({
        left: ['0'],
        blocks: [],
      });
      // The report is about the index that was planned, which is gone.
      expect(index).toMatchObject({ did: 'left', found: 'gone', note: expect.stringContaining('replaced') });
    },
  );

  test('loses our block if another index took its name while the block was set', async () => {
    const { world, index } = await dropping('while its writes are being blocked', (each) => {
      each.cluster.indices.delete('call-log-1');
      each.fill('call-log-1', EXPIRED, LIVE);
    });
    expect({ left: world.left('call-log-1'), blocks: world.blocksOf('call-log-1') }).toEqual({
      left: ['0', '1'],
      blocks: [],
    });
    expect(index).toMatchObject({ did: 'left', note: expect.stringContaining('replaced by another index') });
  });

  test('is not dropped if another index took its name after the count', async () => {
    const { world, index } = await dropping('at the last check', (each) => {
      each.cluster.indices.delete('call-log-1');
      each.fill('call-log-1', LIVE);
    });
    expect({ left: world.left('call-log-1'), blocks: world.blocksOf('call-log-1') }).toEqual({
      left: ['0'],
      blocks: [],
    });
    expect(index).toMatchObject({ did: 'left', note: expect.stringContaining('replaced') });
  });

  test.each(['at the first check', 'at the last check'] as const)(
    'is reported as gone if it no longer exists %s',
    async (moment) => {
      const { index, report } = await dropping(moment, (each) => each.cluster.indices.delete('call-log-1'));
      expect(index).toMatchObject({ did: 'left', note: 'it is gone', documentsRemoved: 0, found: 'gone' });
      expect(report.indicesDropped).toBe(0);
    },
  );

  test.each([
    ['another alias', { aliases: [{ name: 'b' }] }, 'its aliases changed after the plan'],
    ['writes through a new alias', { aliases: [{ name: 'b', isWriteIndex: true }] }, 'write index of alias "b"'],
    ['a write block that is not ours', { blocks: ['write'] }, 'its write block was set or lifted after the plan'],
    [
      'fields that are read otherwise',
      { fields: new Map() },
      'its mapping changed after the plan; the next run counts anew',
    ],
  ] as const)('is not touched if it has %s since the plan', async (_, changes, note) => {
    const { world, index } = await dropping('at the first check', (each) =>
      each.cluster.describe('call-log-1', changes),
    );
    expect(world.left('call-log-1')).toEqual(['0', '1']);
    expect(index).toMatchObject({ did: 'left', note });
    expect(world.blocksOf('call-log-1')).toEqual('blocks' in changes ? changes.blocks : []);
  });

  test.each([
    ['another alias', { aliases: [{ name: 'b' }] }, 'its aliases changed after the plan'],
    [
      'fields that are read otherwise',
      { fields: new Map() },
      'its mapping changed after the plan; the next run counts anew',
    ],
    ['no write block any more', { blocks: [] }, 'its write block was lifted by somebody else'],
  ] as const)('is not dropped if it has %s at the last check', async (_, changes, note) => {
    const { world, index } = await dropping('at the last check', (each) =>
      each.cluster.describe('call-log-1', changes),
    );
    expect({ left: world.left('call-log-1'), blocks: world.blocksOf('call-log-1') }).toEqual({
      left: ['0', '1'],
      blocks: [],
    });
    expect(index).toMatchObject({ did: 'left', note });
  });

  test.each([
    ['of another name instead', [{ name: 'b' }]],
    ['fewer', []],
  ])('is not touched if it has an alias %s since the plan', async (_, aliases) => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED);
    world.fill('call-log-2', LIVE);
    for (const each of ['1', '2']) world.cluster.describe(`call-log-${each}`, { aliases: [{ name: 'a' }] });
    let isChanged = false;
    world.around('state', (real) => (...given) => {
      if (!isChanged) world.cluster.describe('call-log-1', { aliases });
      isChanged = true;
      return real(...given);
    });
    const { indices } = await world.run();
    expect(world.left('call-log-1')).toEqual(['0']);
    expect(indices[0]).toMatchObject({ did: 'left', note: 'its aliases changed after the plan' });
  });

  test('keeps the write block that it had before the run if it is not dropped', async () => {
    const { world, index } = await dropping(
      'at the count',
      (each) => each.cluster.describe('call-log-1', { fields: new Map() }),
      {
        blocks: ['write'],
      },
    );
    expect({ did: index?.did, blocks: world.blocksOf('call-log-1') }).toEqual({ did: 'left', blocks: ['write'] });
  });

  test('keeps its documents if it was written to and its earlier block forbids deletions', async () => {
    const { world, index } = await dropping(
      'when its writes are asked for',
      (each) => (each.cluster.existing('call-log-1').operations += 1),
      {
        blocks: ['write'],
      },
    );
    expect(world.left('call-log-1')).toEqual(['0', '1']);
    expect(index).toMatchObject({
      did: 'left',
      note: 'it has been written to since the plan, and index.blocks.write lets none be deleted',
    });
  });

  test('is emptied, not dropped, if its writes cannot be determined any more', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED);
    world.around('operations', () => async () => undefined);
    const { indices } = await world.run();
    expect(world.left('call-log-1')).toEqual([]);
    expect(indices[0]).toMatchObject({
      did: 'deleted',
      note: 'nobody can tell whether it has been written to since the plan',
    });
  });

  test('is dropped if its writes could not be determined at the plan either', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED);
    world.ports = { ...world.ports, store: { ...world.ports.store, operations: async () => new Map() } };
    await world.run();
    expect(world.left('call-log-1')).toBeUndefined();
  });

  test('keeps its declared block if the drop may still be in progress', async () => {
    const codes = ['timeout', 'no-server', 'not-elasticsearch', 'store-busy'];
    for (const thrown of [...codes.map((code) => failure(code, 'no answer')), new Error('anything else')]) {
      const { world } = await dropping('at the drop', () => {
        throw thrown;
      });
      expect(world.blocksOf('call-log-1')).toEqual(['write']);
      expect(await world.ports.leases.leftoverBlocks(CATEGORY.id)).toEqual([
        { index: 'call-log-1', uuid: world.uuidOf('call-log-1') },
      ]);
    }
  });

  test('keeps its block declared while a late request may still set it, until a later run lifts it', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED, EXPIRED);
    world.fill('call-log-2', LIVE);
    let setLater: () => Promise<void> = async () => undefined;
    world.around('blockWrites', (real) => async (index) => {
      setLater = () => real(index);
      throw failure('timeout', 'no answer');
    });
    await world.run();
    await world.run({ dryRun: true });
    await setLater();
    expect(world.blocksOf('call-log-1')).toEqual(['write']);
    await world.run({ dryRun: true });
    expect(world.blocksOf('call-log-1')).toEqual(['write']);
    world.now += 15 * 60_000;
    await world.run({ dryRun: true });
    expect(world.blocksOf('call-log-1')).toEqual([]);
  });

  test('keeps a block declared that may still be set, even if the next run drops another index', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED, EXPIRED);
    world.fill('call-log-3', LIVE);
    let setLater: (() => Promise<void>) | undefined;
    world.around('blockWrites', (real) => async (index) => {
      if (setLater !== undefined) return real(index);
      setLater = () => real(index);
      throw failure('timeout', 'no answer');
    });
    await world.run();
    world.fill('call-log-2', EXPIRED);
    await world.run();
    expect(world.left('call-log-2')).toBeUndefined();
    await setLater?.();
    expect(world.blocksOf('call-log-1')).toEqual(['write']);
    world.now += 15 * 60_000;
    await world.run({ dryRun: true });
    expect(world.blocksOf('call-log-1')).toEqual([]);
  });

  test("stays blocked after an unanswered drop, even if the next run's clock is ahead", async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED, EXPIRED);
    world.fill('call-log-3', LIVE);
    world.around('drop', () => () => Promise.reject(failure('timeout', 'no answer')));
    await world.run();
    // The clock of the next machine is four minutes ahead.
    world.now += 4 * 60_000;
    await world.run({ dryRun: true });
    world.now += 1_000;
    await world.run({ dryRun: true });
    expect(world.blocksOf('call-log-1')).toEqual(['write']);
  });

  test('stays blocked until its drop is executed, even if the clocks of two runs differ', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED - HOUR);
    world.fill('call-log-3', LIVE + HOUR);
    const { ports } = world;
    const documents = new LeaseDocuments();
    const machine = (ahead: number): Ports => {
      const clock = () => world.now + ahead;
      return { ...ports, clock, leases: inMemoryLeases(clock, documents) };
    };
    // One machine is four minutes behind, and the other four minutes ahead.
    world.ports = machine(-4 * 60_000);
    let [written, others] = [false, 0];
    world.around('drop', (real) => async (index, isAlone) => {
      world.ports = machine(4 * 60_000);
      await world.run({ dryRun: true });
      others += 1;
      try {
        world.fill('call-log-1', LIVE + HOUR);
        written = true;
      } catch {
        // The block is still there.
      }
      return real(index, isAlone);
    });
    await world.run();
    expect({ others, written, left: world.left('call-log-1') }).toEqual({ others: 1, written: false, left: undefined });
  });

  test('keeps the block of the next run if an earlier, frozen run wakes up', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED - HOUR);
    world.fill('call-log-3', LIVE + HOUR);
    const { ports } = world;
    const [frozen, woken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    world.around('countLive', (real) => async (...given) => {
      const live = await real(...given);
      frozen.resolve();
      await woken.promise;
      return live;
    });
    const first = world.run();
    await frozen.promise;
    world.now += 20 * 60_000;
    world.ports = ports;
    let blocks: unknown;
    world.around('drop', (real) => async (index, isAlone) => {
      woken.resolve();
      await first;
      blocks = world.blocksOf(index);
      return real(index, isAlone);
    });
    expect(await world.run()).toMatchObject({ indicesDropped: 1 });
    expect(blocks).toEqual(['write']);
  });

  test('loses the block that a frozen run sets after it wakes up', async () => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED - HOUR);
    world.fill('call-log-3', LIVE + HOUR);
    let isFrozen = false;
    world.around('blockWrites', (real) => async (index) => {
      if (isFrozen) return real(index);
      isFrozen = true;
      world.now += 20 * 60_000;
      await world.run({ dryRun: true });
      return real(index);
    });
    await world.run();
    expect({ isFrozen, left: world.left('call-log-1'), blocks: world.blocksOf('call-log-1') }).toEqual({
      isFrozen: true,
      left: ['0'],
      blocks: [],
    });
  });

  /** More expired indices than a lease declares, and the numbers of blocks that a run declares for them. */
  const tooMany = (isAnswered: (index: string) => boolean) => {
    const world = new PurgeInMemory();
    for (let at = 0; at < MAX_DECLARED_BLOCKS + 10; at += 1)
      world.fill(`call-log-${String(at).padStart(5, '0')}`, EXPIRED);
    world.fill('call-log-live', LIVE);
    const { leases } = world.ports;
    const declared: number[] = [];
    const acquire: typeof leases.acquire = async (...given) => {
      const lease = await leases.acquire(...given);
      const declareBlocks: typeof lease.declareBlocks = (blocks) => {
        declared.push(blocks.length);
        return lease.declareBlocks(blocks);
      };
      return { ...lease, declareBlocks };
    };
    world.ports = { ...world.ports, leases: { ...leases, acquire } };
    world.around('blockWrites', (real) => async (index) => {
      if (!isAnswered(index)) throw failure('timeout', 'no answer');
      return real(index);
    });
    return { world, declared };
  };

  test('has its block declared in a list that is never longer than a later run can read', async () => {
    const { world, declared } = tooMany((index) => index !== 'call-log-00000');
    expect(await world.run()).toMatchObject({ indicesDropped: MAX_DECLARED_BLOCKS + 9 });
    // The block that may still be set stays declared, beside those of the second declaration too.
    expect(declared).toEqual([MAX_DECLARED_BLOCKS, 1, 11, 1]);
  });

  test('stays if the list of declared blocks is full of blocks that may still be set', async () => {
    const { world, declared } = tooMany(() => false);
    const { indices } = await world.run();
    expect(indices.filter(({ note }) => note?.includes('too many write blocks'))).toHaveLength(10);
    expect(declared).toEqual([MAX_DECLARED_BLOCKS, MAX_DECLARED_BLOCKS]);
  });

  test('loses our block if the cluster refuses the drop', async () => {
    const { world, index } = await dropping('at the drop', () => {
      throw failure('cluster_block_exception', 'blocked');
    });
    expect({ left: world.left('call-log-1'), blocks: world.blocksOf('call-log-1') }).toEqual({
      left: ['0', '1'],
      blocks: [],
    });
    expect(index?.did).toBe('left');
  });

  test('keeps the write block in place if another index has taken its name in the meantime', async () => {
    const { world } = await dropping('at the drop', (each) => {
      each.cluster.indices.delete('call-log-1');
      each.cluster.create('call-log-1', { blocks: ['write'] });
      throw failure('cluster_block_exception', 'blocked');
    });
    expect(world.blocksOf('call-log-1')).toEqual(['write']);
  });

  test('is not dropped by a run that has lost its lease', async () => {
    for (const moment of ['at the first check', 'under the block'] as const) {
      const { world, index } = await dropping(moment, (each) => {
        each.now += DAY;
      });
      expect(world.left('call-log-1')).toEqual(['0', '1']);
      expect(index?.did).toBe('left');
    }
  });
});

describe('an emptied index', () => {
  /** One that a run emptied more than a day ago, since when nothing has been written to it. */
  const emptied = async (): Promise<PurgeInMemory> => {
    const world = new PurgeInMemory();
    world.fill('call-log-1', EXPIRED);
    world.fill('call-log-2', NOW);
    world.cluster.remove('call-log-1', '0');
    await world.run();
    world.now += DAY;
    return world;
  };

  test('is dropped after a day without changes', async () => {
    const world = await emptied();
    expect(await world.run()).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
    expect(world.left('call-log-1')).toBeUndefined();
  });

  test('stays until the day is over', async () => {
    const world = await emptied();
    world.now -= 1;
    await world.run();
    expect(world.left('call-log-1')).toEqual([]);
  });

  test('stays if it was written to, even if the new documents are deleted again', async () => {
    const world = await emptied();
    world.fill('call-log-1', NOW);
    world.cluster.remove('call-log-1', '0');
    await world.run();
    expect(world.left('call-log-1')).toEqual([]);
  });

  test('stays if a report about its operations cannot be read', async () => {
    const world = await emptied();
    const operationsBefore = () => Promise.reject(failure('no-server', 'gone'));
    world.ports = { ...world.ports, reportStore: { ...world.ports.reportStore, operationsBefore } };
    await world.run();
    expect(world.left('call-log-1')).toEqual([]);
  });

  test('is not dropped if it contains any document, even an expired one', async () => {
    const world = await emptied();
    world.around('blockWrites', (real) => async (index) => {
      world.fill(index, EXPIRED);
      await real(index);
    });
    const { indices } = await world.run();
    expect({ left: world.left('call-log-1'), blocks: world.blocksOf('call-log-1') }).toEqual({
      left: ['0'],
      blocks: [],
    });
    expect(indices[0]).toMatchObject({ did: 'left', note: 'it was emptied, and is written to again' });
  });

  test('is not dropped if it was written to after the plan, even if the document is gone again', async () => {
    const world = await emptied();
    world.around('blockWrites', (real) => async (index) => {
      world.fill(index, EXPIRED);
      world.cluster.remove(index, '0');
      await real(index);
    });
    const { indices } = await world.run();
    expect(world.left('call-log-1')).toEqual([]);
    expect(indices[0]).toMatchObject({ did: 'left', note: 'it was emptied, and has been written to after the plan' });
  });

  test('is not dropped if its writes cannot be determined', async () => {
    const world = await emptied();
    world.around('operations', () => async () => undefined);
    const { indices } = await world.run();
    expect(world.left('call-log-1')).toEqual([]);
    expect(indices[0]).toMatchObject({
      did: 'left',
      note: 'it was emptied, and nobody can tell whether it has been written to after the plan',
    });
  });
});

describe('the condition for dropping an index', () => {
  /**
   * Two indices, of which the older is expired and relies on the younger one, which somebody changes before the last
   * look.
   */
  const relying = async (
    changes: Partial<IndexDescription>,
    meanwhile: (world: PurgeInMemory) => void,
    templates: readonly string[] = [],
  ) => {
    const world = new PurgeInMemory();
    world.cluster.templates = templates;
    world.fill('call-log-1', EXPIRED, EXPIRED);
    world.fill('call-log-2', LIVE);
    const { aliases = [] } = changes;
    world.cluster.describe('call-log-1', { aliases: aliases.map(({ name }) => ({ name })) });
    world.cluster.describe('call-log-2', changes);
    world.around('blockWrites', (real) => async (index) => {
      await real(index);
      meanwhile(world);
    });
    const { indices } = await world.run();
    return { world, index: indices[0] };
  };
  type Row = [string, Partial<IndexDescription>, (world: PurgeInMemory) => void];
  const gone = (world: PurgeInMemory) => void world.cluster.indices.delete('call-log-2');
  const remade = (world: PurgeInMemory): void => {
    gone(world);
    world.fill('call-log-2', LIVE);
  };

  test.each<Row>([
    ['the younger index of its pattern', {}, () => undefined],
    ['the index that its alias writes to', { aliases: [{ name: 'a', isWriteIndex: true }] }, () => undefined],
    ['another index of its alias', { aliases: [{ name: 'a' }] }, () => undefined],
  ])('is met by %s, and the index is dropped', async (_, changes, meanwhile) => {
    const { world, index } = await relying(changes, meanwhile);
    expect({ did: index?.did, left: world.left('call-log-1') }).toEqual({ did: 'dropped', left: undefined });
  });

  test.each<[...Row, string]>([
    ['the younger index of its pattern', {}, gone, 'last index of call-log-*, and no index template maps its next one'],
    [
      'that index itself, not one of its name',
      {},
      remade,
      'last index of call-log-*, and no index template maps its next one',
    ],
    ['another index of its alias', { aliases: [{ name: 'a' }] }, gone, 'last index of alias "a"'],
    [
      'another index of its alias, as long as it has it',
      { aliases: [{ name: 'a' }] },
      (world: PurgeInMemory) => world.cluster.describe('call-log-2', { aliases: [{ name: 'b' }] }),
      'last index of alias "a"',
    ],
    [
      'that its alias writes to another index',
      { aliases: [{ name: 'a', isWriteIndex: true }] },
      (world: PurgeInMemory) => world.cluster.describe('call-log-2', { aliases: [{ name: 'a' }] }),
      'index whose aliases write to no other one',
    ],
  ])('is no longer met, so documents are deleted one by one: %s', async (_, changes, meanwhile, note) => {
    const { world, index } = await relying(changes, meanwhile);
    expect({ left: world.left('call-log-1'), blocks: world.blocksOf('call-log-1') }).toEqual({ left: [], blocks: [] });
    expect(index).toMatchObject({ did: 'deleted', documentsRemoved: 2, note: `after the plan it became the ${note}` });
  });

  test('needs no other index if an index template maps the next index', async () => {
    const { index } = await relying({}, gone, ['call-log-*']);
    expect(index?.did).toBe('dropped');
  });

  test('requires a younger index again after the index template is removed', async () => {
    const losing = (isYoungerGone: boolean) =>
      relying(
        {},
        (world) => {
          world.cluster.templates = [];
          if (isYoungerGone) gone(world);
        },
        ['call-log-*'],
      );
    expect((await losing(false)).index?.did).toBe('dropped');
    expect((await losing(true)).index).toMatchObject({ did: 'deleted', note: expect.stringContaining('last index') });
  });

  test('is never met by an index that a plan must not touch', async () => {
    const world = new PurgeInMemory();
    world.cluster.templates = [];
    world.fill('call-log-1', EXPIRED);
    world.fill('call-log-2', LIVE);
    world.fill('call-log-3', NOW);
    world.cluster.describe('call-log-3', { hidden: true });
    world.around('blockWrites', (real) => async (index) => {
      await real(index);
      gone(world);
    });
    const { indices } = await world.run();
    expect([world.left('call-log-1'), indices[0]?.did]).toEqual([[], 'deleted']);
  });

  test('is not met by an index that the same run drops', async () => {
    const world = new PurgeInMemory();
    world.cluster.templates = [];
    world.fill('call-log-1', EXPIRED);
    world.fill('call-log-2', EXPIRED);
    await world.run();
    expect([world.left('call-log-1'), world.left('call-log-2')]).toEqual([undefined, []]);
  });
});
