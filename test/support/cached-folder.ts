import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './embedded-elasticsearch/cache-folder.ts';

/**
 * The folder of that name in the cache that test tools are kept in between runs, filled by `fill` if it is not there yet.
 * Two processes may do this at once: each fills a folder aside, and the first one to be renamed counts.
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
