import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { afterAll, afterEach, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import type { purgeHandler } from '../../lib/lambda/purge-handler.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { RULE_EVENT, SCHEDULER_EVENT } from '../support/deployment/schedule-events.ts';
import { deleteIndices } from '../support/server/delete-indices.ts';
import { watchingProxy } from '../support/server/watching-proxy.ts';

const SHIPPED = readFileSync(new URL('../../retention-policy.yml', import.meta.url), 'utf8');
const CATEGORIES = [...parseRetentionPolicy(SHIPPED, 'retention-policy.yml').categories.keys()];
const AGED = CATEGORIES.filter((id) => id !== 'console-configuration');

// One set of indices for these tests: the shipped policy, with a prefix of its own before every index name, ours
// included: what another file's tests owe in a shared ledger would be of a category that this policy does not know.
const prefix = `f${randomUUID().slice(0, 8)}`;
let folder: string;
const client = createClient({ url: inject('elasticsearchUrl') });

/**
 * The shipped policy, but enforced, for this test's indices, and with leave to remove more than half of three
 * documents.
 */
const usePolicy = (mode: 'observe' | 'enforce'): void => {
  const text = SHIPPED.replace('mode: observe', `mode: ${mode}\nindexPrefix: retention-${prefix}-`)
    .replaceAll('[trtc-', `[${prefix}-trtc-`)
    .replace('index: retention-reports', `index: retention-${prefix}`)
    .replace('maxShare: 0.5', 'maxShare: 1');
  const file = join(folder, 'retention-policy.yml');
  writeFileSync(file, text);
  vi.stubEnv('RETENTION_POLICY', file);
};

const indexOf = (category: string): string => {
  const [pattern = ''] = parseRetentionPolicy(SHIPPED, 'retention-policy.yml').categories.get(category)?.indices ?? [];
  return `${prefix}-${pattern.replace('*', 'a')}`;
};

/** Three documents: 20 days, 14 days and a minute, and 13 days old. */
const fill = async (category: string): Promise<void> => {
  const index = indexOf(category);
  await client.indices.create({
    index,
    settings: { number_of_replicas: 0 },
    mappings: {
      properties: { '@timestamp': { type: 'date' }, uin: { type: 'keyword' }, sdkAppId: { type: 'keyword' } },
    },
  });
  const ages = { twenty: 20 * DAY, fourteen: 14 * DAY + 60_000, thirteen: 13 * DAY };
  const operations = Object.entries(ages).flatMap(([_id, age]) => [
    { create: { _index: index, _id } },
    { '@timestamp': isoInstant(Date.now() - age), uin: '9007199254740993', sdkAppId: '1400100201' },
  ]);
  await client.bulk({ operations, refresh: true });
};

const left = async (category: string): Promise<readonly (string | undefined)[]> => {
  const { hits } = await client.search({ index: indexOf(category), _source: false });
  return hits.hits.map(({ _id }) => _id).sort();
};

const invoke = async (category: string, event: unknown = RULE_EVENT, remaining: () => number = () => 60_000) => {
  const { handler } = (await import(`../../functions/purge-${category}.ts`)) as {
    handler: ReturnType<typeof purgeHandler>;
  };
  const answer = await handler(event, { getRemainingTimeInMillis: remaining } as Context);
  if (answer.outcome === 'rejected') throw new Error(answer.message);
  if (!('planned' in answer)) throw new Error(`it took its schedule for another event: ${answer.outcome}`);
  return answer;
};

const deleteMatching = async (index: string): Promise<void> =>
  deleteIndices(client, Object.keys(await client.indices.get({ index, features: ['aliases'] })));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'functions-test-'));
  vi.stubEnv('ELASTICSEARCH_URL', inject('elasticsearchUrl'));
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  usePolicy('enforce');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  await deleteMatching(`${prefix}-*`);
});
afterAll(async () => {
  await deleteMatching(`retention-${prefix}*`);
  await client.indices.deleteIndexTemplate({ name: `es-retention-retention-${prefix}*` }, { ignore: [404] });
});

