import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TextReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { explained, requireFreeSpace } from '../../../embedded-elasticsearch/fetch-failures.ts';
import { serverHome } from '../../../embedded-elasticsearch/fetch-server.ts';

const FILES = { 'LICENSE.txt': 'free', 'lib/server.jar': 'code'.repeat(1000) };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const LINES = Object.entries(FILES).map(([path, text]) => `${path}  ${sha256(text)}\n`);
const RELEASE = { version: '1.2.3', zipPath: 'some/product.zip', sha256: sha256(LINES.join('')) };

let cache: string;
let repository: Server;
let served: Uint8Array;

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'es-retention-unit-'));
  served = await zipOf({ ...FILES, 'bin/tool.bat': 'not wanted', 'modules/x-pack-inference/big.jar': 'nor this' });
  repository = createServer((request, response) => {
    if (request.url !== `/${RELEASE.zipPath}`) return response.writeHead(404).end();
    const [from, to] = (/bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? []).slice(1).map(Number) as [
      number,
      number,
    ];
    const end = Math.min(to || served.length - 1, served.length - 1);
    return response
      .writeHead(206, { 'content-range': `bytes ${from}-${end}/${served.length}` })
      .end(served.subarray(from, end + 1));
  });
  await new Promise<void>((listening) => repository.listen(0, '127.0.0.1', listening));
  vi.stubEnv('ES_RETENTION_MAVEN_REPOSITORY', `http://127.0.0.1:${(repository.address() as AddressInfo).port}`);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  repository.close();
  repository.closeAllConnections();
  rmSync(cache, { recursive: true });
});

async function zipOf(files: Record<string, string>): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter());
  await zip.add('product-1/other/file.txt', new TextReader('not part of the server'));
  for (const [path, text] of Object.entries(files))
    await zip.add(`product-1/elasticsearch/${path}`, new TextReader(text));
  return zip.close();
}

test('a terminal shows how much of the server has been downloaded', async () => {
  const { isTTY } = process.stderr;
  process.stderr.isTTY = true;
  onTestFinished(() => {
    process.stderr.isTTY = isTTY;
  });
  let now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => {
    now += 1_000;
    return now;
  });
  await serverHome(RELEASE, cache);
  const texts = vi.mocked(process.stderr.write).mock.calls.map(([text]) => String(text));
  expect(texts).toContainEqual(expect.stringMatching(/^0 of 0 MB \(\d+ %\)$/));
});

test("the server's files are unpacked from the zip, reported in one line, and cached", async () => {
  const home = await serverHome(RELEASE, cache);
  expect(readFileSync(join(home, 'lib/server.jar'), 'utf8')).toBe(FILES['lib/server.jar']);
  expect(readdirSync(home).sort()).toEqual(['.whole', 'LICENSE.txt', 'lib', 'plugins']);
  expect(vi.mocked(process.stderr.write).mock.calls).toEqual([
    [`Fetching Elasticsearch 1.2.3 for demo and tests: 0 MB, kept in ${cache}\n`],
  ]);
  repository.close();
  repository.closeAllConnections();
  expect(await serverHome(RELEASE, cache)).toBe(home);
});

test('two simultaneous downloads leave one complete server in the cache', async () => {
  const homes = await Promise.all([serverHome(RELEASE, cache), serverHome(RELEASE, cache)]);
  expect(new Set(homes).size).toBe(1);
  expect(readdirSync(cache)).toHaveLength(1);
});

test.each<[string, (home: string) => void]>([
  ['changed in size', (home) => appendFileSync(join(home, 'LICENSE.txt'), 'x')],
  ['touched', (home) => utimesSync(join(home, 'LICENSE.txt'), 1, 1)],
  ['missing', (home) => rmSync(join(home, 'LICENSE.txt'))],
  ['added', (home) => writeFileSync(join(home, 'plugins', 'foreign.jar'), '')],
  ['the marker, missing', (home) => rmSync(join(home, '.whole'))],
])('a cached server with a file %s is downloaded again', async (_what, spoil) => {
  const home = await serverHome(RELEASE, cache);
  spoil(home);
  expect(await serverHome(RELEASE, cache)).toBe(home);
  expect(readFileSync(join(home, 'LICENSE.txt'), 'utf8')).toBe('free');
  expect(readdirSync(join(home, 'plugins'))).toEqual([]);
  expect(readdirSync(cache)).toHaveLength(1);
});

test('unpacked files of a killed process are removed after a day', async () => {
  const left = mkdtempSync(join(cache, '.unpacking-'));
  await serverHome(RELEASE, cache);
  expect(readdirSync(cache)).toHaveLength(2);
  rmSync(await serverHome(RELEASE, cache), { recursive: true });
  utimesSync(left, 1, 1);
  await serverHome(RELEASE, cache);
  expect(readdirSync(cache)).toHaveLength(1);
});

test('files whose hash differs from the pinned one are refused and not kept', async () => {
  served = await zipOf({ ...FILES, 'LICENSE.txt': 'altered' });
  await expect(serverHome(RELEASE, cache)).rejects.toThrow(
    /expected to have the sha256 \w{64} and those in http.* have \w{64}, so they are not used/,
  );
  expect(readdirSync(cache)).toEqual([]);
});

test('a missing or wrong zip is reported with its source and the fixes', async () => {
  const missing = serverHome({ ...RELEASE, zipPath: 'no/such.zip' }, cache);
  await expect(missing).rejects.toThrow(
    /1\.2\.3 was to be fetched by range requests from http.*no\/such\.zip, and that failed \(.+\); check the network/,
  );
  served = new TextEncoder().encode('<html>Please log in</html>'.repeat(100));
  await expect(serverHome(RELEASE, cache)).rejects.toThrow(/and that failed \(.+\); check the network/);
});

test('a failure during unpacking leaves no files in the cache', async () => {
  served = await zipOf({ ...FILES, lib: 'a file where a folder is to be' });
  await expect(serverHome(RELEASE, cache)).rejects.toThrow(/and that failed \(E\w+: /);
  expect(readdirSync(cache)).toEqual([]);
});

test('an unreachable repository is reported', async () => {
  await new Promise((closed) => repository.close(closed));
  await expect(serverHome(RELEASE, cache)).rejects.toThrow(
    /that failed \(.*ECONNREFUSED.*\); check the network, or name another/,
  );
  expect(readdirSync(cache)).toEqual([]);
});

test('too little free space is refused, with the needed and the free megabytes', async () => {
  await expect(requireFreeSpace(cache, 1e18)).rejects.toThrow(
    /in .+: 1100000000000 MB are needed and \d+ MB are free; free some, or name/,
  );
});

test.runIf(process.platform === 'linux')('a disk that becomes full during unpacking is reported', async () => {
  const attempt = { version: '1.2.3', address: 'http://localhost', cache };
  const writing = explained(attempt, () => writeFile('/dev/full', 'x'));
  await expect(writing).rejects.toThrow(`keep Elasticsearch in ${cache}: it ran out while unpacking; free some`);
});
