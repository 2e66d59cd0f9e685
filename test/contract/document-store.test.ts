import { describe, expect, test } from 'vitest';
import type { Counts, Tally } from '../../lib/criteria/counts.ts';
import type { AgeCriteria, Criteria, UsableFields } from '../../lib/criteria/due-criteria.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { criteriaOf as criteriaAt } from '../../lib/purge/combine-rules.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import { describeAll, oneDocumentEach, PORT_WORLDS, type PortWorld, targetOf } from '../support/purge/port-world.ts';
import { CUTOFF, NOW } from '../support/purge/purge-fixture.ts';

const HOUR = DAY / 24;
const EARLIEST = Date.parse('2015-01-01T00:00:00Z');

const criteriaOf = ({ fixture }: PortWorld): Criteria => criteriaAt(fixture.category, fixture.policy, NOW);

const countIn = async (world: PortWorld, ...names: string[]): Promise<Tally> => {
  const asked = await Promise.all(names.map((name) => targetOf(world, name)));
  return world.ports.store.count(world.fixture.category.indices, asked, criteriaOf(world));
};

type OneDocument = ReturnType<typeof oneDocumentEach>;

const countOf = async (written: ReturnType<OneDocument>): Promise<Partial<Counts> | undefined> => {
  const { world, index } = await written;
  const { documents: _, from: __, to: ___, ...counts } = (await countIn(world, index)).counts.get(index) as Counts;
  return counts;
};

const KEPT = { due: 0, overdue: 0, undatable: 0, aheadOfIngestion: 0, behindIngestion: 0 };
const BEHIND = { ...KEPT, behindIngestion: 1 };
const DUE = { ...KEPT, due: 1 };
const OVERDUE = { ...DUE, overdue: 1 };
const UNDATABLE = { ...KEPT, undatable: 1 };

