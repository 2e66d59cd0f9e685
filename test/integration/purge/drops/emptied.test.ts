import { describe, expect, test } from 'vitest';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import {
  aroundRemover,
  daysAgo,
  NOW,
  ofIndex,
  type PurgeFixture,
  purgeFixture,
} from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';
import { answers, openWire } from '../../../support/server/faulty-connection.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };
const MINUTE = 60_000;

/** Lets time pass: what the reports of the category say was verified so long before. */
const pass = async ({ client, category, policy }: PurgeFixture, milliseconds: number): Promise<void> => {
  const index = ownIndices(policy, category.id).reports;
  await client.indices.refresh({ index });
  await client.updateByQuery({
    index,
    refresh: true,
    query: { bool: { filter: [{ term: { category: category.id } }, { term: { state: 'closed' } }] } },
    script: {
      source:
        'ctx._source.verifiedAt = Instant.ofEpochMilli(ZonedDateTime.parse(ctx._source.verifiedAt).toInstant().toEpochMilli() - params.by).toString()',
      params: { by: milliseconds },
    },
  });
};

/** A run so long after the last one. */
const runAfter = async (fixture: PurgeFixture, milliseconds: number, around?: ReturnType<typeof aroundRemover>) => {
  await pass(fixture, milliseconds);
  return fixture.runPurge(around && { around });
};

/**
 * Indices that were emptied while an alias wrote to each, and are not written to any more; a younger one beside them.
 */
const emptiedOnes = async (fixture: PurgeFixture, suffixes: readonly string[]): Promise<readonly string[]> => {
  const { client, id, runPurge } = fixture;
  const indices = await fixture.createIndices(suffixes.map((suffix) => ({ suffix, documents: { old } })));
  const aliases = indices.map((index, at) => ({ index, alias: `w${at}-${id}` }));
  await client.indices.updateAliases({ actions: aliases.map((each) => ({ add: { ...each, is_write_index: true } })) });
  expect(await runPurge()).toMatchObject({ documentsRemoved: indices.length, indicesDropped: 0 });
  await client.indices.updateAliases({ actions: aliases.map((remove) => ({ remove })) });
  await fixture.createIndex('b', { live });
  return indices;
};
const emptied = async (fixture: PurgeFixture): Promise<string> => `${(await emptiedOnes(fixture, ['a']))[0]}`;

test('an emptied index is dropped after a day without changes, and no sooner', async () => {
  const fixture = purgeFixture({ template: false });
  const index = await emptied(fixture);
  for (const later of [MINUTE, DAY - 2 * MINUTE]) {
    expect((await runAfter(fixture, later)).indices[0]).toMatchObject({
      index,
      planned: 'keep',
      reason: 'emptied: is dropped once a run finds it unchanged for 24 hours',
    });
    expect(await fixture.left(index)).toEqual([]);
  }
  const report = await runAfter(fixture, MINUTE);
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 0, indicesDropped: 1 });
  expect(report.indices[0]).toMatchObject({ planned: 'drop', did: 'dropped', found: 'gone' });
  expect(await fixture.left(index)).toBeUndefined();
});

describe('an emptied index', () => {
  const once = madeOnce(async () => {
    const fixture = purgeFixture({ template: false });
    return { fixture, index: await emptied(fixture) };
  });

  test.each([
    ['a dry run', { dryRun: true }],
    ['a run that is refused', {}],
    ['a run whose cluster tells no time', { serverTime: async () => undefined }],
  ])('is not dropped early if the clock was more than a day slow in %s', async (_, options) => {
    const { fixture, index } = once();
    const slow = { clock: () => NOW - 25 * HOUR, serverTime: async () => NOW };
    await fixture.runPurge({ ...slow, ...options });
    await fixture.client.indices.refresh({ index: ownIndices(fixture.policy, fixture.category.id).reports });
    expect(await fixture.runPurge()).toMatchObject({ indicesDropped: 0 });
    expect(await fixture.left(index)).toEqual([]);
  });
});

/** What happens to an emptied index, and what the runs one, two and ten days later do with it. */
interface Case {
  /** Before the first of these runs. */
  readonly before?: (fixture: PurgeFixture, index: string) => Promise<unknown>;
  /** In that run, right before the index is blocked. */
  readonly late?: (fixture: PurgeFixture, index: string) => Promise<unknown>;
  /** After it. */
  readonly after?: (fixture: PurgeFixture, index: string) => Promise<unknown>;
}

