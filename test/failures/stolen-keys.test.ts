import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@elastic/elasticsearch';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { setUpOwnIndices } from '../../lib/adapters/elasticsearch/setup/set-up-own-indices.ts';
import type { LedgerEntry } from '../../lib/erasure/ledger/ledger-entry.ts';
import { auditHandler } from '../../lib/lambda/audit-handler.ts';
import { purgeHandler } from '../../lib/lambda/purge-handler.ts';
import { showTermination } from '../../lib/lambda/webhook/show-termination.ts';
import { type KeyHolder, keyPrivileges } from '../../lib/maintenance/key-privileges.ts';
import { ownIndices, ownStem } from '../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import type { Report } from '../../lib/purge/report/report.ts';
import { cli } from '../integration/cli/command-line.ts';
import { RULE_EVENT } from '../support/deployment/schedule-events.ts';
import { TEST_RING_TEXT } from '../support/erasure/key-ring-text.ts';
import { httpEvent, SECRET, signedHeaders } from '../support/erasure/signed-webhook.ts';
import { PROPERTIES } from '../support/purge/purge-fixture.ts';
import { temporaryFolder } from '../support/receipts/archive-worlds.ts';
import { madeOnce, whenDone } from '../support/run/made-once.ts';
import { temporaryFile } from '../support/run/temporary-file.ts';
import { securedServer } from '../support/server/secured-server.ts';
import {
  type Attack,
  gotThrough,
  onCluster,
  onEvidence,
  onIndex,
  onMapping,
} from '../support/server/stolen-key-attacks.ts';

const AGE = { age: { maxAge: 'P14D', allowedLateness: 'PT1H' } };
const TERMINATION = {
  termination: { triggers: ['account-deleted', 'feature-terminated'], deadline: 'P7D', cancelWindow: 'P3D' },
};
const categoryOf = (name: string, rules: object) => ({
  title: name,
  fields: ['room'],
  dataSubjects: 'participants',
  purpose: 'Troubleshooting.',
  legalBasis: 'Contract.',
  promise: { quote: 'Stored for 14 days.', source: 'Privacy policy', sourceDate: '2023-09-08' },
  indices: [`${name}-data-*`],
  applicationField: 'sdkAppId',
  records: 'dated',
  rules,
  schedule: 'rate(15 minutes)',
  guard: { maxShare: 1 },
});
const TEXT = JSON.stringify({
  mode: 'enforce',
  earliest: '2015-01-01T00:00:00Z',
  reports: { index: 'retention-reports', maxAge: 'P1095D' },
  categories: {
    logs: categoryOf('logs', AGE),
    calls: categoryOf('calls', { ...AGE, ...TERMINATION }),
    settings: categoryOf('settings', TERMINATION),
  },
});
const policy = parseRetentionPolicy(TEXT, 'policy.yml');
const NAMES = [...policy.categories.keys()];
const REQUESTS = { timeout: () => 30_000, firstWait: 20 };
const ERASES = (name: string): boolean => policy.categories.get(name)?.rules.termination !== undefined;
const dataOf = (name: string): string => `${name}-data-a`;

const server = securedServer();
const keys = new Map<KeyHolder, string>();
const keyOf = async (holder: KeyHolder): Promise<string> => {
  const key = keys.get(holder) ?? (await server.keyThatMay(keyPrivileges(policy).get(holder) as never));
  keys.set(holder, key);
  return key;
};

