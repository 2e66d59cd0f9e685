import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../../../embedded-elasticsearch/cache-folder.ts';

/**
 * A folder in the cache that keeps test tools between runs. If it does not exist, `fill` creates its content. Two
 * processes may do this at once: each fills a separate folder, and the first one to be renamed is used.
 */
export const cachedFolder = async (name: string, fill: (folder: string) => Promise<void>): Promise<string> => {
  const cache = cacheFolder();
  const home = join(cache, name);
  if (existsSync(home)) return home;
  const aside = await mkdtemp(join(cache, '.unpacking-'));
  try {
    await fill(aside);
    await rename(aside, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return home;
};
