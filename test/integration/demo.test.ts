import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type EmbeddedServer, startEmbeddedElasticsearch } from '../support/embedded-elasticsearch/start.ts';
import { type Watch, watchingProxy } from '../support/watching-proxy.ts';

const DEMO = fileURLToPath(new URL('../../demo/demo.ts', import.meta.url));
// Three weeks of data take a while on a busy machine.
vi.setConfig({ testTimeout: 300_000 });

const CATEGORIES = [
  'console-configuration',
  'backend-logs',
  'dashboard-information',
  'sdk-logs',
  'uins',
  'sdk-appids',
  'troubleshooting-data',
];
const AGED = 'trtc-*,-trtc-console-configuration-*';

// A place of its own for what the demo makes: somebody else may be running one.
const TEMPORARY = mkdtempSync(join(tmpdir(), 'es-retention-test-'));
afterAll(() => rmSync(TEMPORARY, { recursive: true, force: true }));

/** Starts the demo as `npm run demo` does, with more in its environment. */
const startDemo = (environment: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [DEMO], { env: { ...process.env, TMPDIR: TEMPORARY, ...environment } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return { child, output: () => output, ended: once(child, 'close').then(([code]) => code as number | null) };
};

const temporaryFolders = (): readonly string[] =>
  readdirSync(TEMPORARY).filter((name) => name.startsWith('es-retention-demo-'));

const number = (text: string | undefined): number => Number(text?.replaceAll(',', ''));
/** The numbers of a row, by the row's first word, in the part of the output under a heading. */
const row = (output: string, heading: string, name: string): readonly string[] => {
  const [part = ''] = output.slice(output.indexOf(`\n${heading}`)).split('\n\n');
  return (
    part
      .split('\n')
      .find((line) => line.trim().startsWith(`${name} `))
      ?.trim()
      .split(/ {2,}/) ?? []
  );
};

describe('on a server that ES_RETENTION_TEST_URL names', () => {
  let server: EmbeddedServer;
  beforeAll(async () => {
    server = await startEmbeddedElasticsearch();
  });
  afterAll(() => server?.stop());
  afterEach(() => send('DELETE', '/trtc-somebody-elses?ignore_unavailable=true'));

  const send = async (method: string, path: string): Promise<unknown> =>
    (await fetch(`${server.url}${path}`, { method })).json();
  const indices = async () =>
    (await send('GET', '/_cat/indices?format=json&expand_wildcards=all')) as readonly { index: string }[];
  const count = async (query: string): Promise<number> => {
    await send('POST', `/${AGED}/_refresh`);
    const { count } = (await send('GET', `/${AGED}/_count?q=${encodeURIComponent(query)}`)) as { count: number };
    return count;
  };
  const demoBehind = async (watch: Watch, environment: Readonly<Record<string, string>> = {}) => {
    const proxy = await watchingProxy(server.url, watch);
    onTestFinished(proxy.close);
    return startDemo({ ES_RETENTION_TEST_URL: proxy.url, ...environment });
  };

  test('the demo says what is there, before and after, and leaves nothing behind', async () => {
    let touched = 0;
    const production = createServer((_, response) => {
      touched += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(production, 'listening');
    onTestFinished(() => void production.close());

    // Looks at the server just before the first lease is taken, and just before the demo removes its indices.
    const seen: { indices: number; documents: number; expired: number }[] = [];
    const look = async (): Promise<void> => {
      const daily = (await indices()).filter(({ index }) => /^trtc-.*\d$/.test(index)).length;
      const expired = await count('@timestamp:{2015-01-01 TO now-14d}');
      seen.push({ indices: daily, documents: await count('*'), expired });
    };
    const demo = await demoBehind(
      async (line) => {
        if (seen.length === 0 && line.startsWith('PUT /retention-leases')) await look();
        if (seen.length === 1 && /^DELETE .*retention-leases/.test(line)) await look();
      },
      {
        ELASTICSEARCH_URL: `http://127.0.0.1:${(production.address() as AddressInfo).port}`,
        ELASTICSEARCH_API_KEY: 'a-key-of-production',
        RETENTION_POLICY: 'a-policy-of-production.yml',
        ES_RETENTION_TEST_VERSION: '',
      },
    );
    expect(await demo.ended, demo.output()).toBe(0);
    const output = demo.output();
    const [before, after] = seen;
    if (before === undefined || after === undefined) throw new Error('The demo was not seen at work.');

    // Of the configuration's one index and fourteen documents no part is promised by age.
    const [, indicesBefore, documentsBefore, expired] = row(output, 'Before', 'all');
    expect(number(indicesBefore)).toBe(before.indices + 1);
    expect(number(documentsBefore)).toBe(before.documents + 14);
    expect(before.documents).toBeGreaterThan(100_000);
    expect(before.indices).toBe(126);
    // The three lines with a wrong clock are expired by their ingestion; some documents may expire while we look.
    expect(number(expired) - 3).toBeGreaterThan(before.expired - 20);
    expect(number(expired) - 3).toBeLessThanOrEqual(before.expired);

    const [, indicesLeft, dropped, documentsLeft, goneWith, deleted] = row(output, 'After', 'all').map(number);
    expect(indicesLeft).toBe(after.indices + 1);
    expect(documentsLeft).toBe(after.documents + 14);
    expect(dropped).toBe(before.indices - after.indices);
    expect((goneWith ?? 0) + (deleted ?? 0)).toBe(before.documents - after.documents);
    expect(dropped).toBeGreaterThanOrEqual(35);
    expect(goneWith).toBeGreaterThan(30_000);
    expect(deleted).toBeGreaterThan(2_000);
    for (const heading of ['Before', 'After'])
      for (const column of heading === 'Before' ? [1, 2, 3] : [1, 2, 3, 4, 5]) {
        const inRows = CATEGORIES.map((id) => number(row(output, heading, id)[column]) || 0);
        expect(inRows.reduce((sum, each) => sum + each)).toBe(number(row(output, heading, 'all')[column]));
      }
    for (const category of CATEGORIES.slice(1)) {
      expect(row(output, 'Before', category).at(-1)).toBe('overdue');
      expect(row(output, 'After', category).at(-1)).toBe('complete');
    }
    // The twelve documents of yesterday are still in their old index.
    expect(row(output, 'After', 'backend-logs')[2]).toBe('5');
    const [, older, outOf] = /^ *Older than 14 days now: ([\d,]+) of ([\d,]+) documents/m.exec(output) ?? [];
    expect(number(outOf)).toBe(after.documents);
    expect(number(older)).toBeLessThanOrEqual(after.expired);
    expect(after.expired).toBeLessThan(20);

    expect(output).toBe(stripVTControlCharacters(output));
    expect(output).not.toContain('{"');
    expect(touched).toBe(0);
    expect(await indices()).toEqual([]);
    expect(temporaryFolders()).toEqual([]);
  });

  test.each([
    ['while it writes documents', /_bulk/],
    ['while a function drops indices', /^DELETE \/trtc-/],
  ])('interrupted %s, the demo removes what it made', async (_, moment) => {
    let interrupted = false;
    const demo = await demoBehind((line) => {
      if (interrupted || !moment.test(line)) return;
      interrupted = demo.child.kill('SIGINT');
    });
    expect(await demo.ended, demo.output()).toBe(130);
    expect(interrupted).toBe(true);
    expect(demo.output()).toContain('Interrupted. Everything that the demo made is gone.');
    expect(await indices()).toEqual([]);
    expect(temporaryFolders()).toEqual([]);
  });

  test('the demo refuses a server that holds an index of ours, and leaves that alone', async () => {
    await send('PUT', '/trtc-somebody-elses');
    const demo = startDemo({ ES_RETENTION_TEST_URL: server.url });
    expect(await demo.ended).toBe(1);
    expect(demo.output()).toContain('such as "trtc-somebody-elses"; name an empty server there');
    expect((await indices()).map(({ index }) => index)).toEqual(['trtc-somebody-elses']);
  });
});

test('interrupted on its own server, the demo takes the server with it', async () => {
  const demo = startDemo({ ES_RETENTION_TEST_URL: '' });
  const url = await vi.waitUntil(() => /Elasticsearch \S+ at (http:\S+)/.exec(demo.output())?.[1], {
    timeout: 100_000,
  });
  expect((await fetch(url)).ok).toBe(true);
  demo.child.kill('SIGINT');
  expect(await demo.ended).toBe(130);
  await vi.waitFor(() => expect(fetch(url)).rejects.toThrow('fetch failed'), { timeout: 10_000 });
  expect(temporaryFolders()).toEqual([]);
});
