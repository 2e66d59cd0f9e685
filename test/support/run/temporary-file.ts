import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenDone } from './made-once.ts';

/** Writes a file that is removed after the test, and returns its path. */
export const temporaryFile = (name: string, text: string | Buffer): string => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-cli-'));
  whenDone(() => rmSync(folder, { recursive: true }));
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};
