import { cacheFolder } from './cache-folder.ts';
import { isFetched } from './fetch-server.ts';
import { findJava } from './java.ts';
import { mavenRepository } from './maven-repository.ts';
import { selectRelease } from './releases.ts';

/**
 * Checks what this machine needs for an embedded server: a JDK, and Maven while the server has to be downloaded.
 * Nothing is needed if `ES_RETENTION_TEST_URL` names a server.
 * @param installed folder with one Java installation per folder. Default: `/usr/lib/jvm`.
 * @throws Error with what is missing and how to get it.
 */
export async function checkRequirements(installed?: string): Promise<void> {
  if (process.env.ES_RETENTION_TEST_URL) return;
  findJava(installed);
  if (!(await isFetched(selectRelease(), cacheFolder()))) await mavenRepository();
}
