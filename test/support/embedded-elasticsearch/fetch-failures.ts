import { statfs } from 'node:fs/promises';
import { reasonOf } from './request.ts';

/** A server being fetched. */
export interface Attempt {
  readonly version: string;
  /** URL of the zip. */
  readonly address: string;
  /** Folder that fetched servers are kept in. */
  readonly cache: string;
}

/**
 * What `work` returns.
 * @throws Error with what was expected, what happened and the way out, when `work` fails: disk full, or not reachable.
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
 * Makes sure that the file system of `cache` has `bytes` free, and a tenth more.
 * @throws Error naming the folder, the megabytes needed and those there are.
 */
export async function requireFreeSpace(cache: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(cache);
  const [needed, free] = [bytes * 1.1, bavail * bsize].map((size) => Math.round(size / 1_000_000)) as [number, number];
  if (free < needed) throw new Error(diskFull(cache, `${needed} MB are needed and ${free} MB are free`));
}

/** The error for files that are not, byte for byte, those this project was tried with. */
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
