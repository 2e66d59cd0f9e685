import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { isWhole, markWhole } from './cache-marker.ts';
import { explained, notThePinnedFiles, requireFreeSpace } from './fetch-failures.ts';
import { type FetchProgress, showFetchProgress } from './fetch-progress.ts';
import { mavenRepository } from './maven-repository.ts';
import type { Release } from './releases.ts';
import { listServerFiles, type ServerFile, unpackServerFiles } from './unpack.ts';

const UNPACKING = '.unpacking-';
const ABANDONED_AFTER_MS = 24 * 3_600_000;

const homeOf = ({ version, sha256 }: Release, cache: string): string =>
  join(cache, `elasticsearch-${version}-${sha256.slice(0, 12)}`);

/** Whether the cache has `release` already. Then nothing is downloaded, and Maven is not needed. */
export const isFetched = (release: Release, cache: string): Promise<boolean> => isWhole(homeOf(release, cache));

/**
 * The home folder of `release` in the cache. If it is incomplete or missing, it is downloaded, with its progress on
 * stderr. Two processes may do this at once: each unpacks into a separate folder, and the first rename wins.
 * @throws Error with what was expected and the fix: repository unreachable, disk full, files not the pinned ones.
 */
export async function serverHome(release: Release, cache: string): Promise<string> {
  const home = homeOf(release, cache);
  if (await isWhole(home)) return home;
  await removeAbandoned(cache);
  const aside = await mkdtemp(join(cache, UNPACKING));
  try {
    await fetchInto(aside, release, cache);
    await putInPlace(aside, home);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return home;
}

async function fetchInto(folder: string, release: Release, cache: string): Promise<void> {
  trustWhatTheSystemTrusts();
  const address = `${await mavenRepository()}/${release.zipPath}`;
  const attempt = { version: release.version, address, cache };
  const files = await explained(attempt, () => listServerFiles(address));
  await requireFreeSpace(
    cache,
    sum(files, ({ entry }) => entry.uncompressedSize),
  );
  const progress = reportFetch(release, files, cache);
  const sha256 = await explained(attempt, () => unpackServerFiles(files, folder, progress.fetched)).finally(
    progress.end,
  );
  if (sha256 !== release.sha256) throw notThePinnedFiles(attempt, release.sha256, sha256);
  await mkdir(join(folder, 'plugins'));
  await openFoldersToOthers(folder);
  await markWhole(folder);
}

/** As in Maven and npm: a network may have its own certificate authority. */
function trustWhatTheSystemTrusts(): void {
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')]);
}

async function openFoldersToOthers(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  for (const path of [folder, ...folders]) await chmod(path, 0o755);
}

function reportFetch({ version }: Release, files: readonly ServerFile[], cache: string): FetchProgress {
  const bytes = sum(files, ({ entry }) => entry.compressedSize);
  const megabytes = Math.round(bytes / 1_000_000);
  process.stderr.write(`Fetching Elasticsearch ${version} for demo and tests: ${megabytes} MB, kept in ${cache}\n`);
  return showFetchProgress(bytes, process.stderr, Date.now);
}

async function putInPlace(aside: string, home: string): Promise<void> {
  if (await isWhole(home)) return;
  const replaced = `${aside}.replaced`;
  await rename(home, replaced).catch(() => undefined);
  await rm(replaced, { recursive: true, force: true });
  await rename(aside, home).catch(async (error: unknown) => {
    if (!(await isWhole(home))) throw error;
  });
}

async function removeAbandoned(cache: string): Promise<void> {
  const names = (await readdir(cache)).filter((name) => name.startsWith(UNPACKING));
  for (const folder of names.map((name) => join(cache, name))) {
    const found = await stat(folder).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) await rm(folder, { recursive: true, force: true });
  }
}

function sum(files: readonly ServerFile[], sizeOf: (file: ServerFile) => number): number {
  return files.reduce((total, file) => total + sizeOf(file), 0);
}
