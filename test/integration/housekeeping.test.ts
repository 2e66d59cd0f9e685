import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { HOUSEKEEPING_DONE, KEY_DAYS_LEFT } from '../../lib/lambda/metrics/metric-names.ts';
import { purgeHandler } from '../../lib/lambda/purge-handler.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { metricsIn } from '../support/deployment/embedded-metrics.ts';
import { RULE_EVENT } from '../support/deployment/schedule-events.ts';
import { type ReceiptFixture, receiptFixture, terminationPolicy } from '../support/receipts/receipt-fixture.ts';
import { temporaryFile } from '../support/run/temporary-file.ts';
import { cli } from './cli/command-line.ts';

let fixture: ReceiptFixture;
let environment: Readonly<Record<string, string>>;

beforeEach(() => {
  fixture = receiptFixture(['settings']);
  environment = {
    ELASTICSEARCH_URL: inject('elasticsearchUrl'),
    RETENTION_POLICY: temporaryFile('policy.yml', terminationPolicy(fixture.id, ['settings'])),
  };
  for (const [name, value] of Object.entries({ ...environment, POWERTOOLS_LOG_LEVEL: 'SILENT' }))
    vi.stubEnv(name, value);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** A receipt past its period, and one within it. */
const receipts = async (): Promise<() => Promise<readonly (string | undefined)[]>> => {
  const { client, terminationPolicy: policy, categoryOf } = fixture;
  await cli(['setup'], environment);
  const index = ownIndices(policy, categoryOf('settings').id).receipts;
  for (const [id, days] of [
    ['old', 1_096],
    ['young', 1_094],
  ] as const) {
    const document = { id, requestId: id, issuedAt: isoInstant(Date.now() - days * DAY), jws: 'x', hash: 'x' };
    await client.index({ index, id, document, refresh: true });
  }
  return async () => {
    await client.indices.refresh({ index });
    const { hits } = await client.search({ index, _source: false });
    return hits.hits.map(({ _id }) => _id).sort();
  };
};

const invoke = async () => {
  const { handler } = await import('../../functions/housekeeping.ts');
  return handler({}, { getRemainingTimeInMillis: () => 60_000 } as Context);
};

/** An erasure that is owed in a category that the policy does not know. */
const orphan = async (): Promise<void> => {
  const { client, terminationPolicy: policy, categoryOf, id } = fixture;
  await fixture.tell('account-deleted', { uin: '9' }, Date.now() - DAY);
  const { ledger } = ownIndices(policy, categoryOf('settings').id);
  await client.indices.refresh({ index: ledger });
  const { hits } = await client.search<object>({ index: ledger });
  const removed = `removed-${id}`;
  const mappings = (await client.indices.getMapping({ index: ledger }))[ledger]?.mappings ?? {};
  const index = ownIndices(policy, removed).ledger;
  await client.indices.create({ index, mappings });
  const document = { ...hits.hits[0]?._source, category: removed };
  await client.index({ index, id: `${removed}/account-deleted/k/h`, document, refresh: true });
};

test('housekeeping counts in a dry run, and then removes records past their period', async () => {
  const left = await receipts();
  const dry = await cli(['housekeeping', '--dry-run', '--json'], environment);
  expect(JSON.parse(dry.stdout)).toMatchObject({
    command: 'housekeeping',
    dryRun: true,
    exitCode: 0,
    summary: 'To be removed: 1 record of ours',
    categories: [{ removed: { reports: 0, entries: 0, events: 0, receipts: 1 } }],
  });
  expect(await left()).toEqual(['old', 'young']);
  const done = await cli(['housekeeping'], environment);
  expect(done.stdout).toMatch(/^Removed: 1 record of ours\n/);
  expect(done.code).toBe(0);
  expect(await left()).toEqual(['young']);
});

test('the function of housekeeping removes old records, and reports success', async () => {
  const left = await receipts();
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  const lines = vi.spyOn(console, 'log').mockReturnValue(undefined);
  expect(await invoke()).toMatchObject({ categories: [{ removed: { receipts: 1 } }], findings: [] });
  expect(await left()).toEqual(['young']);
  const sent = lines.mock.calls.flatMap(([line]) => metricsIn(line)).map(({ name }) => name);
  expect(sent).toEqual([HOUSEKEEPING_DONE]);
});

test('the function of housekeeping measures the days until its key expires', async () => {
  await cli(['setup'], environment);
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  const expiresAt = isoInstant(Date.now() + 30 * DAY);
  vi.stubEnv('ELASTICSEARCH_API_KEY', JSON.stringify({ encoded: 'bm9ib2R5OmFza3M=', expiresAt }));
  const lines = vi.spyOn(console, 'log').mockReturnValue(undefined);
  const context = { getRemainingTimeInMillis: () => 60_000 } as Context;
  for (const work of [invoke, () => purgeHandler(fixture.categoryOf('settings').id)(RULE_EVENT, context)]) {
    await work();
    const sent = lines.mock.calls.splice(0).flatMap(([line]) => metricsIn(line));
    const [days, ...more] = sent.filter(({ name }) => name === KEY_DAYS_LEFT);
    expect(more).toEqual([]);
    expect(days?.value).toBeCloseTo(30, 1);
  }
});

test('housekeeping reports an erasure owed in an unknown category, and no success', async () => {
  await cli(['setup'], environment);
  await orphan();
  const lines = vi.spyOn(console, 'log').mockReturnValue(undefined);
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  expect((await invoke()).findings).toMatchObject([{ code: 'orphaned-erasures', subjects: 1 }]);
  expect(lines.mock.calls.flatMap(([line]) => metricsIn(line))).toEqual([]);
  const { code, stdout } = await cli(['housekeeping'], environment);
  expect([code, stdout]).toEqual([3, expect.stringContaining('1 category that no run works on')]);
});

test('the function of housekeeping removes nothing in another cluster', async () => {
  const left = await receipts();
  vi.stubEnv('ENFORCE_CLUSTER_UUID', 'another');
  await expect(invoke()).rejects.toMatchObject({ code: 'wrong-cluster' });
  expect(await left()).toEqual(['old', 'young']);
});
