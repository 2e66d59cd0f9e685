import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { purgeHandler } from '../../lib/lambda/purge-handler.ts';
import { isoInstant } from '../../lib/policy/instant.ts';
import { type ReceiptFixture, receiptFixture, terminationPolicy } from '../support/receipt-fixture.ts';
import { temporaryFile } from './cli/command-line.ts';

const UIN = '9007199254740993';

let fixture: ReceiptFixture;

beforeEach(() => {
  fixture = receiptFixture(['settings']);
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  vi.stubEnv('ELASTICSEARCH_URL', inject('elasticsearchUrl'));
  vi.stubEnv('RETENTION_POLICY', temporaryFile('policy.yml', terminationPolicy(fixture.id, ['settings'])));
  for (const [name, value] of Object.entries(fixture.environment)) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

const invoke = (event: unknown) =>
  purgeHandler(fixture.categoryOf('settings').id)(event, { getRemainingTimeInMillis: () => 60_000 } as Context);

/** An event that is right in itself. */
const event = (detailType: string) => ({
  'detail-type': detailType,
  source: 'es-retention.webhook',
  id: randomUUID(),
  detail: { uin: UIN, at: isoInstant(Date.now()) },
});

/** How many entries the ledger holds. */
const owed = async (): Promise<number> =>
  (await fixture.ports(0).ledger.find({ category: fixture.categoryOf('settings').id }, 0)).total;

test('a deployment bound to another cluster writes nothing into the ledger of this one, and the termination is not lost', async () => {
  vi.stubEnv('ENFORCE_CLUSTER_UUID', 'of-another-cluster');
  await expect(invoke(event('Account Deleted'))).rejects.toMatchObject({ code: 'wrong-cluster' });
  expect(await owed()).toBe(0);
  const { cluster_uuid } = await fixture.client.info();
  vi.stubEnv('ENFORCE_CLUSTER_UUID', cluster_uuid);
  expect(await invoke(event('Account Deleted'))).toMatchObject({ outcome: 'recorded' });
  expect(await owed()).toBe(1);
});

test('a deployment that only observes records what is owed', async () => {
  vi.stubEnv('ENFORCE_CLUSTER_UUID', '');
  expect(await invoke(event('Account Deleted'))).toMatchObject({ outcome: 'recorded', states: ['pending'] });
  expect(await owed()).toBe(1);
});
