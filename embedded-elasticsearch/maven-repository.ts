import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';

const ASK = [
  '-q',
  '-B',
  '-Dstyle.color=never',
  'help:evaluate',
  '-Dexpression=project.remoteArtifactRepositories[0].url',
  '-DforceStdout',
];
const FIX =
  'set ES_RETENTION_MAVEN_REPOSITORY to the URL of a Maven repository, or ES_RETENTION_TEST_URL to an Elasticsearch of your own.';

/**
 * URL of this machine's Maven repository, without a trailing slash: `ES_RETENTION_MAVEN_REPOSITORY`, or else what Maven
 * reports, so that a mirror in its settings is used.
 * @throws Error with what is missing and the fix, if there is no Maven or it names no repository.
 */
export async function mavenRepository(): Promise<string> {
  const chosen = process.env.ES_RETENTION_MAVEN_REPOSITORY;
  const url = chosen || /https?:\/\/\S+/.exec(await askMaven())?.[0];
  if (url) return url.replace(/\/+$/, '');
  throw new Error(`Maven was expected to print the URL of its repository and printed none; ${FIX}`);
}

async function askMaven(): Promise<string> {
  try {
    return await runMaven([]).catch(withoutOwnHome);
  } catch (error) {
    throw new Error(`${whatWentWrong(error as MavenFailure)}; ${FIX}`, { cause: error });
  }
}

async function runMaven(options: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('mvn', [...options, ...ASK]);
  return stripVTControlCharacters(stdout);
}

/** Maven keeps its plugins in the user's home folder, which some accounts do not have. */
async function withoutOwnHome(error: MavenFailure): Promise<string> {
  if (!error.stdout?.includes('Could not create local repository')) throw error;
  const instead = await mkdtemp(join(tmpdir(), 'es-retention-maven-'));
  return runMaven([`-Dmaven.repo.local=${instead}`]).finally(() => rm(instead, { recursive: true }));
}

interface MavenFailure extends Error {
  code?: string | number;
  stdout?: string;
}

function whatWentWrong(error: MavenFailure): string {
  if (error.code === 'ENOENT') {
    return 'Maven is expected on PATH, to say where the Elasticsearch server can be fetched, and there is no "mvn"; install it (Debian: apt-get install maven)';
  }
  const firstLine = stripVTControlCharacters(error.stdout ?? '')
    .split('\n')
    .find((line) => line.trim());
  return `Maven was asked for the URL of its repository and failed: ${firstLine ?? error.message}`;
}
