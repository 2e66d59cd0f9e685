import { describe, expect, test } from 'vitest';
import { daysAgo } from '../../../support/purge/purge-fixture.ts';
import { sendAdvised } from '../../fixes/follow-advice.ts';
import { aged, cli, cliFixture } from '../command-line.ts';
import { erasureCliFixture } from '../erasure-command-line.ts';

describe('verify', () => {
  test('ends with exit code 0 if nothing is overdue, and says so in the first line', async () => {
    const { createIndex, run } = cliFixture();
    await createIndex('calls-1', aged(13));
    await createIndex('chats-1');
    const { code, stdout, stderr } = await run(['verify']);
    expect(stdout.split('\n')[0]).toMatch(/^Kept: 2 of 2 · no run yet$/);
    expect(stdout.split('\n')[1]).toMatch(
      /^Cluster \S+ \(Elasticsearch [89]\.\S+\) at 127\.0\.0\.1:\d+ · .* UTC · policy .* [0-9a-f]{8}$/,
    );
    expect([code, stderr]).toEqual([0, '']);
  });

  test('ends with exit code 0 while documents are due but not overdue', async () => {
    const { createIndex, run } = cliFixture();
    await createIndex('calls-1', aged(14 + 0.5 / 24));
    const { code, stdout } = await run(['verify', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      kept: 1,
      of: 1,
      empty: 1,
      categories: [
        { state: 'kept', kept: true, totals: { due: 1, overdue: 0 } },
        { state: 'empty', kept: null },
      ],
    });
    expect(code).toBe(0);
  });

  test('ends with exit code 3, and names what is not kept and why', async () => {
    const { createIndex, run, client, categoryId } = cliFixture();
    await createIndex('calls-1', aged(14 + 4.01 / 24));
    await createIndex('chats-1', { undated: { room: 1 } });
    const closed = await createIndex('chats-2', aged(1));
    await client.indices.close({ index: closed });
    const { code, stdout } = await run(['verify']);
    expect(stdout.split('\n')[0]).toContain(
      `Kept: 0 of 2 · ${categoryId('calls')} overdue by 3 h · ${categoryId('chats')} 1 document undatable, 1 index unavailable · no run yet`,
    );
    expect(stdout).toContain(`${closed}: a closed one, whose documents nobody can count`);
    expect(code).toBe(3);
  });

  test('reports no promise as kept without an index, with exit code 3 unless --allow-empty', async () => {
    const { run } = cliFixture();
    const { code, stdout } = await run(['verify']);
    expect(stdout).toMatch(
      /^Kept: nothing found to keep · 2 empty · no run yet\nCluster \S+ .* at 127\.0\.0\.1:\d+ .*\nNo index/,
    );
    expect(code).toBe(3);
    const json = await run(['verify', '--json', '--allow-empty']);
    expect(JSON.parse(json.stdout)).toMatchObject({ kept: 0, of: 0, empty: 2, categories: [{ state: 'empty' }, {}] });
    expect(json.code).toBe(0);
    expect((await run(['verify', '--allow-empty'])).stdout).not.toContain('No index of these');
    for (const command of ['plan', 'purge']) {
      expect((await run([command])).code).toBe(3);
      expect((await run([command, '--allow-empty'])).code).toBe(0);
    }
  });

  test('reports a promise as not kept, with exit code 3, if the next run would be refused', async () => {
    const { createIndex, run, policyFileWith, categoryId } = cliFixture();
    await createIndex('calls-1', aged(14 + 0.5 / 24));
    const { code, stdout } = await run(['verify'], policyFileWith({ maxShare: 0.5 }));
    expect(stdout.split('\n')[0]).toContain(`Kept: 0 of 1 · 1 empty · ${categoryId('calls')} refused (share) ·`);
    expect(code).toBe(3);
  });

  test('writes with --json a single document, which contains the summary', async () => {
    const { createIndex, run, categoryId } = cliFixture();
    await createIndex('calls-1', aged(20, 3));
    const { code, stdout, stderr } = await run(['verify', '--json', '--category', categoryId('calls')]);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      command: 'verify',
      exitCode: 3,
      kept: 0,
      of: 1,
      policy: { mode: 'enforce' },
      cluster: { uuid: expect.any(String), host: expect.stringMatching(/:\d+$/) },
      categories: [{ category: categoryId('calls'), kept: false, maxAge: 'P14D', totals: { due: 3, overdue: 3 } }],
    });
    expect(document.summary).toMatch(/^Kept: 0 of 1 · .* overdue by 5 d 23 h · no run yet/);
    expect([code, stderr]).toEqual([3, '']);
  });
});

describe('verify of a server that cannot be reached', () => {
  const environment = { ELASTICSEARCH_URL: 'http://127.0.0.1:1' };

  test('ends with exit code 1 and prints the fix on stderr', async () => {
    const { code, stdout, stderr } = await cli(['verify'], environment);
    expect(stderr).toMatch(
      /^Failed: no-server\n.*expected .*\n.*found .*ECONNREFUSED 127\.0\.0\.1:1\n.*fix .*ELASTICSEARCH_URL/,
    );
    expect([code, stdout]).toEqual([1, '']);
  });

  test('prints one JSON document with --json', async () => {
    const { code, stdout, stderr } = await cli(['verify', '--json'], environment);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'verify',
      summary: 'Failed: no-server',
      exitCode: 1,
      error: {
        code: 'no-server',
        message: expect.any(String),
        expected: expect.any(String),
        found: expect.any(String),
        fix: expect.stringContaining('ELASTICSEARCH_URL'),
      },
    });
    expect([code, stderr]).toEqual([1, '']);
  });
});

