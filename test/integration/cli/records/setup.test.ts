import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, onTestFinished, test } from 'vitest';
import { madeOnce } from '../../../support/run/made-once.ts';
import { takeNothingOver } from '../../../support/server/reused-names.ts';
import { configuration, type ErasureCliFixture, erasureCliFixture, GONE } from '../erasure-command-line.ts';

type Catchall = Pick<estypes.IndicesPutIndexTemplateIndexTemplateMapping, 'mappings' | 'settings' | 'aliases'>;

/** What somebody's template for all indices does to one of ours that is made under it. */
const CATCHALLS: readonly (readonly [string, Catchall, string])[] = [
  ['a final pipeline', { settings: { 'index.final_pipeline': 'nobody-s' } }, 'index.final_pipeline is not _none'],
  ['a default pipeline', { settings: { 'index.default_pipeline': 'nobody-s' } }, 'index.default_pipeline is not _none'],
  ['required routing', { mappings: { _routing: { required: true } } }, '_routing is required'],
  ['runtime fields', { mappings: { runtime: { category: { type: 'keyword' } } } }, 'it has runtime fields'],
  ['an excluded field', { mappings: { _source: { excludes: ['uin'] } } }, '_source is not kept whole'],
  ['no _source', { mappings: { _source: { enabled: false } } }, '_source is not kept whole'],
  [
    'another mapping',
    { mappings: { properties: { category: { type: 'text' } } } },
    'field "category" is mapped otherwise',
  ],
  ['logsdb', { settings: { 'index.mode': 'logsdb' } }, 'index.mode is not standard'],
];

const template = async ({ client, id }: ErasureCliFixture, catchall: Catchall): Promise<void> => {
  const name = `catchall-${id}`;
  onTestFinished(async () => void (await client.indices.deleteIndexTemplate({ name }, { ignore: [404] })));
  await client.indices.putIndexTemplate({
    name,
    index_patterns: [`retention-${id}-*`],
    priority: 500,
    template: catchall as estypes.IndicesPutIndexTemplateIndexTemplateMapping,
  });
};

const OWED = /^Owed: 1 erasure/;

/** All of them in as few templates as can be: `_source` is kept in part, not at all, or as logsdb keeps it. */
const TOGETHER: readonly (readonly [string, Catchall])[] = [
  [
    'every other difference',
    {
      settings: { 'index.final_pipeline': 'nobody-s', 'index.default_pipeline': 'nobody-s' },
      mappings: {
        _routing: { required: true },
        runtime: { category: { type: 'keyword' } },
        _source: { excludes: ['uin'] },
        properties: { category: { type: 'text' } },
      },
    },
  ],
  ['no _source', { mappings: { _source: { enabled: false } } }],
  ['logsdb', { settings: { 'index.mode': 'logsdb' } }],
];

test.each(TOGETHER)('own indices are created correctly although a template for all has %s', async (_, catchall) => {
  takeNothingOver();
  const fixture = await erasureCliFixture();
  await template(fixture, catchall);
  const index = await fixture.seed();
  await fixture.tell('feature-terminated', { uin: GONE }, 4);
  expect((await fixture.run(['status'])).stdout).toMatch(OWED);
  expect((await fixture.run(['purge', '--execute'])).stdout).toMatch(/^Kept: 1 of 1/);
  expect(await fixture.left(index)).toEqual(['stays']);
});

/** An account that is owed its erasure, and what the ledger says of it. */
const owing = async () => {
  const fixture = await erasureCliFixture();
  const { client, names, tell } = fixture;
  await fixture.seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  await client.indices.refresh({ index: names.ledger });
  const { hits } = await client.search<object>({ index: names.ledger });
  return { fixture, entries: hits.hits.map(({ _id = '', _source = {} }) => [_id, _source] as const) };
};

/**
 * A ledger that was made before ours was there, as under a template of somebody; its documents are written as we write
 * them.
 */
