import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runOnFullDisk } from '../../../support/command-line/in-process.ts';
import { serviceInMemory } from '../../../support/in-memory/service-in-memory.ts';
import { temporaryFolder } from '../../../support/receipts/archive-worlds.ts';

// On a real full disk: test/integration/cli/program/full-output.test.ts.
const NOT_TAKEN = 'Standard output did not take the answer (ENOSPC). It says: ';

test.each([[['--version']], [['purge', '--help']]])('the command %j reports a full disk in one line', async (args) => {
  expect(await runOnFullDisk(args, {})).toMatchObject({
    code: 1,
    stderr: `${NOT_TAKEN}how to use es-retention; nothing was done\n`,
  });
});

test('keys generate creates its file, and reports it, if standard output is on a full disk', async () => {
  const file = join(temporaryFolder(), 'keys.json');
  const { code, stderr } = await runOnFullDisk(['keys', 'generate', file], {});
  expect([code, stderr.split('\n').length, existsSync(file)]).toEqual([1, 2, true]);
  expect(stderr).toContain(`${NOT_TAKEN}Made: ${file}`);
  expect((await runOnFullDisk(['keys', 'public', file], {})).stderr).toContain(`${NOT_TAKEN}Public key: `);
});

test('an error is reported if standard output is on a full disk, also with --json', async () => {
  for (const more of [[], ['--json']]) {
    const { code, stderr } = await runOnFullDisk(['plan', '--policy', 'none.yml', ...more], {});
    expect(stderr).toContain('Failed: ');
    expect([code, stderr.includes(' at ')]).toEqual([more.length === 0 ? 2 : 1, false]);
  }
});

test('purge --json reports what it has purged if standard output is on a full disk', async () => {
  const { store, runOnFullDisk: run } = serviceInMemory();
  store.write('call-log-1', 'a', { timestamps: [Date.now() - 20 * 86_400_000], ingested: [] });
  const { code, stderr } = await run('purge', '--execute', '--json');
  expect(stderr).toMatch(
    /^Standard output did not take the answer \(ENOSPC\)\. It says: Kept: .* purged: 1 document.*\n$/,
  );
  expect([code, store.indices.has('call-log-1')]).toEqual([1, false]);
});

test('terminate reports the recorded termination if standard output is on a full disk', async () => {
  const { run, runOnFullDisk: runOnFull } = serviceInMemory();
  const { code, stderr } = await runOnFull('terminate', '--uin', '42');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/It says: Recorded: feature-terminated .*\n$/)]);
  expect((await run('status')).stdout).toContain('Owed: 1 erasure');
});