const writtenAndDeleted = async ({ client, add }: PurgeFixture, index: string): Promise<void> => {
  await add(index, { passing: live });
  await client.delete({ index, id: 'passing', refresh: true });
};
const aliased =
  (alias: object): NonNullable<Case['before']> =>
  ({ client }, index) =>
    client.indices.putAlias({ index, name: `x-${index}`, ...alias });
const readOnly =
  (value: true | null): NonNullable<Case['before']> =>
  ({ client }, index) =>
    client.indices.putSettings({ index, settings: { 'index.blocks.read_only': value } });
const writes =
  (document: object): NonNullable<Case['before']> =>
  ({ add }, index) =>
    add(index, { late: document }, false);

const CHANGES = {
  'a write and a deletion': { before: writtenAndDeleted },
  'a deletion of nothing': {
    before: ({ client }, index) => client.delete({ index, id: 'none' }, { ignore: [404] }),
  },
} satisfies Record<string, Case>;
const ALIASES = {
  'the write index of an alias': { before: aliased({ is_write_index: true }) },
  'the only index of an alias': { before: aliased({}) },
  'the only index of an alias that may not write': { before: aliased({ is_write_index: false }) },
} satisfies Record<string, Case>;
const WRITES = {
  live: { late: writes(live) },
  expired: { late: writes(old) },
  undated: { late: writes({}) },
} satisfies Record<string, Case>;
const OTHERS = {
  'of the name of an emptied one': {
    before: async (fixture, index) => {
      await fixture.client.indices.delete({ index });
      await fixture.createIndex(index.slice(fixture.id.length + 1), { passing: live });
      await fixture.client.delete({ index, id: 'passing', refresh: true });
    },
  },
  'with the operations that were expected': { late: writes(old) },
  'written to and emptied': { late: writtenAndDeleted },
  'under a write block': { before: ({ client }, index) => client.indices.addBlock({ index, block: 'write' }) },
  'under a read_only block': { before: readOnly(true), after: readOnly(null) },
} satisfies Record<string, Case>;

describe('indices emptied by one run', () => {
  const cases: readonly (readonly [string, Case])[] = Object.entries({ ...CHANGES, ...ALIASES, ...WRITES, ...OTHERS });
  const at = (name: keyof typeof CHANGES | keyof typeof ALIASES | keyof typeof WRITES | keyof typeof OTHERS) =>
    cases.findIndex(([each]) => each === name);

  /**
   * Has each case's work done right before its index is blocked; and one index looks as if nothing had been written to
   * it.
   */
  const lateWork = (fixture: PurgeFixture, indices: readonly string[], expectedOperations: number) =>
    aroundRemover((real) => ({
      blockWrites: async (name) => {
        await cases[indices.indexOf(name)]?.[1].late?.(fixture, name);
        await real.blockWrites(name);
      },
      operations: async (name) =>
        name === indices[at('with the operations that were expected')] ? expectedOperations : real.operations(name),
    }));

  const once = madeOnce(async () => {
    const fixture = purgeFixture();
    const { client } = fixture;
    const advance = await fixture.createIndex('advance');
    const indices = await emptiedOnes(
      fixture,
      cases.map((_, nth) => `a${nth}`),
    );
    const each = (when: 'before' | 'after') =>
      Promise.all(cases.map(async ([, { [when]: work }], nth) => work?.(fixture, `${indices[nth]}`)));
    const expected = `${indices[at('with the operations that were expected')]}`;
    const { indices: stats } = await client.indices.stats({ index: expected, level: 'shards' });
    const taken = stats?.[expected]?.shards?.['0']?.[0]?.seq_no?.max_seq_no ?? 0;
    await each('before');
    const first = await runAfter(fixture, DAY, lateWork(fixture, indices, taken + 1));
    const left = await fixture.leftInAll();
    await each('after');
    const added = await Promise.allSettled(
      [...Object.keys(WRITES), 'written to and emptied'].map((name) =>
        fixture.add(`${indices[at(name as keyof typeof WRITES)]}`, { afterwards: live }),
      ),
    );
    const second = await runAfter(fixture, DAY);
    const third = await runAfter(fixture, 8 * DAY);
    const of = (name: Parameters<typeof at>[0]) => {
      const index = `${indices[at(name)]}`;
      return {
        left: left.get(index),
        first: ofIndex(first, index),
        second: ofIndex(second, index),
        third: ofIndex(third, index),
      };
    };
    return { advance, first, second, third, left, added, of };
  });

  const DROPPED = { planned: 'drop', did: 'dropped', found: 'gone', findings: [] };

  test('an index that was created in advance stays, however long it is empty', () => {
    const { advance, first, second, third, left } = once();
    for (const report of [first, second, third])
      expect(ofIndex(report, advance)).toMatchObject({ planned: 'keep', reason: 'empty' });
    expect(left.get(advance)).toEqual([]);
  });

  test.each(Object.keys(CHANGES) as (keyof typeof CHANGES)[])(
    'the wait of one day begins again for an index after %s',
    (name) => {
      const { first, second, left } = once().of(name);
      expect(first).toMatchObject({ found: 'there', planned: 'keep' });
      expect(left).toEqual([]);
      expect(second).toMatchObject(DROPPED);
    },
  );

  test('an index recreated under the name of an emptied one waits a full day again', () => {
    expect(once().of('of the name of an emptied one').first).toMatchObject({ found: 'there', planned: 'keep' });
  });

  test.each(Object.keys(ALIASES) as (keyof typeof ALIASES)[])('an emptied index stays if it is %s', (name) => {
    const { first, second, third, left } = once().of(name);
    for (const entry of [first, second, third])
      expect(entry).toMatchObject({ planned: 'keep', reason: expect.stringMatching(/^emptied; .*: stays$/) });
    expect(left).toEqual([]);
  });

  test.each(Object.keys(WRITES) as (keyof typeof WRITES)[])(
    'an index stays if somebody writes one %s document into it after the plan',
    (name) => {
      const { first, left } = once().of(name);
      expect(first).toMatchObject({ planned: 'drop', did: 'left', found: 'there', documentsAfter: 1 });
      expect(left).toEqual(['late']);
    },
  );

  test('an index stays if it has an expired document, even if its operation count is as expected', () => {
    const { first, left } = once().of('with the operations that were expected');
    expect(first).toMatchObject({ planned: 'drop', did: 'left' });
    expect(left).toEqual(['late']);
  });

  test('an index that was written to and emptied again after the plan stays', () => {
    expect(once().of('written to and emptied').first).toMatchObject({
      did: 'left',
      note: expect.stringContaining('written to after the plan'),
    });
  });

  test('indices that stay because of late documents are open to writes', () => {
    expect(once().added.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'fulfilled'));
  });

  test('an index under a write block that a person set is dropped nevertheless', () => {
    const { first, left } = once().of('under a write block');
    expect(first).toMatchObject(DROPPED);
    expect(left).toBeUndefined();
  });

  test('an index under a read_only block stays without a finding until the block is lifted', () => {
    const { first, second } = once().of('under a read_only block');
    expect(first).toMatchObject({ found: 'there', dueAfter: 0, findings: [] });
    expect(second).toMatchObject(DROPPED);
  });
});

