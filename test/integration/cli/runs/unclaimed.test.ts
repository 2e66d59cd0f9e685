import { expect, test } from 'vitest';
import { aged, cliFixture } from '../command-line.ts';

/** A category that is kept, and an index whose name is a slip of it. */
const setUp = async (settings = {}, documents = aged(80)) => {
  const fixture = cliFixture();
  await fixture.createIndex('calls-1', aged(1));
  const slip = await fixture.createIndex('call_s-1', documents, { settings });
  return { ...fixture, slip };
};

test('verify and plan name an unclaimed index, and end with exit code 3', async () => {
  const { run, slip } = await setUp();
  for (const command of ['verify', 'plan']) {
    const { code, stdout } = await run([command]);
    expect(stdout).toMatch(/^Kept: 1 of 1 · 1 empty · 1 unclaimed index · /);
    expect(stdout).toContain(`${slip}: 1 document; its name is like `);
    expect(code).toBe(3);
  }
  const { stdout } = await run(['verify', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ kept: 1, exitCode: 3, unclaimed: [{ index: slip }] });
});

test('an unclaimed index is no longer reported once it is ignored or deleted', async () => {
  const { run, slip, client, policyFileWith } = await setUp();
  const ignoring = await run(['verify'], policyFileWith({ ignoredIndices: [slip] }));
  expect(ignoring.stdout).not.toContain(slip);
  expect(ignoring.code).toBe(0);
  await client.indices.delete({ index: slip });
  expect((await run(['verify'])).code).toBe(0);
});

test('an unclaimed index is counted once it is renamed to match a category', async () => {
  const { run, slip, id, client, categoryId } = await setUp();
  await client.reindex({ source: { index: slip }, dest: { index: `${id}-calls-2` }, refresh: true });
  await client.indices.delete({ index: slip });
  const { stdout } = await run(['verify']);
  expect(stdout).toMatch(new RegExp(`^Kept: 0 of 1 · 1 empty · ${categoryId('calls')} overdue by `));
});

test.each([
  ['hidden', { hidden: true }],
  ['never refreshed', { refresh_interval: '-1' }],
])('an unclaimed index that is %s is counted and named too', async (_, settings) => {
  const { run, slip, client } = await setUp(settings, {});
  await client.index({ index: slip, document: { uin: '1' } });
  const { code, stdout } = await run(['verify']);
  expect(stdout).toMatch(new RegExp(`${slip}: 1 document; its name`));
  expect(code).toBe(3);
});

test('a closed unclaimed index is named, since it cannot be counted', async () => {
  const { run, slip, client } = await setUp();
  await client.indices.close({ index: slip });
  const { code, stdout } = await run(['verify']);
  expect(stdout).toContain(`${slip}: documents that could not be counted; `);
  expect(code).toBe(3);
});

test('an unclaimed index without documents is only a notice, and promises are kept', async () => {
  const { run, slip, client } = await setUp();
  await client.deleteByQuery({ index: slip, query: { match_all: {} }, refresh: true });
  const { code, stdout } = await run(['verify']);
  expect(stdout).toContain(`${slip}: 0 documents; its name`);
  expect(stdout).toMatch(/^Kept: 1 of 1 · 1 empty · no run yet/);
  expect(code).toBe(0);
});

test('an unclaimed index with an unrelated name is recognized by its mapping', async () => {
  const { run, id, client, policyFileWith } = cliFixture();
  const index = `audit-${id}`;
  const file = policyFileWith({ visible: index });
  await client.indices.create({
    index,
    mappings: { properties: { '@timestamp': { type: 'date' }, uin: { type: 'keyword' } } },
  });
  const { stdout } = await run(['verify'], file).finally(() => client.indices.delete({ index }));
  expect(stdout).toContain(`${index}: 0 documents; it maps the account field "uin" of `);
});

test.each([
  ['.%-calls-1', 'a name that begins with a dot'],
  ['.ds-%-calls-x-2026.11.28-000001', 'a backing index of no data stream'],
  ['.reindexed-v9-%-calls-1', 'one that an upgrade made anew'],
])('the unclaimed index %s is named: %s', async (pattern) => {
  const { run, id, client } = cliFixture();
  const index = pattern.replace('%', id);
  await client.indices.create({ index, settings: { number_of_replicas: 0 } });
  const { stdout } = await run(['verify']).finally(() => client.indices.delete({ index }));
  expect(stdout).toContain(`${index}: 0 documents; its name is like `);
});

test.each(['.kibana-event-log-1', '.ds-.logs-x-2026.11.28-000001', '.internal.alerts-x-000001'])(
  '%s, an index of an Elastic product, is not named, whatever it maps',
  async (index) => {
    const { run, client } = cliFixture();
    const properties = { '@timestamp': { type: 'date' }, uin: { type: 'keyword' } } as const;
    await client.indices.create({ index, settings: { number_of_replicas: 0 }, mappings: { properties } });
    const { stdout } = await run(['verify']).finally(() => client.indices.delete({ index }));
    expect(stdout).not.toContain(index);
  },
);
