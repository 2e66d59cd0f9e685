import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The user a server runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const IS_ROOT = process.getuid?.() === 0;

/**
 * The account for Elasticsearch, which refuses to run as root: `nobody` if this process is root. Otherwise undefined,
 * which means the account of this process.
 */
export function serverAccount(): Account | undefined {
  if (!IS_ROOT) return undefined;
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/**
 * Whether the server's account can reach `path`, even if it does not exist yet. True if the server runs as this
 * process. As root, only if no folder on the path is closed to others.
 */
export function reachableForServer(path: string): boolean {
  if (!IS_ROOT) return true;
  const absolute = resolve(path);
  const parent = dirname(absolute);
  return openToOthers(absolute) && (parent === absolute || reachableForServer(parent));
}

function openToOthers(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return !found || (found.mode & 0o001) !== 0;
}