describe.each([
  ['an EventBridge rule', RULE_EVENT],
  ['EventBridge Scheduler', SCHEDULER_EVENT],
])('on an event of %s,', (_, event) => {
  test.each(AGED)('purge-%s removes only documents older than fourteen days', async (category) => {
    await fill(category);
    expect(await invoke(category, event)).toMatchObject({
      category,
      outcome: 'complete',
      documentsRemoved: 2,
      trigger: { source: 'schedule', id: event.id, time: event.time },
    });
    expect(await left(category)).toEqual(['thirteen']);
  });

  test('purge-console-configuration removes nothing, since it has no age rule', async () => {
    await fill('console-configuration');
    const answer = await invoke('console-configuration', event);
    expect(answer).toMatchObject({ outcome: 'complete', documentsRemoved: 0, found: { documents: 3 } });
    expect(await left('console-configuration')).toHaveLength(3);
  });
});

test.each(['2100-01-01T00:00:00Z', '1970-01-01T00:00:00Z'])(
  'an event dated %s is recorded with that date, but does not change the cutoff',
  async (time) => {
    await fill('uins');
    const before = Date.now();
    const { cutoff, runId } = await invoke('uins', { ...RULE_EVENT, time });
    expect(Date.parse(cutoff ?? '')).toBeGreaterThanOrEqual(before - 14 * DAY);
    expect(Date.parse(cutoff ?? '')).toBeLessThanOrEqual(Date.now() - 14 * DAY);
    expect(await left('uins')).toEqual(['thirteen']);
    expect(await client.get({ index: `retention-${prefix}.uins`, id: `${runId}.closed` })).toMatchObject({
      _source: { trigger: { time } },
    });
  },
);

test('a function in the shipped mode counts and reports, but removes nothing', async () => {
  usePolicy('observe');
  await fill('uins');
  expect(await invoke('uins')).toMatchObject({ outcome: 'observed', planned: { due: 2 }, documentsRemoved: 0 });
  expect(await left('uins')).toHaveLength(3);
});

test('a function almost out of time destroys nothing; the next run continues', async () => {
  await fill('uins');
  const { outcome, runId } = await invoke('uins', RULE_EVENT, () => 4_000);
  expect(outcome).toBe('incomplete');
  expect(await left('uins')).toHaveLength(3);
  const { _source } = await client.get<{ indices: unknown }>({
    index: `retention-${prefix}.uins`,
    id: `${runId}.closed`,
  });
  expect(_source?.indices).toMatchObject([{ did: 'left', note: expect.stringContaining('time budget') }]);
  expect(await invoke('uins')).toMatchObject({ outcome: 'complete', documentsRemoved: 2 });
});

test('a function without time for one request fails, so that it is called again', async () => {
  await fill('uins');
  await expect(invoke('uins', RULE_EVENT, () => 900)).rejects.toMatchObject({ code: 'out-of-time' });
  expect(await left('uins')).toHaveLength(3);
});

test('a slow deletion is cut off in time for verification and report', async () => {
  await fill('uins');
  // Of a minute a fifth is kept: from when its report is open it has twice that.
  let endsAt = Number.POSITIVE_INFINITY;
  const slow = await watchingProxy(inject('elasticsearchUrl'), async (line) => {
    if (line.includes(`/retention-${prefix}.uins/_create/`)) endsAt = Date.now() + 24_000;
    if (line.includes(`/${indexOf('uins')}/_delete_by_query`)) await wait(23_000);
  });
  onTestFinished(slow.close);
  vi.stubEnv('ELASTICSEARCH_URL', slow.url);
  const { outcome, runId } = await invoke('uins', RULE_EVENT, () => Math.min(60_000, endsAt - Date.now()));
  expect(outcome).toBe('incomplete');
  expect(Date.now()).toBeLessThan(endsAt);
  expect(await client.get({ index: `retention-${prefix}.uins`, id: `${runId}.closed` })).toMatchObject({
    _source: { state: 'closed', findings: [{ code: 'not-purged', found: expect.stringContaining('timeout') }] },
  });
});