test('a run is complete although an emptied index has a read_only block', async () => {
  const fixture = purgeFixture();
  const index = await emptied(fixture);
  await readOnly(true)(fixture, index);
  expect(await runAfter(fixture, DAY)).toMatchObject({ outcome: 'complete', kept: true, indicesDropped: 0 });
  await readOnly(null)(fixture, index);
});

test('an emptied index stays if it is the last of a pattern without a template', async () => {
  const fixture = purgeFixture({ template: false });
  const index = await emptied(fixture);
  await fixture.client.indices.delete({ index: `${fixture.id}-b` });
  for (const later of [DAY, DAY]) {
    const { indices } = await runAfter(fixture, later);
    expect(indices[0]).toMatchObject({ index, planned: 'keep', reason: expect.stringMatching(/^emptied; .*: stays$/) });
  }
  expect(await fixture.left(index)).toEqual([]);
});

describe('an emptied index beside others', () => {
  const once = madeOnce(async () => {
    const fixture = purgeFixture();
    return { fixture, index: await emptied(fixture) };
  });

  test.each([
    ['the statistics', /^GET .*\/_stats/, 'x'],
    ['the report of a day ago', /^POST \/retention-reports\.[^/]*\/_search/, 'y'],
  ])('stays if nobody can read %s, and the others are purged', async (_, line, suffix) => {
    const { fixture, index } = once();
    await fixture.createIndex(suffix, { old });
    await pass(fixture, DAY);
    const wire = openWire();
    wire.on(line, answers(400, 'illegal_argument_exception'), { times: Number.POSITIVE_INFINITY });
    const client = fixture.newClient({ Connection: wire.Connection });
    const report = await fixture.runPurge({ client });
    expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
    expect(wire.sent(line).length).toBeGreaterThan(0);
    expect(await fixture.left(index)).toEqual([]);
  });
});

test('the last index is emptied, not dropped, if index templates cannot be read', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', { old });
  const wire = openWire();
  wire.on(/_index_template/, answers(403, 'security_exception'), { times: Number.POSITIVE_INFINITY });
  await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(await fixture.left(index)).toEqual([]);
});
