import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { reachableForServer } from './unprivileged.ts';

const OLDEST = 21;
const INSTALLED_JVMS = '/usr/lib/jvm';
/** A JRE may lack these modules. Without them, Elasticsearch starts, but ends after a minute. */
const NEEDED_MODULES = ['jdk.attach', 'jdk.incubator.vector', 'jdk.jdi', 'jdk.jlink'];

/** A Java installation. */
export interface Java {
  /** Folder with `bin/java` in it. */
  readonly home: string;
  /** Feature release, such as 21. */
  readonly major: number;
}

/**
 * The JDK to run Elasticsearch with: the first suitable one of `ES_JAVA_HOME`, `JAVA_HOME`, the installations in
 * `/usr/lib/jvm`, and `java` on `PATH`. Suitable means release 21 or newer, with the modules that the server needs, and
 * reachable for the server's account.
 * @param installed folder with one Java installation per folder.
 * @throws Error with what was found instead, and how to get a JDK.
 */
export function findJava(installed = INSTALLED_JVMS): Java {
  const refused: string[] = [];
  for (const java of javaHomes(installed).flatMap((home) => inspect(home))) {
    const why = obstacleTo(java);
    if (why === undefined) return java;
    refused.push(`${java.major} in ${java.home} (${why})`);
  }
  throw new Error(
    `Elasticsearch needs a JDK, ${OLDEST} or newer, and this machine has ${refused.join(', ') || 'no Java at all'}; install one (Debian: apt-get install openjdk-21-jdk-headless, or a Temurin JDK archive) and name its folder in ES_JAVA_HOME.`,
  );
}

function obstacleTo({ home, major }: Java): string | undefined {
  if (major < OLDEST) return 'too old';
  if (!reachableForServer(home)) return 'the user "nobody" cannot read it';
  // The `release` file is not used: it can list modules that do not exist.
  const modules = new Set(askJava(home, '--list-modules').match(/^[\w.]+/gm));
  const missing = NEEDED_MODULES.filter((module) => !modules.has(module));
  return missing.length === 0 ? undefined : `without ${missing.join(', ')}: a JRE, not a JDK`;
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
  const version = releaseFile(home) ?? /^\S+ (\S+)/.exec(askJava(home, '--version'))?.[1] ?? '';
  const major = Number(/^(?:1\.)?(\d+)/.exec(version)?.[1]);
  return Number.isInteger(major) ? [{ home, major }] : [];
}

function releaseFile(home: string): string | undefined {
  const file = join(home, 'release');
  if (!existsSync(file)) return undefined;
  return /^JAVA_VERSION="([^"]+)"/m.exec(readFileSync(file, 'utf8'))?.[1];
}

/** The output of `java` for an option; empty if it does not start. */
function askJava(home: string, option: string): string {
  try {
    return execFileSync(join(home, 'bin', 'java'), [option], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return '';
  }
}
