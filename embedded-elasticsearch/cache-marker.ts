import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARKER = '.whole';

/**
 * Marks a folder as complete. The marker contains a stamp of every file's path, size and modification time. Comparing
 * these takes milliseconds; reading the files would take a second.
 */
export async function markWhole(folder: string): Promise<void> {
  await writeFile(join(folder, MARKER), await stampOf(folder), { mode: 0o644 });
}

/** Whether a folder was marked as complete, and no file in it was changed, added or removed since. */
export async function isWhole(folder: string): Promise<boolean> {
  const marked = await readFile(join(folder, MARKER), 'utf8').catch(() => undefined);
  return marked !== undefined && marked === (await stampOf(folder));
}

async function stampOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && entry.name !== MARKER)
    .map((entry) => join(entry.parentPath, entry.name));
  const lines = await Promise.all(files.map((file) => describe(folder, file)));
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}

async function describe(folder: string, file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return `${file.slice(folder.length)} ${size} ${mtimeMs}\n`;
}
