import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { reachableForServer } from './unprivileged.ts';

const OLDEST = 21;
const INSTALLED_JVMS = '/usr/lib/jvm';

/** A Java installation. */
export interface Java {
  /** Folder with `bin/java` in it. */
  readonly home: string;
  /** Feature release, such as 21. */
  readonly major: number;
}

/**
 * The Java to run Elasticsearch with: the first of `ES_JAVA_HOME`, `JAVA_HOME`, what is installed under
 * `/usr/lib/jvm` and `java` on `PATH` that is release 21 or newer and that the server's account can reach.
 * @param installed folder with one Java installation per folder.
 * @throws Error listing what was found instead, and how to get one.
 */
export function findJava(installed = INSTALLED_JVMS): Java {
  const found = javaHomes(installed).flatMap((home) => inspect(home));
  const java = found.find((one) => one.major >= OLDEST && reachableForServer(one.home));
  if (java) return java;
  const instead = found.map((one) => `${one.major} in ${one.home}`).join(', ') || 'no Java at all';
  throw new Error(
    `Elasticsearch needs Java ${OLDEST} or newer that ${process.getuid?.() === 0 ? 'the user "nobody"' : 'this user'} can read, and this machine has ${instead}; install one (Debian: apt-get install openjdk-21-jre-headless, or a Temurin archive) and name its folder in ES_JAVA_HOME.`,
  );
}

function javaHomes(installed: string): string[] {
  const { ES_JAVA_HOME, JAVA_HOME, PATH = '' } = process.env;
  const named = [ES_JAVA_HOME, JAVA_HOME].filter((home) => home !== undefined && home !== '') as string[];
  const under = existsSync(installed) ? readdirSync(installed).map((name) => join(installed, name)) : [];
  const onPath = PATH.split(delimiter)
    .map((folder) => join(folder, 'java'))
    .filter((file) => existsSync(file))
    .map((file) => dirname(dirname(realpathSync(file))));
  const homes = [...named, ...under, ...onPath].filter((home) => existsSync(join(home, 'bin', 'java')));
  return [...new Set(homes.map((home) => realpathSync(home)))];
}

function inspect(home: string): Java[] {
  const version = releaseFile(home) ?? askJava(home);
  const major = Number(/^(?:1\.)?(\d+)/.exec(version)?.[1]);
  return Number.isInteger(major) ? [{ home, major }] : [];
}

function releaseFile(home: string): string | undefined {
  const file = join(home, 'release');
  if (!existsSync(file)) return undefined;
  return /^JAVA_VERSION="([^"]+)"/m.exec(readFileSync(file, 'utf8'))?.[1];
}

function askJava(home: string): string {
  try {
    const said = execFileSync(join(home, 'bin', 'java'), ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    return /^\S+ (\S+)/.exec(said)?.[1] ?? '';
  } catch {
    return '';
  }
}
