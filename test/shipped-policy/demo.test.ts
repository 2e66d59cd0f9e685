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

/** A part of the output, from one heading to another. */
const part = (output: string, from: string, to: string): string =>
  output.slice(output.indexOf(`\n${from}`) + 1, output.indexOf(`\n\n${to}`));

/** What is said of accounts that end. Ports, instants, keys, and how many records were seeded differ from run to run. */
const WHEN_AN_ACCOUNT_ENDS = `
When an account ends
   Console Configuration Data, console-configuration: promised to be deleted within 7 d after
   an account or its use of the service ends. For 3 d it can be taken back, then it is erased, with a receipt.

Webhooks of an account system, each signed and sent over HTTP
   To functions/receive-termination, which is behind http://127.0.0.1:PORT/terminations, and publishes to a bus.
   The bus is a stand-in inside the demo: as EventBridge does, it answers the sender, then hands the event to the
   seven functions, of which one has a termination rule. The deployed whole, on a real bus, is tested elsewhere (issue 5).
   Dates in the past stand in for waiting.
   webhook             account                                       answer  the seven functions  in the ledger
   account.deleted     9007199254740993, 4 days ago                  202     1 records, 6 ignore  pending
   account.deleted     9007199254741881, 4 days ago                  202     1 records, 6 ignore  pending
   account.reinstated  9007199254741881, 2 days ago                  202     7 records, 0 ignore  cancelled
   feature.terminated  9007199254744127, app 1400305513, 4 days ago  202     1 records, 6 ignore  pending
   feature.terminated    the same message again                      202     1 records, 6 ignore  pending, as it was
   feature.terminated    and again                                   202     1 records, 6 ignore  pending, as it was
   account.deleted     9007199254763217, at once: forged             401     hear nothing         –
   Before the forged one: 6 events on the bus, 4 in retention-events.console-configuration, 4 entries in retention-ledger.console-configuration.
   After it:              6 events on the bus, 4 in retention-events.console-configuration, 4 entries in retention-ledger.console-configuration.

The scheduled run of purge-console-configuration, 2 times
   Run 1: complete, 4 documents erased. Subjects due: 2, closed as erased: 1, still open: 1.
   Run 2: complete, 0 documents erased. Subjects due: 1, closed as erased: 1, still open: 0.
   What an account’s deletion left is watched for one more run, in case something is still written late.

The receipts in retention-receipts.console-configuration, checked with the public key
   msg_ended: feature-terminated, one application
     promised   ended INSTANT, to be erased by INSTANT
     done       console-configuration: 1 erased, 0 left at INSTANT
     kept       in time
     signature  valid, by key KID
     about      application 1400305513 of account 9007199254744127: of 20 subjects its opening fits 1
   msg_deleted: account-deleted, one account
     promised   ended INSTANT, to be erased by INSTANT
     done       console-configuration: 3 erased, 0 left at INSTANT
     kept       in time
     signature  valid, by key KID
     about      account 9007199254740993: of 20 subjects its opening fits 1
   Without its opening, which the ledger keeps sealed for whoever asked, nobody can tell whose a receipt is.
   With one document more written into it each is refused: bad-signature.
   The message that came three times has one receipt. The bus was told of 2 erasures completed.

Asked of Elasticsearch directly, account by account, with plain counts and no code of ours
   GET /trtc-console-configuration-*/_count?q=uin:9007199254740993
   count                 what happened                                 its configuration  its other records
   uin:9007199254740992  nothing happened                              2, as before       MANY, as before
   uin:9007199254740993  deleted                                       0 of 3             MANY, as before
   uin:9007199254741881  deleted, and reinstated in time               2, as before       MANY, as before
   uin:9007199254744127  goes on without one application               2 of 3             MANY, as before
   uin:9007199254750339  nothing happened                              1, as before       MANY, as before
   uin:9007199254763217  a forged deletion                             3, as before       MANY, as before
   sdkAppId:1400305513   that application; its event came three times  0 of 1             MANY, as before
   Other records, the ended account’s too, go by their age: by the fourteen-day rule above.`.slice(1);

const withoutWhatDiffers = (text: string): string =>
  text
    .replace(/127\.0\.0\.1:\d+/, '127.0.0.1:PORT')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replace(/(?<=by key )[\da-f-]+/g, 'KID')
    .replace(/[\d,]{5,}(?=, as before)/g, 'MANY');

