import { statfs } from 'node:fs/promises';
import { reasonOf } from './request.ts';

/** The download of a server. */
export interface Attempt {
  readonly version: string;
  /** URL of the zip. */
  readonly address: string;
  /** Folder for downloaded servers. */
  readonly cache: string;
}

/**
 * Runs `work` and explains its errors.
 * @returns the result of `work`.
 * @throws Error with what was expected, what happened and the fix, if `work` fails: disk full, or server not reachable.
 */
export async function explained<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    const what = full ? diskFull(attempt.cache, 'it ran out while unpacking') : notFetched(attempt, reasonOf(error));
    throw new Error(what, { cause: error });
  }
}

/**
 * Checks that the file system of `cache` has `bytes` free, plus a tenth.
 * @throws Error with the folder, the required and the available megabytes.
 */
export async function requireFreeSpace(cache: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(cache);
  const [needed, free] = [bytes * 1.1, bavail * bsize].map((size) => Math.round(size / 1_000_000)) as [number, number];
  if (free < needed) throw new Error(diskFull(cache, `${needed} MB are needed and ${free} MB are free`));
}

/** The error for files that differ from those that this project was tested with. */
export function notThePinnedFiles({ version, address }: Attempt, expected: string, found: string): Error {
  return new Error(
    `The files of Elasticsearch ${version} were expected to have the sha256 ${expected} and those in ${address} have ${found}, so they are not used; name another Maven repository in ES_RETENTION_MAVEN_REPOSITORY.`,
  );
}

function notFetched({ version, address }: Attempt, reason: string): string {
  const fix = /certificate/.test(reason)
    ? "let Node trust this network's certificate authority, by NODE_OPTIONS=--use-system-ca or NODE_EXTRA_CA_CERTS,"
    : 'check the network,';
  return `Elasticsearch ${version} was to be fetched by range requests from ${address}, and that failed (${reason}); ${fix} or name another Maven repository in ES_RETENTION_MAVEN_REPOSITORY or an Elasticsearch of your own in ES_RETENTION_TEST_URL.`;
}

function diskFull(cache: string, what: string): string {
  return `There is not enough space on the disk to keep Elasticsearch in ${cache}: ${what}; free some, or name a folder on another disk in ES_RETENTION_CACHE.`;
}
