import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cacheFolder } from '../../../embedded-elasticsearch/cache-folder.ts';
import { markWhole } from '../../../embedded-elasticsearch/cache-marker.ts';
import { findJava } from '../../../embedded-elasticsearch/java.ts';
import { mavenRepository } from '../../../embedded-elasticsearch/maven-repository.ts';
import { whenReady } from '../../../embedded-elasticsearch/readiness.ts';
import { selectRelease } from '../../../embedded-elasticsearch/releases.ts';
import { checkRequirements } from '../../../embedded-elasticsearch/requirements.ts';
import { openTestServer } from '../../../embedded-elasticsearch/start.ts';
import { supervise } from '../../../embedded-elasticsearch/supervise.ts';
import { createWorkspace } from '../../../embedded-elasticsearch/workspace.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'es-retention-unit-'));
  chmodSync(folder, 0o755);
  for (const name of ['ES_JAVA_HOME', 'JAVA_HOME', 'ES_RETENTION_MAVEN_REPOSITORY', 'ES_RETENTION_CACHE'])
    vi.stubEnv(name, '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function executable(path: string, script: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const MODULES = ['java.base', 'jdk.attach', 'jdk.incubator.vector', 'jdk.jdi', 'jdk.jlink'];

/** A stand-in for Java: its `release` file, and a `java` that lists modules. */
function javaHome(name: string, version: string, modules = MODULES): string {
  const list = modules.map((module) => `echo ${module}@${version}`).join('\n');
  executable(`${name}/bin/java`, `[ "$1" = --list-modules ] || exit 1\n${list}`);
  writeFileSync(join(folder, name, 'release'), `IMPLEMENTOR="Someone"\nJAVA_VERSION="${version}"\n`);
  return join(folder, name);
}

describe('the search for Java', () => {
  beforeEach(() => vi.stubEnv('PATH', folder));
  const none = () => join(folder, 'none');

  test('reports how to get a JDK if there is no Java', () => {
    expect(() => findJava(none())).toThrow(
      /needs a JDK, 21 or newer, and this machine has no Java at all; install one .* ES_JAVA_HOME\.$/,
    );
  });
  test('names a Java that is too old', () => {
    vi.stubEnv('JAVA_HOME', javaHome('old', '17.0.15'));
    expect(() => findJava(none())).toThrow(`this machine has 17 in ${join(folder, 'old')} (too old)`);
  });
  test('prefers ES_JAVA_HOME to JAVA_HOME, unless it is too old', () => {
    vi.stubEnv('JAVA_HOME', javaHome('new', '25.0.3'));
    vi.stubEnv('ES_JAVA_HOME', javaHome('chosen', '21'));
    expect(findJava(none())).toEqual({ home: join(folder, 'chosen'), major: 21 });
    vi.stubEnv('ES_JAVA_HOME', javaHome('old', '1.8.0_402'));
    expect(findJava(none())).toEqual({ home: join(folder, 'new'), major: 25 });
  });
  test('asks a Java on PATH for its version if it has no release file', () => {
    const list = MODULES.map((module) => `echo ${module}@22.0.1`).join('; ');
    executable('jdk/bin/java', `[ "$1" = --version ] && echo "openjdk 22.0.1 2024-04-16" || { ${list}; }`);
    symlinkSync(join(folder, 'jdk/bin/java'), join(folder, 'java'));
    expect(findJava(none())).toEqual({ home: join(folder, 'jdk'), major: 22 });
  });
  test('finds a recent Java among several installed ones', () => {
    javaHome('jvm/seventeen', '17.0.1');
    javaHome('jvm/twentyone', '21.0.1');
    expect(findJava(join(folder, 'jvm')).major).toBe(21);
  });
  test('refuses a JRE with its missing modules, even if its release file lists them', () => {
    const jre = javaHome('jre', '25.0.3', ['java.base', 'jdk.jdi', 'jdk.jlink']);
    appendFileSync(join(jre, 'release'), `MODULES="${MODULES.join(' ')}"\n`);
    vi.stubEnv('ES_JAVA_HOME', jre);
    expect(() => findJava(none())).toThrow(
      `25 in ${jre} (without jdk.attach, jdk.incubator.vector: a JRE, not a JDK); install one (Debian: apt-get install openjdk-21-jdk-headless`,
    );
    javaHome('jvm/jdk', '21.0.1');
    expect(findJava(join(folder, 'jvm')).home).toBe(join(folder, 'jvm/jdk'));
  });
  test('refuses a Java that lists no modules', () => {
    vi.stubEnv('ES_JAVA_HOME', javaHome('broken', '21', []));
    expect(() => findJava(none())).toThrow(`without ${MODULES.slice(1).join(', ')}`);
  });
});

describe('the check of requirements', () => {
  const jvms = () => join(folder, 'jvm');
  beforeEach(() => {
    vi.stubEnv('PATH', folder);
    vi.stubEnv('ES_RETENTION_CACHE', join(folder, 'cache'));
    vi.stubEnv('ES_RETENTION_TEST_URL', '');
  });

  test('refuses a machine without a JDK', async () => {
    await expect(checkRequirements(jvms())).rejects.toThrow('needs a JDK, 21 or newer');
  });
  test('refuses a machine without Maven while the server must be downloaded', async () => {
    javaHome('jvm/jdk', '21.0.1');
    await expect(checkRequirements(jvms())).rejects.toThrow('there is no "mvn"; install it');
    const { version, sha256 } = selectRelease();
    const home = join(folder, 'cache', `elasticsearch-${version}-${sha256.slice(0, 12)}`);
    mkdirSync(home, { recursive: true });
    await markWhole(home);
    await checkRequirements(jvms());
  });
  test('refuses an unknown version in one line, and only if a server is needed', () => {
    const env = { ...process.env, ES_RETENTION_TEST_VERSION: '7.17.0' };
    const preflight = spawnSync(process.execPath, ['scripts/preflight.mjs', '--elasticsearch'], { env });
    expect(preflight.stderr.toString()).toMatch(/^.*"7\.17\.0" was asked for; set ES_RETENTION_TEST_VERSION.*\n$/);
    expect(preflight.status).toBe(1);
    expect(spawnSync(process.execPath, ['scripts/preflight.mjs'], { env }).status).toBe(0);
  });
  test('passes without Java and Maven if a server is named', async () => {
    vi.stubEnv('ES_RETENTION_TEST_URL', 'http://127.0.0.1:1');
    await checkRequirements(jvms());
  });
});

describe('the Maven repository', () => {
  beforeEach(() => vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`));

  test('comes from ES_RETENTION_MAVEN_REPOSITORY if that is set', async () => {
    vi.stubEnv('ES_RETENTION_MAVEN_REPOSITORY', 'http://localhost:1/repository/');
    expect(await mavenRepository()).toBe('http://localhost:1/repository');
  });
  test('is the URL that Maven prints among colours and blank lines', async () => {
    executable('mvn', "printf '\\033[0m\\nhttp://localhost:2/maven/\\033[0m\\n'");
    expect(await mavenRepository()).toBe('http://localhost:2/maven');
  });
  test('cannot be found without Maven, and the message names the alternatives', async () => {
    vi.stubEnv('PATH', folder);
    await expect(mavenRepository()).rejects.toThrow(
      /there is no "mvn"; install it .* ES_RETENTION_MAVEN_REPOSITORY .* ES_RETENTION_TEST_URL/,
    );
  });
  test("cannot be found if Maven fails, and the message repeats Maven's first line", async () => {
    executable('mvn', 'echo "[ERROR] No plugin found for prefix help"; exit 1');
    await expect(mavenRepository()).rejects.toThrow(
      'failed: [ERROR] No plugin found for prefix help; set ES_RETENTION',
    );
  });
  test('cannot be found if Maven prints no URL, and the message says so', async () => {
    executable('mvn', 'echo null object or invalid expression');
    await expect(mavenRepository()).rejects.toThrow(
      'expected to print the URL of its repository and printed none; set',
    );
  });
});

test('an unknown version is refused, and the available ones are named', () => {
  vi.stubEnv('ES_RETENTION_TEST_VERSION', '7.17.0');
  expect(() => selectRelease()).toThrow(
    'comes as version 9.4.3 or 8.19.13, and "7.17.0" was asked for; set ES_RETENTION_TEST_VERSION',
  );
});

test('a cache folder that cannot be created is refused, and the setting is named', () => {
  writeFileSync(join(folder, 'file'), '');
  vi.stubEnv('ES_RETENTION_CACHE', join(folder, 'file', 'cache'));
  expect(() => cacheFolder()).toThrow(/none of these is: .*file\/cache; name one in ES_RETENTION_CACHE\.$/);
  vi.stubEnv('ES_RETENTION_CACHE', join(folder, 'made', 'cache'));
  expect(cacheFolder()).toBe(join(folder, 'made', 'cache'));
});

test('a named server that does not answer is reported with its setting', async () => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  vi.stubEnv('ES_RETENTION_TEST_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(server.close(), 'close');
  await expect(openTestServer()).rejects.toThrow(
    /ES_RETENTION_TEST_URL names, and it did not answer as one \(.*ECONNREFUSED.*\); correct/,
  );
});

test('a process that ends before it answers is reported with its last lines', async () => {
  mkdirSync(join(folder, 'config'));
  writeFileSync(join(folder, 'config', 'jvm.options'), '');
  const workspace = createWorkspace(folder, {});
  const process = supervise({
    command: 'sh',
    args: ['-c', 'echo something is missing; exit 3'],
    env: {},
    output: join(workspace.logs, 'console.log'),
    folder: workspace.root,
  });
  await expect(whenReady(process, workspace, '9.4.3')).rejects.toThrow(
    'Elasticsearch 9.4.3 was started and it ended with 3. The last lines it logged:\nsomething is missing',
  );
});
