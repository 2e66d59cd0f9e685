import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The files in a folder, by their paths in it. */
export const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/**
 * Checks unpacked evidence by the script on the page that is in it. The script is written beside the folder.
 * @param fingerprints of the public keys that are trusted.
 */
export const checkEvidence = async (
  folder: string,
  fingerprints: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string }> => {
  const [, script = ''] = /```js\n(.*?)```/s.exec(readFileSync('docs/check-evidence.md', 'utf8')) ?? [];
  const file = join(folder, '..', 'check.mjs');
  writeFileSync(file, script);
  return execute(process.execPath, [file, folder, ...fingerprints]).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { readonly code: number; readonly stdout: string }) => ({ code, stdout }),
  );
};