const makeBySomebody = async ({ fixture, entries }: Awaited<ReturnType<typeof owing>>, catchall: Catchall) => {
  const { client, names } = fixture;
  await client.indices.delete({ index: names.ledger });
  await client.indices.deleteIndexTemplate({ name: `es-retention-${names.ledger}` }, { ignore: [404] });
  await client.indices.create({ index: names.ledger, ...(catchall as object) });
  for (const [id, document] of entries)
    await client.index({ index: names.ledger, id, document, pipeline: '_none', routing: id }).catch(() => undefined);
};

const madeBySomebody = async (catchall: Catchall) => {
  const owed = await owing();
  await makeBySomebody(owed, catchall);
  return owed.fixture;
};

/** With these no document can be copied, and the fix is no rebuild. */
const LOST = ['an excluded field', 'no _source', 'logsdb'];

describe('a ledger that somebody else has made', () => {
  const once = madeOnce(owing);

  test.each(CATCHALLS)('is reported if it has %s, and no promise is called kept', async (name, catchall, what) => {
    const owed = once();
    await makeBySomebody(owed, catchall);
    const { run, names } = owed.fixture;
    const rebuild = `node bin/es-retention.mjs setup --rebuild ${names.ledger}`;
    const fix = LOST.includes(name) ? `The documents of ${names.ledger} cannot be read or copied` : rebuild;
    for (const args of [['verify'], ['status'], ['purge', '--execute'], ['terminate', '--uin', '1']]) {
      const { code, stdout, stderr } = await run(args);
      expect(stdout + stderr).toContain(what);
      expect(stdout + stderr).toContain(fix);
      expect(stdout).not.toMatch(/Owed: nothing|Kept: 1 of 1/);
      expect(code).toBe(2);
    }
    const { code, stdout } = await run(['setup']);
    expect(stdout).toContain('1 altered');
    expect(stdout).toContain(what);
    expect(code).toBe(3);
  });
});

test.each([
  ['runtime fields', { mappings: { runtime: { category: { type: 'keyword' } } } }],
  ['required routing', { mappings: { _routing: { required: true } } }],
  ['a guessed mapping', {}],
] as const)('setup --rebuild recreates a ledger with %s, and keeps its owed erasures', async (_, catchall) => {
  const fixture = await madeBySomebody(catchall as Catchall);
  const { run, names, client } = fixture;
  const { code, stdout } = await run(['setup', '--rebuild', names.ledger]);
  expect(stdout).toMatch(/1 made anew/);
  expect(stdout).toContain('1 documents copied');
  expect(code).toBe(0);
  expect((await run(['status'])).stdout).toMatch(OWED);
  expect((await run(['purge', '--execute'])).stdout).toMatch(/^Kept: 1 of 1 · purged: 2 documents/);
  expect(await client.indices.exists({ index: `${names.ledger}.copy` })).toBe(false);
});

describe('a low limit of an own index', () => {
  const once = madeOnce(async () => {
    const fixture = await erasureCliFixture();
    return { fixture, index: await fixture.seed() };
  });

  test.each([
    ['1001', 'ledger', 'index.max_terms_count'],
    ['1002', 'ledger', 'index.max_result_window'],
    ['1003', 'events', 'index.max_terms_count'],
    ['1004', 'events', 'index.max_result_window'],
  ] as const)('is named with the request that raises it: account %s, %s with a low %s', async (uin, which, limit) => {
    const { fixture, index: data } = once();
    const { client, names, run, add, tell } = fixture;
    await add(data, { [`${uin}-1`]: configuration(uin, '1'), [`${uin}-2`]: configuration(uin, '2') });
    await tell('feature-terminated', { uin }, 4);
    const index = names[which];
    await client.indices.putSettings({ index, settings: { [limit]: 1 } });
    const request = `PUT /${index}/_settings {"${limit}": null}`;
    for (const args of [['purge', '--execute'], ['setup'], ['setup', '--rebuild', index]]) {
      const { code, stdout, stderr } = await run(args);
      expect(stdout + stderr).toContain(`${limit} is 1`);
      expect(stdout + stderr).toContain(request);
      expect(stdout + stderr).not.toContain(`--rebuild ${index} makes it anew`);
      expect(code).toBe(args.length === 1 ? 3 : 2);
    }
    await client.indices.putSettings({ index, settings: { [limit]: null } });
    expect((await run(['purge', '--execute'])).stdout).toMatch(/^Kept: 1 of 1 · purged: 2 documents/);
  });
});

