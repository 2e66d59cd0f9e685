import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cacheFolder } from '../support/embedded-elasticsearch/cache-folder.ts';
import { findJava } from '../support/embedded-elasticsearch/java.ts';
import { mavenRepository } from '../support/embedded-elasticsearch/maven-repository.ts';
import { whenReady } from '../support/embedded-elasticsearch/readiness.ts';
import { selectRelease } from '../support/embedded-elasticsearch/releases.ts';
import { openTestServer } from '../support/embedded-elasticsearch/start.ts';
import { supervise } from '../support/embedded-elasticsearch/supervise.ts';
import { createWorkspace } from '../support/embedded-elasticsearch/workspace.ts';

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

function javaHome(name: string, version: string): string {
  executable(`${name}/bin/java`, 'exit 1');
  writeFileSync(join(folder, name, 'release'), `IMPLEMENTOR="Someone"\nJAVA_VERSION="${version}"\n`);
  return join(folder, name);
}

describe('Java', () => {
  beforeEach(() => vi.stubEnv('PATH', folder));
  const none = () => join(folder, 'none');

  test('none at all is said, with how to get one', () => {
    expect(() => findJava(none())).toThrow(
      /needs Java 21 or newer .* has no Java at all; install one .* ES_JAVA_HOME\.$/,
    );
  });
  test('one that is too old is named', () => {
    vi.stubEnv('JAVA_HOME', javaHome('old', '17.0.15'));
    expect(() => findJava(none())).toThrow(`this machine has 17 in ${join(folder, 'old')}`);
  });
  test('ES_JAVA_HOME goes before JAVA_HOME, unless it is too old', () => {
    vi.stubEnv('JAVA_HOME', javaHome('new', '25.0.3'));
    vi.stubEnv('ES_JAVA_HOME', javaHome('chosen', '21'));
    expect(findJava(none())).toEqual({ home: join(folder, 'chosen'), major: 21 });
    vi.stubEnv('ES_JAVA_HOME', javaHome('old', '1.8.0_402'));
    expect(findJava(none())).toEqual({ home: join(folder, 'new'), major: 25 });
  });
  test('one on PATH without a release file is asked', () => {
    executable('jdk/bin/java', 'echo "openjdk 22.0.1 2024-04-16"');
    symlinkSync(join(folder, 'jdk/bin/java'), join(folder, 'java'));
    expect(findJava(none())).toEqual({ home: join(folder, 'jdk'), major: 22 });
  });
  test('one among those installed is found', () => {
    javaHome('jvm/seventeen', '17.0.1');
    javaHome('jvm/twentyone', '21.0.1');
    expect(findJava(join(folder, 'jvm')).major).toBe(21);
  });
});

describe('the Maven repository', () => {
  beforeEach(() => vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`));

  test('is the one that the setting names, without asking Maven', async () => {
    vi.stubEnv('ES_RETENTION_MAVEN_REPOSITORY', 'http://localhost:1/repository/');
    expect(await mavenRepository()).toBe('http://localhost:1/repository');
  });
  test('is what Maven prints, among colours and blank lines', async () => {
    executable('mvn', "printf '\\033[0m\\nhttp://localhost:2/maven/\\033[0m\\n'");
    expect(await mavenRepository()).toBe('http://localhost:2/maven');
  });
  test('without Maven, the sentence says so and how to do without', async () => {
    vi.stubEnv('PATH', folder);
    await expect(mavenRepository()).rejects.toThrow(
      /there is no "mvn"; install it .* ES_RETENTION_MAVEN_REPOSITORY .* ES_RETENTION_TEST_URL/,
    );
  });
  test("with a Maven that fails, the sentence carries Maven's own first line", async () => {
    executable('mvn', 'echo "[ERROR] No plugin found for prefix help"; exit 1');
    await expect(mavenRepository()).rejects.toThrow(
      'failed: [ERROR] No plugin found for prefix help; set ES_RETENTION',
    );
  });
  test('with a Maven that prints no URL, the sentence says that', async () => {
    executable('mvn', 'echo null object or invalid expression');
    await expect(mavenRepository()).rejects.toThrow(
      'expected to print the URL of its repository and printed none; set',
    );
  });
});

test('a version there is no server for is refused with those there are', () => {
  vi.stubEnv('ES_RETENTION_TEST_VERSION', '7.17.0');
  expect(() => selectRelease()).toThrow(
    'comes as version 9.4.3 or 8.19.13, and "7.17.0" was asked for; set ES_RETENTION_TEST_VERSION',
  );
});

test('a cache folder that cannot be made is refused, with the setting that names another', () => {
  writeFileSync(join(folder, 'file'), '');
  vi.stubEnv('ES_RETENTION_CACHE', join(folder, 'file', 'cache'));
  expect(() => cacheFolder()).toThrow(/none of these is: .*file\/cache; name one in ES_RETENTION_CACHE\.$/);
  vi.stubEnv('ES_RETENTION_CACHE', join(folder, 'made', 'cache'));
  expect(cacheFolder()).toBe(join(folder, 'made', 'cache'));
});

test('a server of your own that does not answer is named by its setting', async () => {
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
