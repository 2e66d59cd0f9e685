import { describe, expect, test } from 'vitest';
import type { ReleasedHold, StoredControls } from '../../lib/control/control-store.ts';
import { type Hold, heldAccounts, NO_CONTROLS } from '../../lib/control/controls.ts';
import type { Criteria, UsableFields } from '../../lib/criteria/due-criteria.ts';
import { criteriaOf } from '../../lib/purge/combine-rules.ts';
import { heldByOf } from '../../lib/purge/controls/held-index.ts';
import type { Target } from '../../lib/purge/document-remover.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import { describeAll, oneDocumentEach, PORT_WORLDS, type PortWorld, targetOf } from '../support/purge/port-world.ts';
import { NOW } from '../support/purge/purge-fixture.ts';

const DAY = 86_400_000;
const EXPIRED = NOW - 15 * DAY;
const categoryOf = ({ fixture }: PortWorld): string => fixture.category.id;

const holdOf = (changes: Partial<Hold> = {}): Hold => ({
  id: 'hold_00000000-0000-4000-8000-000000000001',
  scope: 'account',
  ...(changes.scope !== 'category' && changes.scope !== 'index' && { uin: '7' }),
  reason: 'r',
  by: 'b',
  placedAt: NOW - DAY,
  reviewAt: NOW + DAY,
  ...changes,
});