test('setup --rebuild never deletes an index whose documents it cannot copy', async () => {
  const fixture = await madeBySomebody({ mappings: { _source: { enabled: false } } });
  const { run, names, client } = fixture;
  const { code, stderr } = await run(['setup', '--rebuild', names.ledger]);
  expect(stderr).toContain('cannot-rebuild');
  expect(code).toBe(2);
  await client.indices.refresh({ index: names.ledger });
  expect((await client.count({ index: names.ledger })).count).toBe(1);

  // The fix works.
  await client.indices.delete({ index: names.ledger });
  expect((await run(['setup'])).code).toBe(0);
  expect((await run(['replay'])).code).toBe(0);
  expect((await run(['status'])).stdout).toMatch(OWED);
});

test('setup --rebuild continues after an interruption, and refuses foreign indices', async () => {
  const fixture = await madeBySomebody({ mappings: { runtime: { category: { type: 'keyword' } } } });
  const { run, names, client, id } = fixture;
  await client.indices.refresh({ index: names.ledger });
  // As after a death: the copy is whole, and the index is deleted.
  await client.reindex({ source: { index: names.ledger }, dest: { index: `${names.ledger}.copy` }, refresh: true });
  await client.indices.delete({ index: names.ledger });
  expect((await run(['setup', '--rebuild', names.ledger])).stdout).toMatch(/1 made anew/);
  expect((await run(['status'])).stdout).toMatch(OWED);
  const foreign = await run(['setup', '--rebuild', `${id}-1`]);
  expect([foreign.code, foreign.stderr]).toEqual([2, expect.stringContaining('bad-index')]);
  expect(await client.indices.exists({ index: `${id}-1` })).toBe(true);
});

test('setup creates missing indices, keeps correct ones, and adds new fields', async () => {
  takeNothingOver();
  const fixture = await erasureCliFixture();
  const { run, names, client, id } = fixture;
  const first = JSON.parse((await run(['setup', '--json'])).stdout);
  expect(first).toMatchObject({ command: 'setup', exitCode: 0 });
  const own = first.indices.filter(({ index }: { index: string }) => index.includes(id));
  expect(own.map(({ did }: { did: string }) => did)).toEqual(Array(6).fill('made'));
  expect((await run(['setup'])).stdout).toMatch(/^Set up: 6 indices of ours · 6 as they should be\n/);

  const { [names.receipts]: receipts } = await client.indices.getMapping({ index: names.receipts });
  const { hash: _, ...properties } = receipts?.mappings.properties ?? {};
  await client.indices.delete({ index: names.receipts });
  await client.indices.deleteIndexTemplate({ name: `es-retention-${names.receipts}` });
  await client.indices.create({ index: names.receipts, mappings: { dynamic: 'strict', properties } });
  expect((await run(['setup'])).stdout).toMatch(/receipts\.\S+ +extended +hash\n/);
  expect((await run(['setup'])).stdout).toMatch(/ 6 as they should be\n/);
});

test('an alias with the name of the ledger is reported and never used', async () => {
  takeNothingOver();
  const fixture = await erasureCliFixture();
  const { run, names, createIndex, left } = fixture;
  const index = await createIndex('aliased', { a: configuration(GONE, '1') }, { aliases: { [names.ledger]: {} } });
  const { code, stdout } = await run(['status']);
  expect(stdout).toContain('an alias of that name');
  expect(stdout).toMatch(/^Owed: unknown/);
  expect(code).toBe(2);
  expect(await left(index)).toEqual(['a']);
});