const stubEnvironment = (): void => {
  const folder = temporaryFolder();
  const environment = {
    ELASTICSEARCH_URL: server.url(),
    RETENTION_POLICY: temporaryFile('policy.yml', TEXT),
    RETENTION_KEYS: temporaryFile('keys.json', TEST_RING_TEXT),
    RETENTION_ARCHIVE: folder,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
};

const emptyAll = async (): Promise<void> => {
  vi.unstubAllEnvs();
  const client = server.superuser();
  const there = await client.indices.get({ index: '*', features: ['aliases'] });
  if (Object.keys(there).length > 0) await client.indices.delete({ index: Object.keys(there) });
};

/**
 * An expired document, a live one, and one of an account that has ended, in each of these categories; and all that runs
 * keep of themselves.
 */
const fill = async (names = NAMES): Promise<void> => {
  stubEnvironment();
  const client = server.superuser();
  const categories = new Map([...policy.categories].filter(([name]) => names.includes(name)));
  await setUpOwnIndices(client, REQUESTS, { ...policy, categories });
  for (const name of names) {
    await client.indices.create({ index: dataOf(name), mappings: { properties: PROPERTIES } });
    const documents = { expired: [20, '1'], live: [3, '1'], gone: [5, '2'] } as const;
    const operations = Object.entries(documents).flatMap(([_id, [days, uin]]) => [
      { create: { _id } },
      { '@timestamp': isoInstant(Date.now() - days * DAY), uin },
    ]);
    await client.bulk({ index: dataOf(name), operations, refresh: true });
  }
};

const left = async (name: string): Promise<readonly (string | undefined)[]> => {
  const client = server.superuser();
  await client.indices.refresh({ index: dataOf(name) });
  const { hits } = await client.search({ index: dataOf(name), _source: false });
  return hits.hits.map(({ _id }) => _id).sort();
};

const invoke = async (name: string, event: unknown = RULE_EVENT) => {
  vi.stubEnv('ELASTICSEARCH_API_KEY', await keyOf(`purge-${name}`));
  return purgeHandler(name)(event, { getRemainingTimeInMillis: () => 60_000 } as Context);
};

const ended = {
  'detail-type': 'Feature Terminated',
  source: 'es-retention.webhook',
  id: 'ended',
  detail: { uin: '2', at: isoInstant(Date.now() - 4 * DAY) },
};

/** What each function does with its key, none of which may do more than its own. */
const honestRuns = async (): Promise<void> => {
  for (const name of NAMES) {
    if (ERASES(name)) expect(await invoke(name, ended)).toMatchObject({ outcome: 'recorded' });
    expect(await invoke(name)).toMatchObject({ outcome: 'complete', kept: true });
    const aged = policy.categories.get(name)?.rules.age !== undefined;
    expect(await left(name)).toEqual([...(aged ? [] : ['expired']), ...(ERASES(name) ? [] : ['gone']), 'live']);
    const { receipts } = ownIndices(policy, name);
    if (ERASES(name)) {
      await server.superuser().indices.refresh({ index: receipts });
      expect((await server.superuser().count({ index: receipts })).count).toBe(1);
    }
  }
};

/** Every index with its documents, and every template, pipeline and key. */
const everything = async (client: Client) => {
  const indices = await client.indices.get({ index: '*', expand_wildcards: 'all', flat_settings: true });
  await client.indices.refresh({ index: '*' });
  const { hits } = await client.search({ index: '*', size: 1_000, version: true, sort: ['_index', '_doc'] });
  const { api_keys } = await client.security.getApiKey({ active_only: true });
  const { index_templates } = await client.indices.getIndexTemplate();
  const pipelines = await client.ingest.getPipeline({}, { ignore: [404] });
  return { indices, documents: hits.hits, keys: api_keys.length, templates: index_templates.length, pipelines };
};

const firstId = async (index: string): Promise<string> => {
  const { hits } = await server.superuser().search({ index, size: 1, _source: false });
  return hits.hits[0]?._id ?? 'none';
};

const indicesOf = (name: string): readonly string[] => {
  const { leases, reports, controls, ledger, events, receipts } = ownIndices(policy, name);
  return ERASES(name) ? [leases, reports, controls, ledger, events, receipts] : [leases, reports, controls];
};

/** What a key may do with its own evidence is to add to it; its controls it only reads. It changes no mapping. */
const onOwnEvidence = async (thief: Client, name: string): Promise<void> => {
  for (const index of [...indicesOf(name), dataOf(name)]) expect(await gotThrough(thief, onMapping(index))).toEqual([]);
  const { leases, reports, controls, events, receipts } = ownIndices(policy, name);
  const writes: readonly Attack[] = [
    ['PUT', `/${controls}/_create/hold-thief`, {}],
    ['PUT', `/${controls}/_settings`, { 'index.blocks.write': true }],
    ['PUT', `/${controls}.copy`],
  ];
  expect(await gotThrough(thief, [...onEvidence(controls, 'current', leases), ...writes])).toEqual([]);
  for (const index of [reports, ...(ERASES(name) ? [events, receipts] : [])]) {
    const id = await firstId(index);
    expect(await gotThrough(thief, onEvidence(index, id, leases))).toEqual([]);
    const overwrite = await thief.create({ index, id, document: {} }, { ignore: [409], meta: true });
    expect(overwrite.statusCode).toBe(409);
    const wildcard = await thief.deleteByQuery({ index: 'retention-*', query: { match_all: {} } }, { ignore: [403] });
    expect(wildcard.deleted ?? 0).toBe(0);
  }
};

describe('after undisturbed runs', () => {
  // One world for all: each thief leaves it as it is.
  madeOnce(async () => {
    whenDone(emptyAll);
    await fill();
    await honestRuns();
  });

  test.each(NAMES)('the stolen key of purge-%s reaches no other category, and alters no evidence', async (name) => {
    const thief = server.clientWith(await keyOf(`purge-${name}`));
    const own = ownIndices(policy, name).leases;
    const others = NAMES.filter((other) => other !== name);
    const before = await everything(server.superuser());
    for (const index of others.flatMap((other) => [...indicesOf(other), dataOf(other)]))
      expect(await gotThrough(thief, onIndex(index, await firstId(index), own))).toEqual([]);
    const fresh = [`${name}-data-b`, 'retention-reports.thief', `${own}.copy`, 'retention-ledger', 'thief'];
    expect(await gotThrough(thief, onCluster(fresh))).toEqual([]);
    await onOwnEvidence(thief, name);
    expect(await everything(server.superuser())).toEqual(before);
  });

  test('the stolen key of housekeeping reads no data or lease, and changes nothing', async () => {
    const thief = server.clientWith(await keyOf('housekeeping'));
    const before = await everything(server.superuser());
    for (const name of NAMES) {
      const { leases, reports } = ownIndices(policy, name);
      for (const index of [leases, dataOf(name)])
        expect(await gotThrough(thief, onIndex(index, await firstId(index), reports))).toEqual([]);
      for (const index of indicesOf(name).slice(1))
        expect(
          await gotThrough(thief, [
            ['PUT', `/${index}/_doc/thief`, {}],
            ['PUT', `/${index}/_create/thief`, {}],
            ['PUT', `/${index}/_settings`, { 'index.blocks.write': null }],
            ['DELETE', `/${index}`],
          ]),
        ).toEqual([]);
    }
    expect(await gotThrough(thief, onCluster(['thief', `${ownStem(policy, 'reports')}thief`]))).toEqual([]);
    expect(await everything(server.superuser())).toEqual(before);
  });

  test('the key of the audit sees all that the audit needs, and changes nothing', async () => {
    vi.stubEnv('ELASTICSEARCH_API_KEY', await keyOf('audit'));
    const before = await everything(server.superuser());
    const answer = await auditHandler()({}, { getRemainingTimeInMillis: () => 60_000 } as Context);
    expect(answer).toMatchObject({ breaches: [], unseen: ['accounts that are not in use'] });
    expect(answer.statements).toHaveLength(NAMES.length);
    const thief = server.clientWith(await keyOf('audit'));
    for (const index of NAMES.flatMap((name) => [...indicesOf(name), dataOf(name)]))
      expect(
        await gotThrough(thief, [
          ...onMapping(index),
          ['PUT', `/${index}/_doc/thief`, {}],
          ['PUT', `/${index}/_create/thief`, {}],
          ['DELETE', `/${index}/_doc/${encodeURIComponent(await firstId(index))}`],
          ['POST', `/${index}/_delete_by_query`, { query: { match_all: {} } }],
          ['PUT', `/${index}/_settings`, { 'index.blocks.write': true }],
          ['DELETE', `/${index}`],
        ]),
      ).toEqual([]);
    expect(await gotThrough(thief, onCluster(['thief', `${ownStem(policy, 'reports')}thief`]))).toEqual([]);
    for (const name of NAMES)
      await expect(thief.search({ index: ownIndices(policy, name).leases })).rejects.toMatchObject({ statusCode: 403 });
    expect(await everything(server.superuser())).toEqual(before);
  });

  test('the key of show-termination suffices for every answer, and can read nothing else', async () => {
    vi.stubEnv('ELASTICSEARCH_API_KEY', await keyOf('show-termination'));
    vi.stubEnv('WEBHOOK_SECRETS', SECRET);
    const before = await everything(server.superuser());
    const ask = async (requestId: string) => {
      const headers = signedHeaders('', { id: requestId, at: Date.now() });
      const event = httpEvent('', headers, { method: 'GET', pathParameters: { requestId } });
      const answer = await showTermination()(event, { getRemainingTimeInMillis: () => 60_000 } as Context);
      return { status: answer.statusCode, body: JSON.parse(answer.body ?? '') };
    };
    const erasing = NAMES.filter(ERASES);
    const answer = await ask('ended');
    expect(answer).toMatchObject({ status: 200, body: { requestId: 'ended', done: true } });
    expect(answer.body.categories.map(({ category }: { category: string }) => category).sort()).toEqual(erasing);
    for (const { state, receipt } of answer.body.categories)
      expect([state, receipt]).toEqual(['erased', expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(await ask('endeD')).toMatchObject({ status: 404, body: { code: 'unknown-request' } });

    const thief = server.clientWith(await keyOf('show-termination'));
    for (const name of NAMES) {
      const { ledger, events } = ownIndices(policy, name);
      const hidden = [dataOf(name), ...indicesOf(name)].filter((index) => index !== ledger && index !== events);
      for (const index of [dataOf(name), ...indicesOf(name)])
        expect(await gotThrough(thief, [...onMapping(index), ['PUT', `/${index}/_doc/thief`, {}]])).toEqual([]);
      for (const index of hidden) await expect(thief.search({ index })).rejects.toMatchObject({ statusCode: 403 });
    }
    expect(await gotThrough(thief, onCluster(['thief', `${ownStem(policy, 'reports')}thief`]))).toEqual([]);
    expect(await everything(server.superuser())).toEqual(before);
  });

  test('an audit whose key sees too little reports what it could not see', async () => {
    const narrow = keyPrivileges(policy).get('audit');
    const cluster = ['cluster:monitor/main'];
    const indices = (narrow?.indices ?? []).filter(({ names }) => !names.includes('*'));
    vi.stubEnv('ELASTICSEARCH_API_KEY', await server.keyThatMay({ cluster, indices }));
    const answer = await auditHandler()({}, { getRemainingTimeInMillis: () => 60_000 } as Context);
    expect(answer.unseen).toEqual(
      expect.arrayContaining([
        'snapshots',
        'templates',
        'indices that the key does not see',
        'settings of the cluster',
      ]),
    );
  });
});

describe('with records that somebody changes', () => {
  beforeEach(() => fill());
  afterEach(emptyAll);

  test("a function does not lift an administrator's block that a stolen key declared in a lease", async () => {
    const client = server.superuser();
    const blocked = dataOf('calls');
    const [uuid] = Object.values(await client.indices.get({ index: blocked })).map(
      ({ settings }) => settings?.index?.uuid,
    );
    await client.indices.putSettings({ index: blocked, settings: { 'index.blocks.write': true } });
    const thief = server.clientWith(await keyOf('purge-logs'));
    const document = { runId: 'thief', fence: 99, released: true, blocks: [{ index: blocked, uuid }] };
    const expiresAt = '2999-01-01T00:00:00.000Z';
    const { leases } = ownIndices(policy, 'logs');
    await thief.index({ index: leases, id: 'logs', document: { ...document, expiresAt }, refresh: true });
    await thief.index({ index: leases, id: 'calls', document: { ...document, expiresAt }, refresh: true });
    for (const name of NAMES) await invoke(name);
    const settings = await client.indices.getSettings({ index: blocked, flat_settings: true });
    expect(settings[blocked]?.settings).toMatchObject({ 'index.blocks.write': 'true' });
  });
});

type Alteration = readonly [what: string, alter: (client: Client, index: string) => Promise<unknown>];

/** The settings of reports have to be changed on a full disk. */
const BY_KEY: readonly Alteration[] = [
  [
    'a pipeline',
    (thief, index) => thief.indices.putSettings({ index, settings: { 'index.default_pipeline': 'thief' } }),
  ],
  [
    'more copies than the cluster has shards for',
    (thief, index) =>
      thief.indices.putSettings({ index, settings: { auto_expand_replicas: 'false', number_of_replicas: 900 } }),
  ],
];

/** No key of a function may do that, since it may change no mapping. */
const BY_OTHERS: readonly Alteration[] = [
  [
    'a field that hides one',
    (other, index) => other.indices.putMapping({ index, runtime: { outcome: { type: 'keyword' } } }),
  ],
  ['fields that anybody adds', (other, index) => other.indices.putMapping({ index, dynamic: true })],
  [
    'a field that lets no document in',
    (other, index) =>
      other.indices.putMapping({
        index,
        properties: { thief: { type: 'long', script: { source: 'throw new RuntimeException()' } } },
        _meta: { managedBy: 'es-retention', version: 99 },
      }),
  ],
];

const isFoundOut = async (): Promise<void> => {
  expect(await invoke('logs')).toMatchObject({ outcome: 'rejected', code: 'own-index-altered' });
  expect(await left('logs')).toEqual(['expired', 'gone', 'live']);
};

describe('a category whose reports are altered', () => {
  beforeEach(() => fill(['logs']));
  afterEach(emptyAll);

  test.each(BY_KEY)('the next run notices that a stolen key gave the reports of its category %s', async (_, alter) => {
    await alter(server.clientWith(await keyOf('purge-logs')), ownIndices(policy, 'logs').reports);
    await isFoundOut();
  });

  test.each(BY_OTHERS)('the next run notices that somebody gave the reports of a category %s', async (_, alter) => {
    const { reports } = ownIndices(policy, 'logs');
    await expect(alter(server.clientWith(await keyOf('purge-logs')), reports)).rejects.toMatchObject({
      statusCode: 403,
    });
    await alter(server.superuser(), reports);
    await isFoundOut();
  });
});

describe('with the keys of functions and people', () => {
  beforeEach(() => fill());
  afterEach(emptyAll);

  test('each function can drop an expired index at flood stage with its own key', async () => {
    const client = server.superuser();
    for (const name of NAMES) {
      await client.indices.create({ index: `${name}-data-old`, mappings: { properties: PROPERTIES } });
      const document = { '@timestamp': isoInstant(Date.now() - 20 * DAY), uin: '1' };
      await client.index({ index: `${name}-data-old`, document, refresh: true });
    }
    await client.indices.putSettings({ index: '*', settings: { 'index.blocks.read_only_allow_delete': true } });
    for (const name of ['logs', 'calls']) {
      expect(await invoke(name)).toMatchObject({ outcome: 'incomplete', indicesDropped: 1 });
      expect(await client.indices.exists({ index: `${name}-data-old` })).toBe(false);
    }
  });

  test('on a full disk a termination waits; it is later recorded, erased and proven', async () => {
    const client = server.superuser();
    const block = (isSet: true | null) =>
      client.indices.putSettings({ index: 'retention-*', settings: { 'index.blocks.read_only_allow_delete': isSet } });
    await block(true);
    await expect(invoke('settings', ended)).rejects.toMatchObject({ code: 'flood-stage' });
    expect(await invoke('settings')).toMatchObject({ documentsRemoved: 0 });
    expect(await left('settings')).toEqual(['expired', 'gone', 'live']);
    await block(null);
    await honestRuns();
  });

  test("a person's key suffices for every command, and housekeeping's key for housekeeping", async () => {
    const client = server.superuser();
    await client.index({ index: dataOf('logs'), id: 'undated', document: { uin: '1' }, refresh: true });
    vi.stubEnv('ELASTICSEARCH_API_KEY', '');
    const run = async (holder: KeyHolder, ...args: readonly string[]) => {
      const { RETENTION_POLICY = '', RETENTION_KEYS = '', RETENTION_ARCHIVE = '' } = process.env;
      const environment = { ELASTICSEARCH_URL: server.url(), RETENTION_POLICY, RETENTION_KEYS, RETENTION_ARCHIVE };
      const key = { ELASTICSEARCH_API_KEY: await keyOf(holder) };
      const { code, stdout, stderr } = await cli(args, { ...environment, ...key });
      return `${code} ${stdout}${stderr}`;
    };
    const at = isoInstant(Date.now() - 4 * DAY);
    expect(await run('operator', 'plan')).toMatch(/^3 /);
    expect(await run('operator', 'backfill-dates', '--category', 'logs', '--ingested-at', at, '--execute')).toMatch(
      /^0 /,
    );
    expect(await run('operator', 'terminate', '--uin', '2', '--account-deleted', '--at', at)).toMatch(/^0 /);
    expect(await run('operator', 'reinstate', '--uin', '2')).toMatch(/^0 /);
    expect(await run('operator', 'terminate', '--uin', '2', '--immediate', '--yes')).toMatch(/^0 /);
    expect(await run('operator', 'purge', '--execute')).toMatch(/^0 Kept/);
    expect(await run('operator', 'verify')).toMatch(/^0 Kept/);
    expect(await run('operator', 'status')).toMatch(/^0 /);
    expect(await run('operator', 'receipt', '--uin', '2')).toMatch(/^0 /);
    expect(await run('operator', 'replay')).toMatch(/^0 /);
    expect(await run('operator', 'reconcile', '--active', temporaryFile('active.csv', 'uin\n1\n'))).toMatch(/^[03] /);
    expect(await run('housekeeping', 'housekeeping')).toMatch(/^0 Removed/);
  });

  test("a function's stolen key cannot undo a brake, but a person's key can confirm the erasure", async () => {
    vi.stubEnv(
      'RETENTION_POLICY',
      temporaryFile('policy.yml', TEXT.replaceAll('"maxShare":1', '"maxShare":1,"minAccounts":0')),
    );
    const client = server.superuser();
    const { ledger, events } = ownIndices(policy, 'settings');
    const all = ['expired', 'gone', 'live'];
    await invoke('settings', ended);
    expect(await invoke('settings')).toMatchObject({ outcome: 'incomplete' });
    expect(await left('settings')).toEqual(all);

    const thief = server.clientWith(await keyOf('purge-settings'));
    await client.indices.refresh({ index: [ledger, events] });
    const { hits } = await client.search<object>({ index: events, query: { term: { type: 'erasure-braked' } } });
    const [{ _id: brake = '', _source: decision } = {}] = hits.hits;
    await expect(thief.delete({ index: events, id: brake })).rejects.toMatchObject({ statusCode: 403 });
    await expect(thief.index({ index: events, id: brake, document: {} })).rejects.toMatchObject({ statusCode: 403 });
    // What it may add is believed by nobody without the subject key, and its own ledger does not decide.
    const forged = { ...decision, id: 'forged', type: 'erasure-confirmed', proof: 'A'.repeat(43) };
    await thief.create({ index: events, id: 'forged', document: forged });
    const [entry] = (await client.search<object>({ index: ledger })).hits.hits;
    const document = { ...entry?._source, state: 'pending' };
    await thief.index({ index: ledger, id: entry?._id ?? '', document, refresh: true });
    await invoke('settings');
    expect(await left('settings')).toEqual(all);

    const { RETENTION_POLICY = '', RETENTION_KEYS = '' } = process.env;
    const environment = { ELASTICSEARCH_URL: server.url(), RETENTION_POLICY, RETENTION_KEYS };
    const operator = { ...environment, ELASTICSEARCH_API_KEY: await keyOf('operator') };
    expect((await cli(['confirm', '--all', '--yes'], operator)).stdout).toMatch(/^Confirmed: 1 erasure\n/);
    expect(await invoke('settings')).toMatchObject({ outcome: 'complete', kept: true });
    expect(await left('settings')).toEqual(['expired', 'live']);
  });

  test("a function's stolen key cannot reveal to whom a closed erasure belongs", async () => {
    await honestRuns();
    const { ledger, reports } = ownIndices(policy, 'settings');
    const thief = server.clientWith(await keyOf('purge-settings'));
    await thief.indices.refresh({ index: ledger });
    const [hit] = (await thief.search<LedgerEntry>({ index: ledger })).hits.hits;
    const { closedAt: _, doneThrough: __, ...closed } = { ...(hit?._source as LedgerEntry) };
    expect(JSON.stringify(closed)).not.toContain('proof');
    const { obligation } = closed.closures[0] ?? {};
    const told: object[] = [];
    for (const uin of ['2', '1', '3']) {
      const document = { ...closed, uin, state: 'pending', obligation, closures: [], receiptDue: false };
      await thief.index({ index: ledger, id: closed.id, document, refresh: true });
      const { runId } = (await invoke('settings')) as { runId: string };
      await thief.indices.refresh({ index: [ledger, reports] });
      const report = await thief.get<Report>({ index: reports, id: `${runId}.closed` });
      const after = await thief.get({ index: ledger, id: closed.id });
      const { outcome, kept, documentsRemoved, planned, found, erasures, findings } = report._source as Report;
      const isAsWritten = isDeepStrictEqual(after._source, document);
      told.push({ outcome, kept, documentsRemoved, planned, found, erasures, findings, isAsWritten });
    }
    expect(told[0]).toMatchObject({ outcome: 'incomplete', kept: false, isAsWritten: true });
    expect(JSON.stringify(told[0])).toContain('"altered-entry"');
    expect(told.slice(1)).toEqual([told[0], told[0]]);
  });
});
