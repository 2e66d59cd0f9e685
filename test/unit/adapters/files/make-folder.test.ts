import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder } from '../../../../lib/adapters/files/write-durably.ts';

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

test('a folder and its parents are created for their owner only', async () => {
  const folder = join(temporary(), 'a', 'b');
  await makeFolder(folder);
  await makeFolder(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test.skipIf(!existsSync('/proc/self'))('creating an impossible folder fails at once', async () => {
  await expect(makeFolder('/proc/nope/archive')).rejects.toMatchObject({ code: 'ENOENT' });
});
