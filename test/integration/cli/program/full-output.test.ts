import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { aged, cliFixture, LAUNCHER, start } from '../command-line.ts';

/**
 * Never: a command of which nobody learns what it has done, or that ends with 0, since its answer did not fit on a
 * disk.
 */

/** Runs the command line in a shell, and does with its output what is given: `> /dev/full`. */
const redirected = (args: readonly string[], into: string, environment: Readonly<Record<string, string>> = {}) =>
  start('/bin/sh', ['-c', `"$0" "$@" ${into}`, process.execPath, LAUNCHER, ...args], environment).ended;

const NOT_TAKEN = 'Standard output did not take the answer (ENOSPC). It says: ';

/** Made by the kernel: it takes no byte. */
describe.runIf(existsSync('/dev/full'))('standard output on a full disk', () => {
  // More commands: test/unit/cli/output/full-disk.test.ts.
  test('--help reports a full disk in one line', async () => {
    expect(await redirected(['--help'], '> /dev/full')).toMatchObject({
      code: 1,
      stderr: `${NOT_TAKEN}how to use es-retention; nothing was done\n`,
    });
  });

  test('the exit code shows a full disk if standard error is full as well', async () => {
    expect(await redirected(['--help'], '> /dev/full 2>&1')).toMatchObject({ code: 1, stderr: '' });
    expect(await redirected(['plan', '--policy', 'none.yml'], '> /dev/full 2>&1')).toMatchObject({ code: 2 });
  });

  test('a purge on a full disk reports what it has purged', async () => {
    const { createIndex, left, policyFileWith } = cliFixture();
    const old = await createIndex('calls-1', aged(20, 2));
    const environment = { ELASTICSEARCH_URL: inject('elasticsearchUrl'), RETENTION_POLICY: policyFileWith() };
    const { code, stderr } = await redirected(['purge', '--execute'], '> /dev/full', environment);
    expect(stderr).toMatch(
      /^Standard output did not take the answer \(ENOSPC\)\. It says: Kept: .* purged: 2 documents.*\n$/,
    );
    expect([code, await left(old)]).toEqual([1, undefined]);
  });
});

test('output that is only partly written is reported as an error', async () => {
  const file = join(temporaryFile('x', ''), '..', 'help.txt');
  const { code, stderr } = await redirected(['--help'], `> '${file}'`, {});
  expect([code, stderr]).toEqual([0, '']);
  // Files of this shell end after 512 bytes, and the signal that tells it is ignored.
  const limited = await start('/bin/sh', [
    '-c',
    `trap '' XFSZ; ulimit -f 1; "$0" "$@" > '${file}'`,
    process.execPath,
    LAUNCHER,
    '--help',
  ]).ended;
  expect(limited).toMatchObject({ code: 1, stderr: expect.stringContaining('did not take the answer (EFBIG)') });
});

test('a command succeeds if the reader of its output stops early', async () => {
  const ended = await start('/bin/sh', ['-c', '"$0" "$@" | true', process.execPath, LAUNCHER, '--help']).ended;
  expect(ended).toMatchObject({ code: 0, stderr: '' });
});
