import { accessSync, chmodSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { reachableForServer } from './unprivileged.ts';

const NAME = 'es-retention';

/**
 * The folder that keeps downloaded servers between runs, created if it does not exist. It is `ES_RETENTION_CACHE`, or
 * else the first usable one of `$XDG_CACHE_HOME`, `~/.cache`, `/var/cache` and the temporary folder. Usable means that
 * this process can write it and the server's account can reach it.
 * @throws Error with the folders that were tried, if none is usable.
 */
export function cacheFolder(): string {
  const tried = candidates();
  const folder = tried.find((candidate) => reachableForServer(candidate) && canWrite(candidate));
  if (folder) return folder;
  throw new Error(
    `A folder was expected to keep the Elasticsearch server in, writable for this user and open to the user the server runs as, and none of these is: ${tried.join(', ')}; name one in ES_RETENTION_CACHE.`,
  );
}

function candidates(): string[] {
  const { ES_RETENTION_CACHE, XDG_CACHE_HOME = '' } = process.env;
  if (ES_RETENTION_CACHE) return [resolve(ES_RETENTION_CACHE)];
  const parents = [XDG_CACHE_HOME, join(homedir(), '.cache'), '/var/cache'].filter((parent) => isAbsolute(parent));
  return [...parents.map((parent) => join(parent, NAME)), join(tmpdir(), `${NAME}-cache-${process.getuid?.() ?? 0}`)];
}

function canWrite(folder: string): boolean {
  try {
    if (mkdirSync(folder, { recursive: true })) chmodSync(folder, 0o755);
    accessSync(folder, constants.W_OK);
    return isOwn(folder);
  } catch {
    return false;
  }
}

/**
 * The owner of the folder decides which server runs. The temporary folder is writable for everybody, so there it must
 * be our own.
 */
function isOwn(folder: string): boolean {
  const found = lstatSync(folder);
  return found.uid === process.getuid?.() || !folder.startsWith(tmpdir());
}
