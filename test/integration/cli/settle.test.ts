import { expect, test } from 'vitest';
import { aged, cliFixture } from './command-line.ts';

const INGESTED = '2026-01-01T00:00:00Z';

test('settle dates what nothing dates only with --execute; then a purge leaves nothing', async () => {
  const { createIndex, run, left, categoryId } = cliFixture();
  const index = await createIndex('calls-1', { undated: { room: 1 }, ...aged(1) });
  const settle = ['settle', '--category', categoryId('calls'), '--ingested-at', INGESTED];

  const dry = await run(settle);
  expect(dry.stdout).toMatch(/^Would settle: 1 undatable document of calls-\S+, dated 2026-01-01T00:00:00.000Z\n/);
  expect(dry.code).toBe(3);
  expect((await run(['verify'])).code).toBe(3);

  const done = await run([...settle, '--execute']);
  expect(done.stdout).toMatch(/^Settled: 1 document of calls-\S+ dated .* · 0 undatable documents left\n/);
  expect(done.code).toBe(0);

  expect((await run(['purge', '--execute'])).code).toBe(0);
  expect(await left(index)).toEqual(['1d0']);
});

test('settle --json is one document', async () => {
  const { run, categoryId } = cliFixture();
  const args = ['settle', '--json', '--category', categoryId('calls'), '--ingested-at', INGESTED];
  const { code, stdout } = await run(args);
  expect(JSON.parse(stdout)).toMatchObject({ command: 'settle', exitCode: 0, dryRun: true, undatable: 0, left: 0 });
  expect(code).toBe(0);
});

test.each([['yesterday'], ['2026-02-30T00:00:00Z'], ['2999-01-01T00:00:00Z']])(
  'settle refuses %s as an instant',
  async (text) => {
    const { run, categoryId } = cliFixture();
    const { code, stderr } = await run(['settle', '--category', categoryId('calls'), '--ingested-at', text]);
    expect(stderr).toMatch(/^Failed: bad-instant\n/);
    expect(code).toBe(2);
  },
);