test('a block left by a crashed run is named until the next run lifts it', async () => {
  const { run, client, categoryId, createIndex } = cliFixture();
  const index = await createIndex('calls-a', aged(1));
  await run(['purge', '--category', categoryId('calls')]);
  const uuid = (await client.indices.get({ index }))[index]?.settings?.index?.uuid;
  await client.indices.addBlock({ index, block: 'write' });
  const dead = {
    runId: 'dead',
    fence: 9,
    released: false,
    expiresAt: '2026-01-01T00:00:00Z',
    blocks: [{ index, uuid }],
  };
  const at = { index: `retention-leases.${categoryId('calls')}`, id: categoryId('calls') };
  await client.index({ ...at, document: dead, refresh: true });
  const { code, stdout } = await run(['verify', '--category', categoryId('calls')]);
  expect(stdout).toContain('write-block-left in 1 index');
  expect(stdout).toContain('The next run lifts it');
  expect(code).toBe(3);
  await run(['purge', '--execute', '--category', categoryId('calls')]);
  expect((await run(['verify', '--category', categoryId('calls')])).code).toBe(0);
});

test('a block left on an index of no category is named, with a working fix', async () => {
  const { run, client, id, categoryId, createIndex } = cliFixture();
  await createIndex('calls-a', aged(1));
  const index = await createIndex('removed-a', aged(1));
  await run(['purge', '--category', categoryId('calls')]);
  const uuid = (await client.indices.get({ index }))[index]?.settings?.index?.uuid;
  await client.indices.addBlock({ index, block: 'write' });
  const dead = { runId: 'dead', fence: 9, released: false, expiresAt: daysAgo(1), blocks: [{ index, uuid }] };
  const lease = { index: `retention-leases.removed-${id}`, id: `removed-${id}` };
  const { [`retention-leases.${categoryId('calls')}`]: made } = await client.indices.get({
    index: `retention-leases.${categoryId('calls')}`,
  });
  await client.indices.create({ index: lease.index, mappings: made?.mappings ?? {} });
  await client.index({ ...lease, document: dead, refresh: true });
  const { code, stdout } = await run(['verify', '--json']);
  const { blocks, summary } = JSON.parse(stdout);
  expect(blocks.findings).toMatchObject([{ code: 'write-block-left', index }]);
  expect(blocks.findings[0].found).not.toContain('which a run set');
  expect(JSON.stringify(summary)).toContain('write block left on 1 other index');
  expect(code).toBe(3);
  await sendAdvised(client, blocks.findings[0].fix);
  expect(JSON.parse((await run(['verify', '--json'])).stdout).blocks).toEqual({ findings: [], unreached: [] });
});

test('verify does not say that a run lifts a block declared under an earlier category name', async () => {
  const { run, client, id, categoryId, createIndex } = cliFixture();
  const index = await createIndex('calls-a', aged(1));
  await run(['purge', '--category', categoryId('calls')]);
  const uuid = (await client.indices.get({ index }))[index]?.settings?.index?.uuid;
  await client.indices.addBlock({ index, block: 'write' });
  const made = (await client.indices.get({ index: `retention-leases.${categoryId('calls')}` }))[
    `retention-leases.${categoryId('calls')}`
  ];
  const lease = { index: `retention-leases.earlier-${id}`, id: `earlier-${id}` };
  await client.indices.create({ index: lease.index, mappings: made?.mappings ?? {} });
  const document = { runId: 'dead', fence: 9, released: false, expiresAt: daysAgo(1), blocks: [{ index, uuid }] };
  await client.index({ ...lease, document, refresh: true });
  const { stdout } = await run(['verify', '--category', categoryId('calls'), '--json']);
  const { categories, blocks } = JSON.parse(stdout);
  expect(JSON.stringify(categories)).not.toContain('The next run lifts it');
  expect(blocks.findings).toMatchObject([{ code: 'write-block-left', index }]);
  await sendAdvised(client, blocks.findings[0].fix);
  expect(JSON.parse((await run(['verify', '--json'])).stdout).blocks).toEqual({ findings: [], unreached: [] });
});

test.each(['reports', 'receipts'] as const)(
  'if no run can write %s, no promise is called kept until they are rebuilt',
  async (name) => {
    const { run, client, names, seed } = await erasureCliFixture();
    await seed();
    await run(['setup']);
    const script = { source: 'throw new RuntimeException()' };
    await client.indices.putMapping({ index: names[name], properties: { thief: { type: 'long', script } } });
    const { stdout, code } = await run(['verify']);
    expect(stdout).toMatch(/^Kept: 0 of 1 · .*evidence-not-examined/);
    expect(stdout).toContain('own-index-altered: field "thief" is not ours');
    expect(code).not.toBe(0);
    expect((await run(['setup', '--rebuild', names[name]])).stdout).toContain('rebuilt');
    const after = await run(['verify']);
    expect([after.stdout.split('\n')[0], after.code]).toEqual([expect.stringMatching(/^Kept: 1 of 1/), 0]);
  },
);

test.each([
  ['altered', 'own-index-altered'],
  ['closed', 'index_closed_exception'],
])('categories are checked even if leases are %s', async (how, code) => {
  const { run, client, names, seed } = await erasureCliFixture();
  await seed();
  await run(['setup']);
  if (how === 'closed') await client.indices.close({ index: names.leases });
  else await client.indices.putMapping({ index: names.leases, runtime: { runId: { type: 'keyword' } } });
  const ended = await run(['verify']);
  expect(ended.stdout.split('\n')[0]).toMatch(/^Kept: 1 of 1 · /);
  expect(ended.stdout).toContain(`leases not examined (${code})`);
  expect(ended.code).not.toBe(0);
});