/** In every column, what all categories have is the sum of what each of them has. */
const expectSums = (output: string): void => {
  for (const heading of ['Before', 'After'])
    for (const column of heading === 'Before' ? [1, 2, 3] : [1, 2, 3, 4, 5]) {
      const inRows = CATEGORIES.map((id) => number(row(output, heading, id)[column]) || 0);
      expect(inRows.reduce((sum, each) => sum + each)).toBe(number(row(output, heading, 'all')[column]));
    }
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
  /** How many documents of its configuration each account has. */
  const configurations = async (): Promise<Readonly<Record<string, number>>> => {
    const pattern = 'trtc-console-configuration-*';
    await send('POST', `/${pattern}/_refresh`);
    const path = `/${pattern}/_search?size=100&filter_path=hits.hits._source.uin`;
    const { hits } = (await send('GET', path)) as { hits: { hits: { _source: { uin: string } }[] } };
    const uins = hits.hits.map(({ _source }) => _source.uin).sort();
    return Object.fromEntries([...Map.groupBy(uins, (uin) => uin)].map(([uin, { length }]) => [uin, length]));
  };
  const demoBehind = async (watch: Watch, environment: Readonly<Record<string, string>> = {}) => {
    const proxy = await watchingProxy(server.url, watch);
    onTestFinished(proxy.close);
    return startDemo({ ES_RETENTION_TEST_URL: proxy.url, ...environment });
  };

  test('the demo says what is there, before and after, and what becomes of accounts that end, and leaves nothing behind', async () => {
    let touched = 0;
    const production = createServer((_, response) => {
      touched += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(production, 'listening');
    onTestFinished(() => void production.close());

    // Looks at the server just before the first lease is taken, and just before the demo removes its indices.
    const seen: Record<'indices' | 'documents' | 'expired', number>[] = [];
    const accounts: Readonly<Record<string, number>>[] = [];
    let books: readonly string[] = [];
    const look = async (): Promise<void> => {
      const daily = (await indices()).filter(({ index }) => /^trtc-.*\d$/.test(index)).length;
      const expired = await count('@timestamp:{2015-01-01 TO now-14d} AND NOT event.ingested:[now-14d TO *]');
      seen.push({ indices: daily, documents: await count('*'), expired });
      accounts.push(await configurations());
      books = (await indices()).map(({ index }) => index).filter((index) => index.startsWith('retention-'));
    };
    const productionUrl = () => `http://127.0.0.1:${(production.address() as AddressInfo).port}`;
    const demo = await demoBehind(
      async (line) => {
        if (seen.length === 0 && line.startsWith('PUT /retention-leases.')) await look();
        if (seen.length === 1 && /^DELETE .*retention-leases\./.test(line)) await look();
      },
      {
        ELASTICSEARCH_URL: productionUrl(),
        ELASTICSEARCH_API_KEY: 'a-key-of-production',
        RETENTION_POLICY: 'a-policy-of-production.yml',
        RETENTION_KEYS: 'the-keys-of-production.json',
        RETENTION_ARCHIVE: 's3://the-archive-of-production',
        WEBHOOK_SECRETS: 'the-secrets-of-production',
        EVENT_BUS_NAME: 'the-bus-of-production',
        AWS_PROFILE: 'production',
        AWS_ENDPOINT_URL: productionUrl(),
        AWS_ENDPOINT_URL_EVENTBRIDGE: productionUrl(),
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
    expectSums(output);
    for (const category of CATEGORIES.slice(1)) {
      expect(row(output, 'Before', category).at(-1)).toBe('overdue');
      expect(row(output, 'After', category).at(-1)).toBe('complete');
    }
    // The twelve documents of yesterday are still in their old index.
    expect(row(output, 'After', 'backend-logs')[2]).toBe('5');
    const [, older, outOf] =
      /^ *Dated and stored more than 14 days ago: ([\d,]+) of ([\d,]+) documents/m.exec(output) ?? [];
    expect(number(outOf)).toBe(after.documents);
    expect(number(older)).toBeLessThanOrEqual(after.expired);
    expect(after.expired).toBeLessThan(20);

    expect(withoutWhatDiffers(part(output, 'When an account ends', 'Next'))).toBe(WHEN_AN_ACCOUNT_ENDS);
    expect(accounts).toEqual([
      {
        '9007199254740992': 2,
        '9007199254740993': 3,
        '9007199254741881': 2,
        '9007199254744127': 3,
        '9007199254750339': 1,
        '9007199254763217': 3,
      },
      {
        '9007199254740992': 2,
        '9007199254741881': 2,
        '9007199254744127': 2,
        '9007199254750339': 1,
        '9007199254763217': 3,
      },
    ]);
    const ofEvery = CATEGORIES.flatMap((id) => [`retention-leases.${id}`, `retention-reports.${id}`]);
    const ofErasing = ['ledger', 'events', 'receipts'].map((kind) => `retention-${kind}.console-configuration`);
    expect(books.toSorted()).toEqual([...ofEvery, ...ofErasing].toSorted());

    expect(output).toBe(stripVTControlCharacters(output));
    expect(output).not.toContain('{"');
    expect(touched).toBe(0);
    expect(await indices()).toEqual([]);
    expect(temporaryFolders()).toEqual([]);
  });

  test.each([
    ['while it writes documents', /_bulk/],
    ['while a function drops indices', /^DELETE \/trtc-/],
    ['while what a webhook said is recorded', /^\w+ \/retention-ledger\.[^/]*\/_bulk/],
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
