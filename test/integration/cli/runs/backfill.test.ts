import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { aged, cliFixture } from '../command-line.ts';

const HOUR = DAY / 24;
const INGESTED = '2026-01-01T00:00:00Z';

test('backfill-dates writes dates only with --execute, and a purge then deletes that document', async () => {
  const { createIndex, run, left, categoryId } = cliFixture();
  const index = await createIndex('calls-1', { undated: { room: 1 }, ...aged(1) });
  const backfill = ['backfill-dates', '--category', categoryId('calls'), '--ingested-at', INGESTED];

  const dry = await run(backfill);
  expect(dry.stdout).toMatch(/^Would date: 1 undatable document of calls-\S+ with 2026-01-01T00:00:00.000Z\n/);
  expect(dry.code).toBe(3);
  expect((await run(['verify'])).code).toBe(3);

  const done = await run([...backfill, '--execute']);
  expect(done.stdout).toMatch(/^Dated: 1 document of calls-\S+ with .* · 0 undatable documents left\n/);
  expect(done.code).toBe(0);

  expect((await run(['purge', '--execute'])).code).toBe(0);
  expect(await left(index)).toEqual(['1d0']);
});

test('settle, the name of backfill-dates in 0.1.0, is the same command', async () => {
  const { createIndex, run, categoryId } = cliFixture();
  await createIndex('calls-1', { undated: { room: 1 } });
  const { stdout } = await run(['settle', '--category', categoryId('calls'), '--ingested-at', INGESTED, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ command: 'backfill-dates', datable: 1, dated: 0 });
});

test.each([
  ['an hour ago', HOUR, /^(?!.*(expired|overdue) at once)/s],
  [
    'just older than the promise',
    14 * DAY + HOUR / 2,
    /expired at once: older than P14D\. The next purge removes them/,
  ],
  [
    'older than promise and lateness',
    15 * DAY,
    /overdue at once: older than P14D and PT1H\. verify calls .* until a purge/,
  ],
])('backfill-dates explains the effect of an instant %s', async (_, age, says) => {
  const { createIndex, run, categoryId } = cliFixture();
  await createIndex('calls-1', { undated: { room: 1 } });
  const at = new Date(Date.now() - age).toISOString();
  const backfill = ['backfill-dates', '--category', categoryId('calls'), '--ingested-at', at];
  expect((await run(backfill)).stdout).toMatch(says);
  expect((await run([...backfill, '--execute'])).stdout).toMatch(says);
});

test('backfill-dates names the indices that it does not write to, and ends with exit code 3', async () => {
  const { createIndex, run, categoryId, client, id } = cliFixture();
  const one = await createIndex('calls-1', { undated: { room: 1 } });
  const lossy = `${id}-calls-2`;
  await client.indices.create({ index: lossy, mappings: { _source: { excludes: ['room'] } } });
  await client.index({ index: lossy, document: { room: 1 }, refresh: true });
  const backfill = ['backfill-dates', '--category', categoryId('calls'), '--ingested-at', INGESTED];

  const dry = await run(backfill);
  expect(dry.stdout).toMatch(/^Would date: 1 undatable document of .* · 1 index not dated, or not wholly\n/);
  const done = await run([...backfill, '--execute']);
  expect(done.stdout).toMatch(
    /^Dated: 1 document of .* · 1 undatable document left · 1 index not dated, or not wholly\n/,
  );
  expect(done.stdout).toContain(
    `${lossy}: _source.excludes: everything that is not in _source would be lost or changed`,
  );
  expect([dry.code, done.code]).toEqual([3, 3]);

  const only = await run([...backfill, '--execute', '--json', '--index', one]);
  expect(JSON.parse(only.stdout)).toMatchObject({ exitCode: 0, undatable: 0, dated: 0, left: 0, obstacles: [] });
  const wrong = await run([...backfill, '--index', 'elsewhere']);
  expect(wrong.stderr).toMatch(
    /^Failed: no-such-index\n.*one of the 2 indices of calls-.* after --index\n.*"elsewhere"\n.*plan --category/,
  );
  expect(wrong.code).toBe(2);
});

test.each([['dry'], ['--execute']])(
  'backfill-dates that finds nothing to date (%s) mentions no consequences',
  async (flag) => {
    const { createIndex, run, categoryId } = cliFixture();
    await createIndex('calls-1', aged(1));
    const backfill = ['backfill-dates', '--category', categoryId('calls'), '--ingested-at', INGESTED];
    const { stdout, code } = await run(flag === 'dry' ? backfill : [...backfill, flag]);
    expect(stdout).not.toMatch(/at once/);
    expect(code).toBe(0);
  },
);

test('backfill-dates reports an index that cannot be counted, and ends with exit code 3', async () => {
  const { createIndex, run, categoryId, client } = cliFixture();
  const closed = await createIndex('calls-1', { undated: { room: 1 } });
  await client.indices.close({ index: closed });
  const { code, stdout } = await run(['backfill-dates', '--category', categoryId('calls'), '--ingested-at', INGESTED]);
  expect(stdout).toMatch(/^Would date: 0 undatable documents of .* · 1 index not counted\n/);
  expect(stdout).toContain(`Not counted: ${closed}.`);
  expect(code).toBe(3);
});

test('backfill-dates --json prints one JSON document', async () => {
  const { run, categoryId } = cliFixture();
  const args = ['backfill-dates', '--json', '--category', categoryId('calls'), '--ingested-at', INGESTED];
  const { code, stdout } = await run(args);
  expect(JSON.parse(stdout)).toMatchObject({
    command: 'backfill-dates',
    exitCode: 0,
    dryRun: true,
    indices: 0,
    undatable: 0,
    left: 0,
  });
  expect(code).toBe(0);
  expect((await run(args.filter((arg) => arg !== '--json'))).stdout).toContain('\nNo index of calls-');
});

test.each([['yesterday'], ['2026-02-30T00:00:00Z'], ['2999-01-01T00:00:00Z']])(
  'backfill-dates refuses the instant %s',
  async (text) => {
    const { run, categoryId } = cliFixture();
    const { code, stderr } = await run(['backfill-dates', '--category', categoryId('calls'), '--ingested-at', text]);
    expect(stderr).toMatch(/^Failed: bad-instant\n/);
    expect(code).toBe(2);
  },
);