describe.each(PORT_WORLDS)('a control store %s', (_name, worldOf) => {
  test('has no controls until they are created, and creates them once', async () => {
    const world = worldOf();
    const { controls } = world.ports;
    expect(await controls.read(categoryOf(world))).toBeUndefined();
    expect(await controls.version(categoryOf(world))).toBeUndefined();
    const made = await controls.create(categoryOf(world));
    expect(made.controls).toEqual({ ...NO_CONTROLS, made: expect.any(String) });
    expect(await controls.create(categoryOf(world), [holdOf()])).toEqual(made);
    expect(await controls.version(categoryOf(world))).toBe(made.version);
  });

  test('returns what was written, and another version after each change', async () => {
    const world = worldOf();
    const { controls } = world.ports;
    const made = await controls.create(categoryOf(world));
    const pause = { reason: 'r', by: 'b', since: NOW, until: NOW + 1 };
    const holds = [
      holdOf(),
      holdOf({ id: 'hold_00000000-0000-4000-8000-000000000002', sdkAppId: '1', scope: 'application' }),
    ];
    expect(await controls.write(categoryOf(world), { made: 'm', revision: 1, holds, pause }, made)).toBe(true);
    const read = (await controls.read(categoryOf(world))) as StoredControls;
    expect(read.controls).toEqual({ made: 'm', revision: 1, holds, pause });
    expect(read.version).not.toBe(made.version);
    expect(await controls.version(categoryOf(world))).toBe(read.version);
    expect(await controls.write(categoryOf(world), { made: 'm', revision: 2, holds: [] }, made)).toBe(false);
    expect(await controls.read(categoryOf(world))).toEqual(read);
    const elsewhere = (category: string) => controls.elsewhere(category).then((found) => found.get(categoryOf(world)));
    expect(await elsewhere(`${categoryOf(world)}-other`)).toEqual(holds);
    expect(await elsewhere(categoryOf(world))).toBeUndefined();
    expect(await controls.categories()).toContain(categoryOf(world));
    // New controls of other tests would begin with these holds.
    await controls.write(categoryOf(world), { made: 'm', revision: 2, holds: [] }, read);
  });

  test('accepts exactly one of several simultaneous changes', async () => {
    const world = worldOf();
    const { controls } = world.ports;
    const made = await controls.create(categoryOf(world));
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, at) =>
        controls.write(categoryOf(world), { made: 'm', revision: at, holds: [] }, made),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  test('keeps categories apart', async () => {
    const world = worldOf();
    await world.ports.controls.create(categoryOf(world));
    expect(await world.ports.controls.read(`${categoryOf(world)}-other`)).toBeUndefined();
  });

  test('records a release once, and never changes it', async () => {
    const world = worldOf();
    const { controls } = world.ports;
    const released: ReleasedHold = {
      id: holdOf().id,
      scope: 'account',
      subject: { kid: 'k', hash: 'h' },
      placedAt: NOW - DAY,
      placedBy: 'b',
      releasedAt: NOW,
      releasedBy: 'c',
    };
    await controls.create(categoryOf(world));
    await controls.keepReleased(categoryOf(world), [released]);
    await controls.keepReleased(categoryOf(world), [{ ...released, releasedBy: 'd' }]);
    expect(await controls.released(categoryOf(world), [released.id, 'other'])).toEqual([released]);
  });
});

describe.each(PORT_WORLDS)('a hold %s', (_name, worldOf) => {
  const written = oneDocumentEach(worldOf);

  /** What a category with these holds counts in an index, and the target for its deletion. */
  const look = async (world: PortWorld, index: string, holds: readonly Hold[]) => {
    const { category, policy } = world.fixture;
    const description = (await describeAll(world)).get(index);
    const target = await targetOf(world, index);
    if (description === undefined) throw new Error(index);
    const held = {
      accountField: category.accountField,
      applicationField: 'sdkAppId',
      accounts: heldAccounts(holds),
      holds,
    };
    const criteria: Criteria = { ...criteriaOf(category, policy, NOW), held };
    const by = heldByOf(description, target.usable, held);
    const usable: UsableFields = { ...target.usable, ...(by !== undefined && { held: by }) };
    const asked: Target = { ...target, usable };
    const tally = await world.ports.store.count(category.indices, [asked], criteria);
    return { criteria, target: asked, by, counts: tally.counts.get(index), oldestAt: tally.oldestAt };
  };

  const ACCOUNTS: readonly (readonly [string, Partial<InMemoryDocument>, Partial<Hold>, 'held' | 'due'])[] = [
    ['names the account', { uin: ['7'] }, {}, 'held'],
    ['names another one', { uin: ['8'] }, {}, 'due'],
    ['names both', { uin: ['8', '7'] }, {}, 'held'],
    ['names the account as a number', { uin: [7] }, {}, 'held'],
    ['names nobody', {}, {}, 'due'],
    ['names a longer one', { uin: ['77'] }, {}, 'due'],
    ['is of the application', { uin: ['7'], sdkAppId: ['1'] }, { scope: 'application', sdkAppId: '1' }, 'held'],
    ['is of another application', { uin: ['7'], sdkAppId: ['2'] }, { scope: 'application', sdkAppId: '1' }, 'due'],
    ['is of no application', { uin: ['7'] }, { scope: 'application', sdkAppId: '1' }, 'held'],
    ['is of both applications', { uin: ['7'], sdkAppId: ['2', '1'] }, { scope: 'application', sdkAppId: '1' }, 'held'],
    [
      'is of that application of another account',
      { uin: ['8'], sdkAppId: ['1'] },
      { scope: 'application', sdkAppId: '1' },
      'due',
    ],
    ['is in a held category', { uin: ['8'] }, { scope: 'category' }, 'held'],
    ['is in another index than the held one', { uin: ['8'] }, { scope: 'index', index: 'other' }, 'due'],
  ];

  test.each(ACCOUNTS)('decides whether to keep a document that %s', async (_, document, changes, expected) => {
    const { world, index } = await written({ timestamps: [EXPIRED], ...document });
    const { counts, criteria, target, oldestAt } = await look(world, index, [holdOf(changes)]);
    const [held, due] = expected === 'held' ? [1, 0] : [0, 1];
    expect({ ...counts, held: counts?.held ?? 0 }).toMatchObject({ documents: 1, due, held, overdue: due });
    expect(oldestAt).toBe([EXPIRED, undefined][held]);
    expect(await world.ports.remover.countLive(target, criteria)).toBe(held);
    const slice = { from: 0, to: 1_000 } as const;
    const { deleted } = await world.ports.remover.deleteSlice(target, criteria, async () => slice);
    expect(deleted).toBe(due);
  });

  test('keeps a document whose account is in _source but not in the index', async () => {
    const shape = { account: { type: 'keyword', ignoreAbove: 3 } } as const;
    const { world, index } = await written({ timestamps: [EXPIRED], unindexed: ['77777'] }, shape);
    const { counts } = await look(world, index, [holdOf({ uin: '77777' })]);
    expect(counts).toMatchObject({ due: 0, held: 1 });
    expect((await look(world, index, [holdOf({ uin: '88888' })])).counts).toMatchObject({ due: 1 });
  });

  test.each([
    ['7', [7], 'searched', 'held'],
    ['8', [7], 'searched', 'due'],
    ['abc', [7], 'searched', 'due'],
    ['007', [7], 'unclear', 'held'],
  ] as const)(
    'on account %s keeps only documents that may name it, if accounts are numbers',
    async (uin, sent, by, expected) => {
      const { world, index } = await written({ timestamps: [EXPIRED], uin: sent }, { account: { type: 'long' } });
      const found = await look(world, index, [holdOf({ uin })]);
      expect(found.by).toBe(by);
      expect(found.counts).toMatchObject(expected === 'held' ? { due: 0, held: 1 } : { due: 1 });
    },
  );

  test('keeps every document that may name its account, in an index without _source', async () => {
    const shape = { hasNoSource: true } as const;
    const named = await written({ timestamps: [EXPIRED], uin: ['7'] }, shape);
    expect((await look(named.world, named.index, [holdOf()])).counts).toMatchObject({ due: 0, held: 1 });
    const other = await written({ timestamps: [EXPIRED], uin: ['8'] }, shape);
    expect((await look(other.world, other.index, [holdOf()])).counts).toMatchObject({ due: 1 });
    const nobody = await written({ timestamps: [EXPIRED] }, shape);
    expect((await look(nobody.world, nobody.index, [holdOf()])).counts).toMatchObject({ due: 0, held: 1 });
  });
});
