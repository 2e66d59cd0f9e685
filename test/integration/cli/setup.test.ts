import type { estypes } from '@elastic/elasticsearch';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { takeNothingOver } from '../../support/reused-names.ts';
import { configuration, type ErasureCliFixture, erasureCliFixture, GONE } from './erasure-command-line.ts';

beforeEach(takeNothingOver);

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

test.each(CATCHALLS)('own indices are created correctly although a template for all has %s', async (_, catchall) => {
  const fixture = await erasureCliFixture();
  await template(fixture, catchall);
  const index = await fixture.seed();
  await fixture.tell('feature-terminated', { uin: GONE }, 4);
  expect((await fixture.run(['status'])).stdout).toMatch(OWED);
  expect((await fixture.run(['purge', '--execute'])).stdout).toMatch(/^Kept: 1 of 1/);
  expect(await fixture.left(index)).toEqual(['stays']);
});

/** A ledger that was made under the template, before ours was there; its documents are written as we write them. */
const madeBySomebody = async (catchall: Catchall) => {
  const fixture = await erasureCliFixture();
  const { client, names, tell } = fixture;
  await fixture.seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  await client.indices.refresh({ index: names.ledger });
  const { hits } = await client.search({ index: names.ledger });
  await client.indices.delete({ index: names.ledger });
  await client.indices.deleteIndexTemplate({ name: `es-retention-${names.ledger}` });
  await template(fixture, catchall);
  for (const { _id, _source } of hits.hits)
    await client
      .index({ index: names.ledger, id: _id ?? '', document: _source, pipeline: '_none', routing: _id ?? '' })
      .catch(() => undefined);
  await client.indices.create({ index: names.ledger }, { ignore: [400] });
  return fixture;
};

/** With these no document can be copied, and the fix is no rebuild. */
const LOST = ['an excluded field', 'no _source', 'logsdb'];

test.each(CATCHALLS)('a foreign ledger with %s is named, and nothing is called kept', async (name, catchall, what) => {
  const fixture = await madeBySomebody(catchall);
  const { ledger } = fixture.names;
  const rebuild = `node bin/es-retention.mjs setup --rebuild ${ledger}`;
  const fix = LOST.includes(name) ? `The documents of ${ledger} cannot be read or copied` : rebuild;
  for (const args of [['verify'], ['status'], ['purge', '--execute'], ['terminate', '--uin', '1']]) {
    const { code, stdout, stderr } = await fixture.run(args);
    expect(stdout + stderr).toContain(what);
    expect(stdout + stderr).toContain(fix);
    expect(stdout).not.toMatch(/Owed: nothing|Kept: 1 of 1/);
    expect(code).toBe(2);
  }
  const { code, stdout } = await fixture.run(['setup']);
  expect(stdout).toContain('1 altered');
  expect(stdout).toContain(what);
  expect(code).toBe(3);
});

test.each([
  ['runtime fields', { mappings: { runtime: { category: { type: 'keyword' } } } }],
  ['required routing', { mappings: { _routing: { required: true } } }],
  ['a guessed mapping', {}],
] as const)('setup --rebuild recreates a ledger with %s, including what it owes', async (_, catchall) => {
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

test.each([
  ['ledger', 'index.max_terms_count'],
  ['ledger', 'index.max_result_window'],
  ['events', 'index.max_terms_count'],
  ['events', 'index.max_result_window'],
] as const)('an own index of %s with a low %s is named, and the named request fixes it', async (which, limit) => {
  const fixture = await erasureCliFixture();
  const { client, names, run } = fixture;
  await fixture.seed();
  await fixture.tell('feature-terminated', { uin: GONE }, 4);
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

test('setup creates what is missing, keeps what is right, and adds new fields', async () => {
  const fixture = await erasureCliFixture();
  const { run, names, client, id } = fixture;
  const first = JSON.parse((await run(['setup', '--json'])).stdout);
  expect(first).toMatchObject({ command: 'setup', exitCode: 0 });
  const own = first.indices.filter(({ index }: { index: string }) => index.includes(id));
  expect(own.map(({ did }: { did: string }) => did)).toEqual(['made', 'made', 'made', 'made', 'made']);
  expect((await run(['setup'])).stdout).toMatch(/^Set up: 5 indices of ours · 5 as they should be\n/);

  const { [names.receipts]: receipts } = await client.indices.getMapping({ index: names.receipts });
  const { hash: _, ...properties } = receipts?.mappings.properties ?? {};
  await client.indices.delete({ index: names.receipts });
  await client.indices.deleteIndexTemplate({ name: `es-retention-${names.receipts}` });
  await client.indices.create({ index: names.receipts, mappings: { dynamic: 'strict', properties } });
  expect((await run(['setup'])).stdout).toMatch(/receipts\.\S+ +extended +hash\n/);
  expect((await run(['setup'])).stdout).toMatch(/ 5 as they should be\n/);
});

test('an alias with the name of our ledger is named and never used', async () => {
  const fixture = await erasureCliFixture();
  const { run, names, createIndex, left } = fixture;
  const index = await createIndex('aliased', { a: configuration(GONE, '1') }, { aliases: { [names.ledger]: {} } });
  const { code, stdout } = await run(['status']);
  expect(stdout).toContain('an alias of that name');
  expect(stdout).toMatch(/^Owed: unknown/);
  expect(code).toBe(2);
  expect(await left(index)).toEqual(['a']);
});
