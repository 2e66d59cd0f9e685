import { describe, expect, test } from 'vitest';
import { NO_DOCUMENTS, type SubjectCounts } from '../../lib/criteria/counts.ts';
import type { Criteria, DueSubject } from '../../lib/criteria/due-criteria.ts';
import type { TerminationRule } from '../../lib/policy/rules/rules.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { criteriaOf } from '../../lib/purge/combine-rules.ts';
import type { InMemoryDocument } from '../support/in-memory/in-memory-cluster.ts';
import { oneDocumentEach, PORT_WORLDS, type PortWorld, targetOf } from '../support/purge/port-world.ts';
import { NOW } from '../support/purge/purge-fixture.ts';

const TERMINATED = NOW - 4 * DAY;
const ERASE_BY = TERMINATED + 7 * DAY;

/** Beyond 2^53: read as doubles, these are one number. */
const GONE = '9007199254740993';
const NEIGHBOUR = '9007199254740992';

const deleted: DueSubject = { key: 'deleted', uin: GONE, eraseBy: ERASE_BY };
const terminated: DueSubject = { key: 'terminated', uin: GONE, until: TERMINATED, eraseBy: ERASE_BY };
const application: DueSubject = { ...terminated, key: 'application', sdkAppId: '1400100201' };

const termination: TerminationRule = {
  triggers: ['account-deleted', 'feature-terminated'],
  deadline: { iso: 'P7D', milliseconds: 7 * DAY },
  cancelWindow: { iso: 'P3D', milliseconds: 3 * DAY },
};

/** Only the termination rule: the documents' ages are of no interest here. */
const criteriaFor = ({ fixture }: PortWorld, ...subjects: readonly DueSubject[]): Criteria =>
  criteriaOf({ ...fixture.category, rules: { termination } }, fixture.policy, NOW, { subjects, more: 0 });

const document = (changes: Partial<InMemoryDocument>): Partial<InMemoryDocument> => ({
  uin: [GONE],
  sdkAppId: ['1400100201'],
  timestamps: [TERMINATED - DAY],
  ...changes,
});

const relation = async (
  written: ReturnType<typeof oneDocumentEach>,
  subject: DueSubject,
  changes: Partial<InMemoryDocument>,
  shape: Parameters<PortWorld['create']>[1] = {},
): Promise<string> => {
  const { world, index } = await written(document(changes), shape);
  const criteria = criteriaFor(world, subject);
  const target = await targetOf(world, index);
  const { subjects, counts } = await world.ports.store.count(world.fixture.category.indices, [target], criteria);
  const found = Object.entries(subjects?.get(subject.key) ?? {}).filter(([, count]) => count > 0);
  const [[kind] = ['none']] = found as [keyof SubjectCounts, number][];
  // Whatever is counted as due, and nothing else, is due, and not live.
  expect(counts.get(index)?.due).toBe(kind === 'due' ? 1 : 0);
  expect(await world.ports.remover.countLive(target, criteria)).toBe(kind === 'due' ? 0 : 1);
  return kind;
};