describe.each(PORT_WORLDS)('a document store %s', (_name, worldOf) => {
  test('counts distinct accounts, if in doubt too few, and returns no number for empty indices', async () => {
    const world = worldOf();
    const documents = Object.fromEntries(
      Array.from({ length: 80 }, (_, at) => [`${at}`, { timestamps: [NOW], uin: [`${at % 40}`] }]),
    );
    const texts = await world.create('texts', { account: { type: 'keyword' } });
    const numbers = await world.create('numbers', { account: { type: 'long' } });
    const empty = await world.create('empty', { account: { type: 'keyword' } });
    for (const index of [texts, numbers]) await world.add(index, documents);
    // A count refreshes; what the count of accounts is asked for has been counted.
    await countIn(world, texts, numbers, empty);
    const accountsIn = async (...names: string[]) => {
      const targets = await Promise.all(names.map((name) => targetOf(world, name)));
      const asked = targets.flatMap(({ name, usable: { account } }) =>
        account === undefined ? [] : [{ name, account }],
      );
      expect(asked).toHaveLength(names.length);
      return world.ports.store.accounts(asked, 'uin');
    };
    for (const names of [[texts], [numbers], [texts, numbers], [texts, numbers, empty]]) {
      const accounts = await accountsIn(...names);
      expect(accounts).toBeGreaterThanOrEqual(38);
      expect(accounts).toBeLessThanOrEqual(40);
    }
    expect(await accountsIn(empty)).toBeUndefined();
    expect(await accountsIn()).toBeUndefined();
  });

  test('counts documents that fell due after an earlier cutoff separately', async () => {
    const world = worldOf();
    const index = await world.create('years');
    const dates = { newest: CUTOFF - 1, first: CUTOFF - DAY, backlog: CUTOFF - DAY - 1, kept: CUTOFF };
    const documents = Object.entries(dates).map(([id, date]) => [id, { timestamps: [date] }] as const);
    await world.add(index, { ...Object.fromEntries(documents), undated: {} });
    const criteria = criteriaOf(world);
    if (criteria.age === undefined) throw new Error('the fixture has an age rule');
    const target = await targetOf(world, index);
    const count = (age: AgeCriteria) =>
      world.ports.store.count(world.fixture.category.indices, [target], { ...criteria, age });
    const lately = await count({ ...criteria.age, fellDueFrom: CUTOFF - DAY });
    expect(lately.counts.get(index)).toMatchObject({ documents: 5, due: 3, fellDue: 2 });
    expect((await count(criteria.age)).counts.get(index)).not.toHaveProperty('fellDue');
  });

  test('counts how many documents fall due by each later cutoff', async () => {
    const world = worldOf();
    const index = await world.create('later');
    const text = await world.create('text', { timestampIsText: true });
    const cutoffs = [CUTOFF + HOUR, CUTOFF + DAY, CUTOFF + 2 * DAY];
    await world.add(index, {
      due: { timestamps: [CUTOFF - 1] },
      soon: { timestamps: [CUTOFF] },
      'soon, at the last moment': { timestamps: [CUTOFF + HOUR - 1] },
      'within a day': { timestamps: [CUTOFF + HOUR] },
      'within a day, by its ingestion': { timestamps: [CUTOFF - DAY], ingested: [CUTOFF + DAY - 1] },
      'soon, by its ingestion': { timestamps: [CUTOFF + DAY], ingested: [CUTOFF] },
      'soon, kept by a slightly later timestamp': { timestamps: [CUTOFF], ingested: [CUTOFF - 1] },
      'in two days, by its ingestion alone': { ingested: [CUTOFF + DAY] },
      'in two days, by its timestamp, as the ingestion is implausible': { timestamps: [CUTOFF + DAY], ingested: [0] },
      'soon and in two days': { timestamps: [CUTOFF, CUTOFF + DAY] },
      'later than anybody asked': { timestamps: [CUTOFF + 2 * DAY] },
      'ahead of its ingestion': { timestamps: [CUTOFF], ingested: [CUTOFF - DAY] },
      'ingested in the future': { timestamps: [CUTOFF], ingested: [NOW + DAY] },
      malformed: { timestamps: [CUTOFF], malformed: true },
      undated: {},
    });
    await world.add(text, { soon: { ingested: [CUTOFF] }, other: { timestamps: [CUTOFF] } });
    // A count refreshes.
    await countIn(world, index, text);
    const fallingDue = async (...names: string[]) => {
      const targets = await Promise.all(names.map((name) => targetOf(world, name)));
      return world.ports.store.fallingDue(targets, criteriaOf(world), cutoffs);
    };
    expect(await fallingDue(index)).toEqual([5, 2, 3]);
    expect(await fallingDue()).toEqual([0, 0, 0]);
    expect(await world.ports.store.fallingDue([await targetOf(world, index)], {}, cutoffs)).toEqual([0, 0, 0]);
    expect((await fallingDue(index, text))[1]).toBe(2);
  });

  describe('with one document', () => {
    const written = oneDocumentEach(worldOf);
    // Such indices must be there before the index template, which would map their field.
    const writtenUnseen = oneDocumentEach(worldOf);

    test.each<[string, Partial<InMemoryDocument>, Partial<Counts>]>([
      ['exactly at the cutoff is kept', { timestamps: [CUTOFF] }, KEPT],
      ['a millisecond before the cutoff is due', { timestamps: [CUTOFF - 1] }, DUE],
      ['exactly at the allowed lateness is not overdue', { timestamps: [CUTOFF - HOUR] }, DUE],
      ['a millisecond beyond the allowed lateness is overdue', { timestamps: [CUTOFF - HOUR - 1] }, OVERDUE],
      ['with one live value is kept', { timestamps: [CUTOFF - DAY, CUTOFF] }, KEPT],
      ['with only expired values is due', { timestamps: [CUTOFF - 1, CUTOFF - DAY] }, DUE],
      ['is overdue only when every value is', { timestamps: [CUTOFF - 1, CUTOFF - HOUR - 1] }, DUE],
      ['at the earliest believable instant is due', { timestamps: [EARLIEST] }, OVERDUE],
      ['before the earliest is undatable', { timestamps: [EARLIEST - 1] }, UNDATABLE],
      ['with one value before the earliest is undatable', { timestamps: [EARLIEST - 1, CUTOFF] }, UNDATABLE],
      ['ahead by less than the allowed lateness is kept', { timestamps: [NOW + HOUR - 1] }, KEPT],
      ['ahead by the allowed lateness is undatable', { timestamps: [NOW + HOUR] }, UNDATABLE],
      ['without any date is undatable', {}, UNDATABLE],
      [
        'with a malformed timestamp beside an expired one is undatable',
        { timestamps: [CUTOFF - 1], malformed: true },
        UNDATABLE,
      ],
      ['without a timestamp is dated by its ingestion', { ingested: [CUTOFF - 1] }, DUE],
      ['without a timestamp is kept by its ingestion', { ingested: [CUTOFF] }, KEPT],
      ['from the future is dated by its ingestion', { timestamps: [NOW + DAY], ingested: [CUTOFF - 1] }, DUE],
      ['from 1970 is dated by its ingestion', { timestamps: [0], ingested: [CUTOFF - 2 * DAY] }, OVERDUE],
      ['malformed is dated by its ingestion', { malformed: true, ingested: [CUTOFF - 1] }, DUE],
      ['with neither date believable is undatable', { timestamps: [0], ingested: [NOW + DAY] }, UNDATABLE],
      ['with an expired timestamp is kept by its ingestion', { timestamps: [CUTOFF - 1], ingested: [CUTOFF] }, KEPT],
      ['is due when both its dates are', { timestamps: [CUTOFF - DAY], ingested: [CUTOFF - 1] }, DUE],
      ['is overdue when both its dates are', { timestamps: [CUTOFF - HOUR - 1], ingested: [0, CUTOFF - DAY] }, OVERDUE],
      [
        'behind its ingestion is counted once its timestamp is overdue',
        { timestamps: [CUTOFF - HOUR - 1], ingested: [CUTOFF] },
        BEHIND,
      ],
      [
        'is kept by one live ingestion of several',
        { timestamps: [CUTOFF - DAY], ingested: [CUTOFF - DAY, CUTOFF] },
        BEHIND,
      ],
      [
        'is undatable by a live ingestion beside one from the future',
        { timestamps: [CUTOFF - DAY], ingested: [NOW + DAY, NOW] },
        UNDATABLE,
      ],
      [
        'is kept by a live timestamp beside a malformed one',
        { timestamps: [CUTOFF], malformed: true, ingested: [CUTOFF - DAY] },
        KEPT,
      ],
      [
        'is undatable by an ingestion from the future',
        { timestamps: [CUTOFF - DAY], ingested: [NOW + HOUR] },
        UNDATABLE,
      ],
      [
        'kept by a clock that ran ahead is counted as such',
        { timestamps: [CUTOFF], ingested: [CUTOFF - HOUR - 1] },
        { ...KEPT, aheadOfIngestion: 1 },
      ],
      [
        'ingested within the allowed lateness is not called ahead',
        { timestamps: [CUTOFF], ingested: [CUTOFF - HOUR] },
        KEPT,
      ],
    ])('finds that a document %s', async (_what, document, expected) => {
      expect(await countOf(written(document))).toEqual(expected);
    });

    const old = [CUTOFF - DAY];
    const UNSEEN = { ...UNDATABLE, unseen: 1 };
    test.each<[string, boolean, Partial<InMemoryDocument>, Partial<Counts>]>([
      ['a live date makes it undatable', false, { timestamps: old, unseen: { ingested: [CUTOFF] } }, UNSEEN],
      [
        'one live value of two makes it undatable',
        false,
        { timestamps: old, unseen: { ingested: [0, CUTOFF] } },
        UNSEEN,
      ],
      ['a date ahead makes it undatable', false, { timestamps: old, unseen: { ingested: [NOW + 2 * HOUR] } }, UNSEEN],
      [
        'a date before the earliest makes it undatable',
        false,
        { timestamps: old, unseen: { ingested: [EARLIEST - 1] } },
        UNSEEN,
      ],
      ['an expired date makes it due', false, { timestamps: old, unseen: { ingested: [CUTOFF - 1] } }, DUE],
      ['an overdue date makes it overdue', false, { timestamps: old, unseen: { ingested: [CUTOFF - DAY] } }, OVERDUE],
      ['without such a date it is overdue by its timestamp', false, { timestamps: old }, OVERDUE],
      [
        'a live date beside a live timestamp keeps it',
        false,
        { timestamps: [CUTOFF], unseen: { ingested: [CUTOFF] } },
        KEPT,
      ],
      ['it is undatable if _source is lost', true, { timestamps: old }, UNSEEN],
    ])('judges a document by an ingestion date that only _source has: %s', async (_, lost, document, expected) => {
      const { world, index } = await writtenUnseen(document, { leavesOutIngested: true, hasNoSource: lost });
      const { counts, oldestAt } = await countIn(world, index);
      expect(counts.get(index)).toMatchObject(expected);
      expect(oldestAt).toBe(expected.unseen === 1 ? undefined : document.timestamps?.[0]);
    });

    const inSeconds = (instant: number) => [Math.floor(instant / 1000)];
    /** The other date alone never decides that such a document goes. */
    test.each<[string, Partial<InMemoryDocument>, Partial<Counts>]>([
      ['its ingestion as seconds is live', { timestamps: old, ingested: inSeconds(CUTOFF) }, UNSEEN],
      ['its ingestion as seconds is of now', { timestamps: old, ingested: inSeconds(NOW) }, UNSEEN],
      ['one ingestion of several is live as seconds', { timestamps: old, ingested: [0, ...inSeconds(NOW)] }, UNSEEN],
      ['its timestamp as seconds is live', { timestamps: inSeconds(NOW), ingested: old }, UNSEEN],
      ['its ingestion as seconds is over', { timestamps: old, ingested: inSeconds(CUTOFF - 2000) }, { due: 1 }],
      ['its ingestion as seconds is ahead', { timestamps: old, ingested: inSeconds(NOW + 2 * HOUR) }, { due: 1 }],
      ['its timestamp keeps it anyway', { timestamps: [CUTOFF], ingested: inSeconds(NOW) }, KEPT],
    ])('recognizes a date in seconds that was indexed as milliseconds: %s', async (_, document, expected) => {
      expect(await countOf(written(document))).toMatchObject(expected);
    });
  });

  test('counts each index over all its shards, with the range of its timestamps', async () => {
    const world = worldOf();
    const [mixed, empty] = [await world.create('mixed', { shards: 3 }), await world.create('empty')];
    await world.add(mixed, { a: { timestamps: [CUTOFF - DAY] }, b: { timestamps: [NOW, CUTOFF - 5] }, c: {} });
    const { counts, unanswered } = await countIn(world, mixed, empty);
    expect(counts.get(mixed)).toMatchObject({ documents: 3, due: 1, undatable: 1, from: CUTOFF - DAY, to: NOW });
    expect(counts.get(empty)).toMatchObject({ documents: 0, due: 0 });
    expect(unanswered.size).toBe(0);
  });

  test('dates the oldest document by its newest value, whichever field has it', async () => {
    const world = worldOf();
    const index = await world.create('oldest');
    await world.add(index, {
      wide: { timestamps: [CUTOFF - 9 * DAY, NOW] },
      undatable: { timestamps: [0] },
      ingested: { timestamps: [0], ingested: [CUTOFF - 7] },
      live: { timestamps: [CUTOFF - 3] },
    });
    expect((await countIn(world, index)).oldestAt).toBe(CUTOFF - 7);
  });

  test.each<[string, Record<string, Partial<InMemoryDocument>>, number]>([
    ['ingestion, where it is later', { a: { timestamps: [CUTOFF - 9], ingested: [CUTOFF - 5] } }, CUTOFF - 5],
    ['timestamp, where that is later', { a: { timestamps: [CUTOFF - 2], ingested: [CUTOFF - 8] } }, CUTOFF - 2],
    [
      'one that was ingested later than another whose clock ran ahead',
      {
        ahead: { timestamps: [CUTOFF - 1], ingested: [CUTOFF - 90] },
        ahead2: { timestamps: [CUTOFF - 3], ingested: [CUTOFF - 80] },
        old: { timestamps: [CUTOFF - 99], ingested: [CUTOFF - 7] },
      },
      CUTOFF - 7,
    ],
    [
      'one without an ingestion beside others',
      { both: { timestamps: [CUTOFF - 2], ingested: [CUTOFF - 90] }, alone: { timestamps: [CUTOFF - 44] } },
      CUTOFF - 44,
    ],
  ])('finds the oldest document by the later of both dates: %s', async (_, documents, oldestAt) => {
    const world = worldOf();
    const index = await world.create('oldest');
    await world.add(index, documents);
    expect((await countIn(world, index)).oldestAt).toBe(oldestAt);
  });

  test.each<[UsableFields['decided'], Partial<Counts>]>([
    ['timestamp', { due: 2, overdue: 2, undatable: 1, behindIngestion: 0, aheadOfIngestion: 1 }],
    ['ingested', { due: 2, overdue: 2, undatable: 1, behindIngestion: 0, aheadOfIngestion: 0 }],
    [undefined, { due: 1, overdue: 1, undatable: 1, behindIngestion: 1, aheadOfIngestion: 1 }],
  ])('counts by the date that a person decided for: %s', async (decided, expected) => {
    const world = worldOf();
    const index = await world.create('decided');
    const old = CUTOFF - DAY;
    await world.add(index, {
      behind: { timestamps: [old], ingested: [NOW] },
      ahead: { timestamps: [NOW], ingested: [old] },
      fallback: { timestamps: [0], ingested: [old] },
      undatable: { ingested: [0] },
    });
    const { usable, ...target } = await targetOf(world, index);
    const decisive = { ...target, usable: { ...usable, ...(decided && { decided }) } };
    const criteria = criteriaOf(world);
    const { counts, oldestAt } = await world.ports.store.count(world.fixture.category.indices, [decisive], criteria);
    expect(counts.get(index)).toMatchObject(expected);
    expect(oldestAt).toBe(old);
    const slices = await world.ports.remover.slices(decisive, criteria);
    for (const slice of slices) await world.ports.remover.deleteSlice(decisive, criteria, async () => slice);
    await world.ports.remover.refresh(index);
    expect(await world.left(index)).toHaveLength(4 - (expected.due ?? 0));
  });

  test('believes no timestamp that is not mapped as a date, and finds nothing due', async () => {
    const world = worldOf();
    const index = await world.create('text', { timestampIsText: true });
    await world.add(index, { a: { timestamps: [CUTOFF - 1] }, b: { timestamps: [NOW], ingested: [CUTOFF - 1] } });
    expect((await describeAll(world)).get(index)?.fields.get('@timestamp')).toMatchObject({ type: 'text' });
    expect((await countIn(world, index)).counts.get(index)).toMatchObject({ documents: 2, due: 0, undatable: 1 });
  });

  test('finds nothing due without criteria', async () => {
    const world = worldOf();
    const index = await world.create('unruled');
    await world.add(index, { a: { timestamps: [CUTOFF - DAY] } });
    const { counts } = await world.ports.store.count(
      world.fixture.category.indices,
      [await targetOf(world, index)],
      {},
    );
    expect(counts.get(index)).toEqual({
      documents: 1,
      due: 0,
      overdue: 0,
      undatable: 0,
      aheadOfIngestion: 0,
      behindIngestion: 0,
    });
  });

  test('describes blocks, aliases, shards and closed indices', async () => {
    const world = worldOf();
    const alias = `alias-${world.fixture.id}`;
    const written = await world.create('a', { aliases: [{ name: alias, isWriteIndex: true }], shards: 2 });
    const read = await world.create('b', { aliases: [{ name: alias }] });
    const closed = await world.create('c');
    await world.block(read, 'read_only_allow_delete');
    await world.close(closed);
    const described = await describeAll(world);
    expect([...described.keys()]).toEqual([written, read, closed]);
    expect(described.get(written)).toMatchObject({
      aliases: [{ name: alias, isWriteIndex: true }],
      primaries: 2,
      open: true,
      health: 'green',
      blocks: [],
    });
    expect(described.get(read)).toMatchObject({ aliases: [{ name: alias }], blocks: ['read_only_allow_delete'] });
    expect(described.get(closed)?.open).toBe(false);
  });

  test('describes run-time fields that have the name of a metadata field', async () => {
    const world = worldOf();
    const [plain, shadowed] = [await world.create('a'), await world.create('b')];
    await world.shadow(shadowed, '_ignored');
    const described = await describeAll(world);
    expect([plain, shadowed].map((name) => described.get(name)?.shadows)).toEqual([undefined, ['_ignored']]);
  });

  test('reports an index that vanished after it was described as unanswered', async () => {
    const world = worldOf();
    const vanished = await targetOf(world, await world.create('vanished'));
    await world.ports.remover.drop(vanished.name);
    const { counts, unanswered } = await world.ports.store.count(
      world.fixture.category.indices,
      [vanished],
      criteriaOf(world),
    );
    expect([...counts.keys()]).toEqual([]);
    expect([...unanswered.keys()]).toEqual([vanished.name]);
  });

  test('returns the operations of each index, 0 before the first write', async () => {
    const world = worldOf();
    const { store, remover } = world.ports;
    const { indices } = world.fixture.category;
    const [unused, used] = [await world.create('unused', { shards: 2 }), await world.create('used', { shards: 2 })];
    await world.add(used, { a: { timestamps: [NOW] }, b: { timestamps: [NOW] } });
    expect(await store.operations(indices)).toEqual(new Map(Object.entries({ [unused]: 0, [used]: 2 })));
    await world.add(used, { a: { timestamps: [NOW] } });
    expect((await store.operations(indices)).get(used)).toBe(3);
    expect(await remover.operations(used)).toBe(3);
    await remover.blockWrites(used);
    expect(await remover.operations(used)).toBe(3);
    await world.close(used);
    expect([...(await store.operations(indices)).keys()]).toEqual([unused]);
  });

  test('counts a deletion as an operation', async () => {
    const world = worldOf();
    const { remover } = world.ports;
    const index = await world.create('deleted');
    await world.add(index, { expired: { timestamps: [NOW - 20 * DAY] } });
    await remover.refresh(index);
    const [target, criteria] = [
      await targetOf(world, index),
      criteriaAt(world.fixture.category, world.fixture.policy, NOW),
    ];
    for (const slice of await remover.slices(target, criteria))
      await remover.deleteSlice(target, criteria, async () => slice);
    expect(await remover.operations(index)).toBe(2);
  });

  test('returns the fields that a matching index template maps', async () => {
    const world = worldOf();
    const { store, fixture } = { store: world.ports.store, fixture: world.fixture };
    const index = await world.create('templated');
    const [dates, otherFields] = [['@timestamp', 'event.ingested'], ['uin']];
    const all = new Set([...dates, ...otherFields]);
    expect(await store.templateFields([index, 'none'], { dates, otherFields })).toEqual(new Map([[index, all]]));
    await fixture.cleanUp();
  });
});
