import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { start } from '../integration/cli/command-line.ts';
import { type Watch, watchingProxy } from '../support/server/watching-proxy.ts';

const DEMO = fileURLToPath(new URL('../../demo/demo.ts', import.meta.url));
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
const startDemo = (environment: Readonly<Record<string, string>>, ...args: readonly string[]) => {
  const child = spawn(process.execPath, [DEMO, ...args], {
    env: { ...process.env, TMPDIR: TEMPORARY, ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return { child, output: () => output, ended: once(child, 'close').then(([code]) => code as number | null) };
};

const temporaryFolders = (): readonly string[] =>
  readdirSync(TEMPORARY).filter((name) => name.startsWith('es-retention-demo-'));
/** Those of demos that have ended: the one that keeps running has one. */
const otherFolders = (): readonly string[] => temporaryFolders().filter((name) => !kept.output().includes(name));

const number = (text: string | undefined): number => Number(text?.replaceAll(',', ''));

/** The rows of the first table after a text, by their first words. */
const table = (output: string, after: string): ReadonlyMap<string, readonly string[]> => {
  const lines = output.slice(output.indexOf(after)).split('\n');
  const head = lines.findIndex((line) => line.startsWith('  '));
  const end = lines.findIndex((line, at) => at > head && !line.startsWith('  '));
  const rows = lines.slice(head + 1, end).map((line) => line.trim().split(/ {2,}/));
  return new Map(rows.map((row) => [row[0] ?? '', row]));
};

const columnSum = (rows: ReadonlyMap<string, readonly string[]>, column: number): number =>
  [...rows.values()].reduce((sum, row) => sum + number(row[column]), 0);

/** A part of the output, from one text to another. */
const part = (output: string, from: string, to: string): string =>
  output.slice(output.indexOf(`\n${from}`) + 1, output.indexOf(`\n${to}`)).trimEnd();

/** What is said of accounts that end. */
const WHEN_AN_ACCOUNT_ENDS = `
When an account ends
The policy promises to delete Console Configuration Data within 7 d after an account or its use of the service ends.
An account can be reinstated within 3 d. The messages give past dates, because the demo does not wait for days.
An account system sends signed webhooks to functions/receive-termination (http://127.0.0.1:PORT/terminations).
The function puts each event on a bus, and the bus hands it to all seven functions. In the demo the bus is a stand-in for EventBridge.
  WEBHOOK             ACCOUNT                                       ANSWER  RECORDED BY  STATE IN THE LEDGER
  account.deleted     9007199254740993, 4 days ago                     202            1  pending
  account.deleted     9007199254741881, 4 days ago                     202            1  pending
  account.reinstated  9007199254741881, 2 days ago                     202            7  cancelled
  feature.terminated  9007199254744127, app 1400305513, 4 days ago     202            1  pending
  feature.terminated  the same message again                           202            1  pending, as before
  feature.terminated  the same message again                           202            1  pending, as before
  account.deleted     9007199254763217, signed with another secret     401            0  –`.slice(1);

const RUNS = `
2 scheduled runs of purge-console-configuration
  RUN  OUTCOME   DOCUMENTS ERASED  ERASURES DUE  CLOSED  OPEN
    1  complete                 4             2       1     1
    2  complete                 0             1       1     0
The run after an erasure searches once more for a deleted account, in case a document was written late. Then it closes the erasure.`.slice(
  1,
);

/** What the demo ends with. */
const VERIFIED = `
Verified
  ✓ verify ended with exit code 3 before the functions ran, and with 0 afterwards.
  ✓ 7 of 7 functions reported "complete".
  ✓ Elasticsearch itself counts: 0 of MANY documents were older than 14 days when the functions started.
    GET /trtc-*,-trtc-console-configuration-*/_count?q=@timestamp:[* TO "INSTANT||-14d"} AND NOT event.ingested:["INSTANT||-14d" TO *]
  ✓ 0 of the 3 documents dated 1970 or 2099 are left.
  ✓ 12 documents are left in trtc-backend-log-DAY: the 12 of yesterday.
  ✓ 40 of the 40 documents that were stored late are still in trtc-sdk-log-DAY.
  ✓ All 6 webhooks of the account system were accepted. They left 6 events on the bus, 4 in the event log, 4 entries in the ledger.
  ✓ The forged webhook was answered with 401. It left no trace.
  ✓ The last run ended with 0 open erasures.
  ✓ Receipt of msg_deleted: valid, erased in time, 3 erased, 0 left. It fits 1 of 20 accounts and applications. A changed copy is refused: bad-signature.
  ✓ Receipt of msg_ended: valid, erased in time, 1 erased, 0 left. It fits 1 of 20 accounts and applications. A changed copy is refused: bad-signature.
  ✓ 2 erasures have 2 receipts, although one message came three times. The bus was told of 2 completed erasures.
  ✓ uin:9007199254740992 (nothing happened): 2 of 2 configurations left, ALL other documents
  ✓ uin:9007199254740993 (deleted): 0 of 3 configurations left, ALL other documents
  ✓ uin:9007199254741881 (deleted, and reinstated in time): 2 of 2 configurations left, ALL other documents
  ✓ uin:9007199254744127 (the use of one application ended): 2 of 3 configurations left, ALL other documents
  ✓ uin:9007199254750339 (nothing happened): 1 of 1 configurations left, ALL other documents
  ✓ uin:9007199254763217 (a forged deletion): 3 of 3 configurations left, ALL other documents
  ✓ sdkAppId:1400305513 (its use ended): 0 of 1 configurations left, ALL other documents
TIME in all.`.slice(1);

/** Ports, instants, keys, and how many records were seeded differ from run to run. */
const withoutWhatDiffers = (text: string): string =>
  text
    .replace(/127\.0\.0\.1:\d+/, '127.0.0.1:PORT')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replace(/-\d{4}\.\d\d\.\d\d/g, '-DAY')
    .replace(/([\d,]+) of \1(?= other documents)/g, 'ALL')
    .replace(/[\d,]{3,}(?= documents were older)/, 'MANY')
    .replace(/ Since then \d+ (?:has|have) turned 14 days old\./, '')
    .replace(/^[\d.]+ s(?= in all)/m, 'TIME');

// The demo that keeps its server running: the others use that server too, since a start takes seven seconds.
const kept = startDemo({ ES_RETENTION_TEST_URL: '' }, '--keep', '--small');
let url = '';
beforeAll(async () => {
  await vi.waitUntil(() => kept.output().includes('\nCtrl-C in this terminal') || kept.child.exitCode !== null, {
    timeout: 290_000,
  });
  url = /Elasticsearch \S+ at (http:[^\s,]+)/.exec(kept.output())?.[1] ?? '';
});
afterAll(() => void kept.child.kill('SIGKILL'));

interface Index {
  readonly index: string;
  readonly 'docs.count': string;
}

const send = async (method: string, path: string): Promise<unknown> =>
  (await fetch(`${url}${path}`, { method })).json();
const indices = async () => (await send('GET', '/_cat/indices?format=json&expand_wildcards=all')) as readonly Index[];
const names = async (): Promise<readonly string[]> => (await indices()).map(({ index }) => index);
const templates = async (): Promise<readonly string[]> => {
  const all = (await send('GET', '/_index_template')) as { index_templates: { name: string }[] };
  return all.index_templates.map(({ name }) => name).filter((name) => /^\.?(?:retention|trtc)/.test(name));
};

describe('the demo with --keep', () => {
  test('prints commands that work when pasted, in any terminal environment', async () => {
    const [, commands = ''] = /\nThe server keeps running\..*\n((?: {2}.*\n)+)Ctrl-C/.exec(kept.output()) ?? [];
    expect(commands.trim().split('\n'), kept.output()).toHaveLength(9);
    const { code, stdout, stderr } = await start('sh', ['-ec', commands], {
      ELASTICSEARCH_URL: 'http://127.0.0.1:1',
      ELASTICSEARCH_API_KEY: 'a-key-of-production',
      RETENTION_POLICY: 'a-policy-of-production.yml',
      EVENT_BUS_NAME: 'the-bus-of-production',
    }).ended;
    expect([code, stderr], stdout).toEqual([0, '']);
    expect(stdout.match(/^Kept: \d of \d/gm)).toEqual(['Kept: 7 of 7', 'Kept: 1 of 1', 'Kept: 7 of 7']);
    expect(stdout).toMatch(/^Receipts: 1\n/m);
    expect(stdout).toMatch(/^Valid: .*3 documents, in time\n/m);
    expect(stdout).toMatch(/^msg_\S+ 202 /m);
    // The webhook answers before the functions have recorded the event.
    const ledger = 'retention-ledger.console-configuration';
    await vi.waitFor(
      async () => {
        await send('POST', `/${ledger}/_refresh`);
        expect(await send('GET', `/${ledger}/_count`)).toMatchObject({ count: 5 });
      },
      { timeout: 60_000 },
    );
  });

  afterAll(async () => {
    const made = await names();
    for (let at = 0; at < made.length; at += 40) await send('DELETE', `/${made.slice(at, at + 40).join(',')}`);
    for (const name of await templates()) await send('DELETE', `/_index_template/${name}`);
  });
});

describe('the demo on a server that ES_RETENTION_TEST_URL names', () => {
  const demoBehind = async (
    watch: Watch,
    environment: Readonly<Record<string, string>> = {},
    ...args: readonly string[]
  ) => {
    const proxy = await watchingProxy(url, watch);
    onTestFinished(proxy.close);
    const demo = startDemo({ ES_RETENTION_TEST_URL: proxy.url, ...environment }, ...args);
    onTestFinished(() => void demo.child.kill('SIGKILL'));
    return demo;
  };

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
  /** What the server holds. */
  const look = async () => {
    const expired = await count('@timestamp:{2015-01-01 TO now-14d} AND NOT event.ingested:[now-14d TO *]');
    const documents = await count('*');
    const all = await indices();
    const daily = all.filter(({ index }) => /^trtc-.*\d$/.test(index));
    const ofEach = new Map(daily.map((index) => [index.index, number(index['docs.count'])]));
    const own = all.map(({ index }) => index).filter((index) => index.startsWith('retention-'));
    return { expired, documents, ofEach, own, configurations: await configurations() };
  };

  test('shows data before and after a purge and erasures, and leaves nothing behind', async () => {
    let touched = 0;
    const production = createServer((_, response) => {
      touched += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(production, 'listening');
    onTestFinished(() => void production.close());
    const productionUrl = `http://127.0.0.1:${(production.address() as AddressInfo).port}`;

    // Looks at the server just before the first lease is taken, and just before the demo removes its indices.
    let first: ReturnType<typeof look> | undefined;
    let last: ReturnType<typeof look> | undefined;
    const demo = await demoBehind(
      async (line) => {
        if (line.startsWith('PUT /retention-leases.')) {
          first ??= look();
          await first;
        }
        if (/^DELETE .*retention-leases\./.test(line)) {
          last ??= look();
          await last;
        }
      },
      {
        ELASTICSEARCH_URL: productionUrl,
        ELASTICSEARCH_API_KEY: 'a-key-of-production',
        RETENTION_POLICY: 'a-policy-of-production.yml',
        RETENTION_KEYS: 'the-keys-of-production.json',
        RETENTION_ARCHIVE: 's3://the-archive-of-production',
        WEBHOOK_SECRETS: 'the-secrets-of-production',
        EVENT_BUS_NAME: 'the-bus-of-production',
        AWS_PROFILE: 'production',
        AWS_ENDPOINT_URL: productionUrl,
        AWS_ENDPOINT_URL_EVENTBRIDGE: productionUrl,
        ES_RETENTION_TEST_VERSION: '',
      },
    );
    expect(await demo.ended, demo.output()).toBe(0);
    const output = demo.output();
    const [before, after] = [await first, await last];
    if (before === undefined || after === undefined) throw new Error('The demo was not seen at work.');

    // Of the configuration's one index and fourteen documents no part is promised by age.
    const [shownBefore, shownAfter] = [
      table(output, '$ node bin/es-retention.mjs verify\n'),
      table(output.slice(output.indexOf('The seven functions')), '$ node bin/es-retention.mjs verify\n'),
    ];
    expect([...shownBefore.keys()]).toEqual(CATEGORIES);
    expect([...shownAfter.keys()]).toEqual(CATEGORIES);
    const [INDICES, DOCUMENTS, DUE] = [2, 3, 4];
    expect(columnSum(shownBefore, INDICES)).toBe(before.ofEach.size + 1);
    expect(columnSum(shownBefore, DOCUMENTS)).toBe(before.documents + 14);
    expect(before.documents).toBeGreaterThan(100_000);
    expect(before.ofEach.size).toBe(126);
    // The three lines with a wrong clock are expired by their ingestion; some documents may expire while we look.
    expect(columnSum(shownBefore, DUE) - 3).toBeGreaterThan(before.expired - 20);
    expect(columnSum(shownBefore, DUE) - 3).toBeLessThanOrEqual(before.expired);
    expect(columnSum(shownAfter, INDICES)).toBe(after.ofEach.size + 1);
    expect(columnSum(shownAfter, DOCUMENTS)).toBe(after.documents + 14);
    for (const category of CATEGORIES) {
      expect(shownBefore.get(category)?.[1]).toBe(category === 'console-configuration' ? 'kept' : 'not kept');
      expect(shownAfter.get(category)?.[1]).toBe('kept');
    }

    const ran = table(output, 'The seven functions');
    expect([...ran.keys()]).toEqual(CATEGORIES.map((id) => `purge-${id}`));
    for (const [, outcome] of ran.values()) expect(outcome).toBe('complete');
    expect(columnSum(ran, 2)).toBe(before.ofEach.size - after.ofEach.size);
    expect(columnSum(ran, 3)).toBe(before.documents - after.documents);
    expect(columnSum(ran, 2)).toBeGreaterThanOrEqual(35);
    const dropped = [...before.ofEach].filter(([index]) => !after.ofEach.has(index));
    const goneWithThem = dropped.reduce((sum, [, documents]) => sum + documents, 0);
    expect(goneWithThem).toBeGreaterThan(30_000);
    expect(columnSum(ran, 3) - goneWithThem).toBeGreaterThan(2_000);
    // The twelve documents of yesterday are still in their old index.
    expect(ran.get('purge-backend-logs')?.[2]).toBe('5');
    const [, outOf, since = '0'] = /counts: 0 of ([\d,]+) documents .*\.(?: Since then (\d+) ha)?/.exec(output) ?? [];
    expect(number(outOf)).toBe(after.documents);
    expect(number(since)).toBeLessThanOrEqual(after.expired);
    expect(after.expired).toBeLessThan(20);

    // What each command of the command line prints has tests of its own.
    const shown = [...output.matchAll(/^\$ node bin\/es-retention\.mjs (\S+)/gm)].map(([, command]) => command);
    expect(shown).toEqual(['verify', 'plan', 'verify', 'status', 'receipt']);
    const planned = output.match(/^ {2}trtc-sdk-log-\S+ +(?:drop|delete|keep) /gm) ?? [];
    const [, stay] = /^ {2}… and (\d+) indices stay as they are/m.exec(output) ?? [];
    expect(planned.length).toBeGreaterThan(5);
    expect(planned.length + Number(stay)).toBe(21);
    expect(part(output, '$ node bin/es-retention.mjs status', '2 scheduled')).toMatch(
      / account +account-deleted .* msg_deleted$.* application +feature-terminated .* msg_ended$/ms,
    );
    expect(part(output, '$ node bin/es-retention.mjs receipt', 'Verified')).toMatch(
      /^Receipts: 1$.*^opening \S{43}$/ms,
    );
    expect(withoutWhatDiffers(part(output, 'When an account ends', '\n$ node bin/es-retention.mjs status'))).toBe(
      WHEN_AN_ACCOUNT_ENDS,
    );
    expect(part(output, '2 scheduled', '\nThe receipt')).toBe(RUNS);
    expect(withoutWhatDiffers(part(output, 'Verified', '\nNext'))).toBe(VERIFIED);
    expect(output).toMatch(/\nEverything that the demo made is gone\.\n$/);
    expect([before.configurations, after.configurations]).toEqual([
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
    const ofEvery = ['controls', 'leases', 'reports'].flatMap((kind) =>
      CATEGORIES.map((id) => `retention-${kind}.${id}`),
    );
    const ofErasing = ['ledger', 'events', 'receipts'].map((kind) => `retention-${kind}.console-configuration`);
    expect(after.own.toSorted()).toEqual([...ofEvery, ...ofErasing].toSorted());

    expect(output).toBe(stripVTControlCharacters(output));
    expect(output).not.toContain('{"');
    expect(touched).toBe(0);
    expect([await names(), await templates(), otherFolders()]).toEqual([[], [], []]);
  });

  test.each([
    ['while it writes documents', /_bulk/],
    ['while a function drops indices', /^DELETE \/trtc-/],
    ['while what a webhook said is recorded', /^\w+ \/retention-ledger\.[^/]*\/_bulk/],
  ])('removes what it created if it is interrupted %s', async (_, moment) => {
    let interrupted = false;
    const demo = await demoBehind(
      (line) => {
        if (interrupted || !moment.test(line)) return;
        interrupted = demo.child.kill('SIGINT');
      },
      {},
      '--small',
    );
    expect(await demo.ended, demo.output()).toBe(130);
    expect(interrupted).toBe(true);
    expect(demo.output()).toContain('Interrupted. Everything that the demo made is gone.');
    expect([await names(), await templates(), otherFolders()]).toEqual([[], [], []]);
  });

  test('refuses a server with an index of a category, and does not change it', async () => {
    await send('PUT', '/trtc-somebody-elses');
    onTestFinished(async () => void (await send('DELETE', '/trtc-somebody-elses')));
    const demo = startDemo({ ES_RETENTION_TEST_URL: url });
    expect(await demo.ended).toBe(1);
    expect(demo.output()).toContain('such as "trtc-somebody-elses"; name an empty server there');
    expect(await names()).toEqual(['trtc-somebody-elses']);
  });
});

test('the demo explains its options when started with unknown ones', async () => {
  const demo = startDemo({}, '--kep');
  expect(await demo.ended).toBe(2);
  expect(demo.output()).toContain('npm run demo -- [--keep] [--small]');
});

test('Ctrl-C ends the demo with --keep, together with its server', async () => {
  expect((await fetch(url)).ok).toBe(true);
  // From the terminal, and again from npm.
  for (const _ of [1, 2]) kept.child.kill('SIGINT');
  expect(await kept.ended).toBe(0);
  expect(kept.output()).toMatch(/\nEverything that the demo made is gone\.\n$/);
  await vi.waitFor(() => expect(fetch(url)).rejects.toThrow('fetch failed'), { timeout: 10_000 });
  expect(temporaryFolders()).toEqual([]);
});