describe.each(PORT_WORLDS)('a document store %s, for erasures', (_name, worldOf) => {
  const long = { account: { type: 'long' } } as const;
  const short = { account: { type: 'keyword', ignoreAbove: 8 } } as const;
  const lost = { hasNoSource: true };
  const named = (uin: string): DueSubject => ({ ...deleted, uin });

  describe('with one document', () => {
    const written = oneDocumentEach(worldOf);

    test.each<[string, DueSubject, Partial<InMemoryDocument>, string]>([
      ['of the account is due', deleted, {}, 'due'],
      ['of the account numbered one less is not found', deleted, { uin: [NEIGHBOUR] }, 'none'],
      ['without an account is not found', deleted, { uin: [] }, 'none'],
      ['of a deleted account is due whatever its date', deleted, { timestamps: [NOW] }, 'due'],
      ['of a deleted account is due without a date', deleted, { timestamps: [] }, 'due'],
      ['that also names another account is shared', deleted, { uin: [GONE, NEIGHBOUR] }, 'shared'],
      ['of several applications of a deleted account is due', deleted, { sdkAppId: ['1', '2'] }, 'due'],
      ['dated exactly at the termination is due', terminated, { timestamps: [TERMINATED] }, 'due'],
      ['dated a millisecond later is a new use', terminated, { timestamps: [TERMINATED + 1] }, 'newUse'],
      ['with one later value is a new use', terminated, { timestamps: [TERMINATED - DAY, TERMINATED + 1] }, 'newUse'],
      ['without a date is due', terminated, { timestamps: [] }, 'due'],
      ['of two accounts dated later is shared', terminated, { uin: [GONE, NEIGHBOUR], timestamps: [NOW] }, 'shared'],
      ['dated ahead is a new use', terminated, { timestamps: [NOW + 30 * DAY] }, 'newUse'],
      ['from 1970 is due', terminated, { timestamps: [0] }, 'due'],
      ['ingested later is a new use', terminated, { ingested: [TERMINATED + 1] }, 'newUse'],
      ['later as seconds is a new use', terminated, { ingested: [Math.ceil(TERMINATED / 1000) + 1] }, 'newUse'],
      ['earlier as seconds is due', terminated, { ingested: [Math.floor(TERMINATED / 1000) - 1] }, 'due'],
      ['with a malformed date beside an old one is a new use', terminated, { malformed: true }, 'newUse'],
      ['with a malformed date alone is due', terminated, { timestamps: [], malformed: true }, 'due'],
      [
        'with a malformed date beside an old ingestion is a new use',
        terminated,
        { timestamps: [], malformed: true, ingested: [TERMINATED] },
        'newUse',
      ],
      ['of the application is due', application, {}, 'due'],
      ['of another application is not found', application, { sdkAppId: ['1400100202'] }, 'none'],
      ['of the application under another account is not found', application, { uin: [NEIGHBOUR] }, 'none'],
      ['without an application is not found', application, { sdkAppId: [] }, 'none'],
      ['of two applications is shared', application, { sdkAppId: ['1400100201', '1400100202'] }, 'shared'],
      ['of the application dated later is a new use', application, { timestamps: [TERMINATED + 1] }, 'newUse'],
    ])('finds that a document %s', async (_what, subject, changes, expected) => {
      expect(await relation(written, subject, changes)).toBe(expected);
    });

    const app = (uin: string, sdkAppId: string): DueSubject => ({ ...application, uin, sdkAppId });

    test.each<[string, Parameters<PortWorld['create']>[1], DueSubject, InMemoryDocument['uin'], string]>([
      ['7 in a long field is account 7', long, named('7'), [7], 'due'],
      ['"7" in a long field is account 7', long, named('7'), ['7'], 'due'],
      ['"007" in a long field is not account 7', long, named('7'), ['007'], 'none'],
      ['"7.9" in a long field is not account 7', long, named('7'), ['7.9'], 'none'],
      ['7.5 in a long field is not account 7', long, named('7'), [7.5], 'none'],
      ['"007" in a long field is not looked for', long, named('007'), ['007'], 'none'],
      ['[5, 5] in a long field is one account', long, named('5'), [5, 5], 'due'],
      ['[5, "5"] in a long field is one account', long, named('5'), [5, '5'], 'due'],
      ['[7, "007"] in a long field are two accounts', long, named('7'), [7, '007'], 'shared'],
      ['[7, null] in a long field is one account', long, named('7'), [7, null], 'due'],
      ['[null] in a long field is nobody', long, named('7'), [null], 'none'],
      ['[7, "x"] in a long field are two accounts', long, named('7'), [7, 'x'], 'shared'],
      ['-7 in a long field is not account 7', long, named('7'), [-7], 'none'],
      ['-7 in a long field is account -7', long, named('-7'), [-7], 'due'],
      ['"-7" in a long field is account -7', long, named('-7'), ['-7'], 'due'],
      ['-7.5 in a long field is not account -7', long, named('-7'), [-7.5], 'none'],
      ['7 in a long field is not account -7', long, named('-7'), [7], 'none'],
      ['-7 in a keyword field is account -7', {}, named('-7'), [-7], 'due'],
      ['"+7" in a keyword field is not account 7', {}, named('7'), ['+7'], 'none'],
      ['"+7" in a keyword field is account +7', {}, named('+7'), ['+7'], 'due'],
      ['beyond 2^53 as text in a long field is exact', long, deleted, [GONE], 'due'],
      ['beyond 2^53 one less in a long field is not theirs', long, deleted, [NEIGHBOUR], 'none'],
      ['7.5 in a keyword field is account 7.5', {}, named('7.5'), [7.5], 'due'],
      ['7 in a keyword field is account 7', {}, named('7'), [7], 'due'],
      ['"007" in a keyword field is not account 7', {}, named('7'), ['007'], 'none'],
      ['"007" in a keyword field is account 007', {}, named('007'), ['007'], 'due'],
      ['[5, "5"] in a keyword field is one account', {}, named('5'), [5, '5'], 'due'],
      ['true in a keyword field is account true', {}, named('true'), [true], 'due'],
      ['too long to be indexed alone is found, and not searched', short, named('123456789'), ['123456789'], 'none'],
      ['short beside one too long is two accounts', short, named('12'), ['12', '123456789'], 'shared'],
      ['a keyword without _source is matched by the index', lost, named('7'), ['7'], 'due'],
      ['[5, "5"] without _source is one account', lost, named('5'), [5, '5'], 'due'],
      ['a long without _source is not looked for', { ...long, ...lost }, named('7'), [7], 'none'],
    ])('decides to which account a document belongs: %s', async (_what, shape, subject, uin, expected) => {
      expect(await relation(written, subject, { uin: uin ?? [] }, shape)).toBe(expected);
    });

    test.each<[string, Parameters<PortWorld['create']>[1], InMemoryDocument['sdkAppId'], string]>([
      ['a number is that application', {}, [1], 'due'],
      ['"01" is another', {}, ['01'], 'none'],
      ['[1, "1"] is one', {}, [1, '1'], 'due'],
      ['[1, "01"] are two', {}, [1, '01'], 'shared'],
      ['without _source it is matched by the index', lost, ['1'], 'due'],
    ])('decides to which application a document belongs: %s', async (_what, shape, sdkAppId, expected) => {
      expect(await relation(written, app('7', '1'), { uin: ['7'], sdkAppId: sdkAppId ?? [] }, shape)).toBe(expected);
    });
  });

  test('counts documents that name the account although no search finds them', async () => {
    const world = worldOf();
    const index = await world.create('unindexed', short);
    await world.add(index, {
      alone: document({ uin: [], unindexed: [GONE] }),
      beside: document({ uin: ['42'], unindexed: [GONE] }),
      again: document({ uin: [], unindexed: [GONE], timestamps: [TERMINATED + 1] }),
      other: document({ uin: [], unindexed: [NEIGHBOUR] }),
      none: document({ uin: [] }),
    });
    await world.liftIgnoreAbove(index);
    const criteria = criteriaFor(world, deleted, terminated, application, { ...named('42'), key: '42' });
    const target = await targetOf(world, index);
    const { subjects } = await world.ports.store.count(world.fixture.category.indices, [target], criteria);
    expect(Object.fromEntries(subjects ?? [])).toEqual({
      deleted: { ...NO_DOCUMENTS, unindexed: 3 },
      terminated: { ...NO_DOCUMENTS, unindexed: 2, newUse: 1 },
      application: { ...NO_DOCUMENTS, unindexed: 2, newUse: 1 },
      42: { ...NO_DOCUMENTS, shared: 1 },
    });
    expect(await world.ports.remover.countLive(target, criteria)).toBe(5);
    expect(await world.ports.remover.slices(target, criteria)).toEqual([]);
  });

  test('counts documents as unexamined if not all accounts are indexed and _source is missing', async () => {
    const world = worldOf();
    const index = await world.create('partial', { ...short, ...lost });
    await world.add(index, {
      whole: document({ uin: ['12'] }),
      partial: document({ uin: ['12', '123456789'] }),
      long: document({ uin: ['123456789'] }),
      none: document({ uin: [] }),
    });
    const { counts } = await world.ports.store.count([index], [await targetOf(world, index)], criteriaFor(world));
    expect(counts.get(index)).toMatchObject({ ownerless: 2, unexamined: 3 });
  });

  test('finds nothing due for an ended feature if no field dates documents', async () => {
    const world = worldOf();
    const index = await world.create('undated');
    await world.add(index, { document: document({}) });
    const criteria = criteriaFor(world, terminated, deleted);
    const target = {
      ...(await targetOf(world, index)),
      usable: { account: { type: 'keyword', path: 'uin' }, timestamp: false, ingested: false },
    };
    const { subjects } = await world.ports.store.count(world.fixture.category.indices, [target], criteria);
    expect([...(subjects ?? [])]).toEqual([['deleted', { ...NO_DOCUMENTS, due: 1 }]]);
    expect(await world.ports.remover.countLive(target, criteriaFor(world, terminated))).toBe(1);
  });

  test('finds nothing due for an ended feature if a date is mapped as text', async () => {
    const world = worldOf();
    const index = await world.create('text', { timestampIsText: true });
    await world.add(index, { document: document({}) });
    const target = await targetOf(world, index);
    const criteria = criteriaFor(world, terminated, deleted);
    const { subjects } = await world.ports.store.count(world.fixture.category.indices, [target], criteria);
    expect([...(subjects ?? [])]).toEqual([['deleted', { ...NO_DOCUMENTS, due: 1 }]]);
    expect(await world.ports.remover.countLive(target, criteriaFor(world, terminated))).toBe(1);
  });

  test('counts documents without an account, even if nobody is to be erased', async () => {
    const world = worldOf();
    const [some, none] = [await world.create('some'), await world.create('none')];
    await world.add(some, { a: document({}), b: document({ uin: [] }), c: document({ uin: [], timestamps: [] }) });
    const { category } = world.fixture;
    const asked = [await targetOf(world, some), await targetOf(world, none)];
    const { counts } = await world.ports.store.count(category.indices, asked, criteriaFor(world));
    expect(counts.get(some)).toMatchObject({ documents: 3, due: 0, ownerless: 2 });
    expect(counts.get(none)).toMatchObject({ documents: 0, due: 0 });
    const { counts: byAge } = await world.ports.store.count(category.indices, asked, {});
    expect(byAge.get(some)).not.toHaveProperty('ownerless');
  });

  test('deletes the documents of many subjects in few slices, and no others', async () => {
    const world = worldOf();
    const { remover, store } = world.ports;
    const index = await world.create('many', { shards: 2 });
    const subjects = Array.from({ length: 50 }, (_, at): DueSubject => ({ ...terminated, key: `${at}`, uin: `${at}` }));
    await world.add(
      index,
      Object.fromEntries(
        subjects.flatMap(({ uin }) => [
          [`gone-${uin}`, document({ uin: [uin] })],
          [`new-${uin}`, document({ uin: [uin], timestamps: [TERMINATED + 1] })],
        ]),
      ),
    );
    await world.add(index, { else: document({ uin: ['50'] }) });
    await remover.refresh(index);
    const criteria = criteriaFor(world, ...subjects);
    const target = await targetOf(world, index);
    const slices = await remover.slices(target, criteria);
    expect(slices).toHaveLength(1);
    for (const slice of slices)
      expect(await remover.deleteSlice(target, criteria, async () => slice)).toEqual({ deleted: 50, full: false });
    await remover.refresh(index);
    expect((await world.left(index))?.filter((id) => !id.startsWith('new-'))).toEqual(['else']);
    const { subjects: left } = await store.count(world.fixture.category.indices, [target], criteria);
    expect([...(left ?? [])].every(([, { due, newUse }]) => due === 0 && newUse === 1)).toBe(true);
    expect(await remover.slices(target, criteria)).toEqual([]);
  });

  test("deletes only documents of the slice's subjects", async () => {
    const world = worldOf();
    const index = await world.create('slice');
    await world.add(index, { a: document({}), b: document({ uin: [NEIGHBOUR] }) });
    await world.ports.remover.refresh(index);
    const other = { ...deleted, key: 'other', uin: NEIGHBOUR };
    const criteria = criteriaFor(world, deleted, other);
    await world.ports.remover.deleteSlice(await targetOf(world, index), criteria, async () => ({ subjects: [other] }));
    expect(await world.left(index)).toEqual(['a']);
  });

  test('counts a document that is both expired and to be erased only once', async () => {
    const world = worldOf();
    const index = await world.create('both');
    await world.add(index, {
      both: document({ timestamps: [NOW - 20 * DAY] }),
      expired: document({ uin: ['1'], timestamps: [NOW - 20 * DAY] }),
      live: document({ uin: ['1'], timestamps: [NOW] }),
      owed: document({}),
    });
    const { fixture, ports } = world;
    const both = { ...fixture.category, rules: { ...fixture.category.rules, termination } };
    const criteria = criteriaOf(both, fixture.policy, NOW, { subjects: [deleted], more: 0 });
    const target = await targetOf(world, index);
    const { counts } = await ports.store.count(fixture.category.indices, [target], criteria);
    expect(counts.get(index)).toMatchObject({ documents: 4, due: 3 });
    expect(await ports.remover.countLive(target, criteria)).toBe(1);
  });
});

test.each(['long', 'keyword'] as const)(
  'only the documents of exactly one account are found and deleted if it is mapped as %s',
  async (type) => {
    const [, onElasticsearch] = PORT_WORLDS[1];
    const world = onElasticsearch();
    const index = await world.fixture.createIndex(
      'typed',
      {},
      { properties: { '@timestamp': { type: 'date' }, uin: { type }, sdkAppId: { type } } },
    );
    await world.add(index, { a: document({}), b: document({ uin: [NEIGHBOUR] }) });
    await world.ports.remover.refresh(index);
    // What an integer field cannot hold must not spoil the request for the others.
    const odd = ['not a number', '007', '99999999999999999999999'].map((uin) => ({ ...deleted, key: uin, uin }));
    const criteria = criteriaFor(world, deleted, ...odd, { ...application, key: 'x', sdkAppId: 'no number' });
    const target = await targetOf(world, index);
    const { subjects } = await world.ports.store.count(world.fixture.category.indices, [target], criteria);
    expect([...(subjects ?? [])]).toEqual([['deleted', { ...NO_DOCUMENTS, due: 1 }]]);
    for (const slice of await world.ports.remover.slices(target, criteria))
      await world.ports.remover.deleteSlice(target, criteria, async () => slice);
    expect(await world.left(index)).toEqual(['b']);
  },
);
